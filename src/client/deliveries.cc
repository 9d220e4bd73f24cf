#include "client/deliveries.h"

#include "base/assert.h"
#include "client/redelivery.h"

#include <algorithm>
#include <utility>

namespace tern::client {

using openwire::AckType;

namespace {

bool has_expired(const Message& message, Timestamp now) {
    return message.expiration != Timestamp() && now > message.expiration;
}

}  // namespace

/// In a transaction what was delivered before the loss belongs to it still, once it has come again.
void Deliveries::arrived(Delivery delivery) {
    if (mode_ == Mode::transacted && missing_.erase(delivery.message.id) > 0) {
        last_delivered_ = delivery.id.broker_sequence_id;
        delivered_.push_back(std::move(delivery));
    } else {
        waiting_.push_back(std::move(delivery));
    }
}

void Deliveries::connection_lost() {
    for (const Delivery& delivery : delivered_) {
        missing_.insert_or_assign(delivery.message.id, key_of(delivery));
    }
    delivered_.clear();
    waiting_.clear();
    extension_ = 0;
    paused_until_.reset();
}

std::string Deliveries::key_of(const Delivery& delivery) const {
    const bool shared = !delivery.destination.is_topic();
    std::string key(shared ? delivery.destination.physical_name.view() : subscription_);
    return key + '\n' + delivery.message.id;
}

/// If the acknowledgement is lost, it has been said.
void Deliveries::done(const Delivery& delivery) {
    if (audit_ != nullptr) audit_->done(key_of(delivery));
}

void Deliveries::done_with_missing() {
    for (const auto& [id, key] : std::exchange(missing_, {})) audit_->done_before(key);
}

const Message* Deliveries::next(Now now, Acks& acks) {
    if (paused_until_ && now.steady < *paused_until_) return nullptr;
    paused_until_.reset();
    extend_window(acks);
    while (!waiting_.empty()) {
        Delivery delivery = std::move(waiting_.front());
        waiting_.pop_front();
        if (audit_ != nullptr && audit_->was_done(key_of(delivery))) {
            Ack ack = ack_of(AckType::individual, delivery, delivery, 1);
            ack.command.first_message_id.reset();
            acks.push_back(std::move(ack));
            continue;
        }
        if (mode_ != Mode::browse && has_expired(delivery.message, now.wall)) {
            acks.push_back(ack_of(AckType::expired, delivery, delivery, 1));
            extension_ -= std::min<std::size_t>(extension_, 1);
            continue;
        }
        last_delivered_ = delivery.id.broker_sequence_id;
        delivered_.push_back(std::move(delivery));
        return &delivered_.back().message;
    }
    return nullptr;
}

std::optional<Deliveries::Instant> Deliveries::ready_at() const {
    if (waiting_.empty()) return std::nullopt;
    return paused_until_.value_or(Instant::min());
}

/// Half of the window may be out at the application before the broker is asked for more (11.4). Not
/// before the application asks for the next message: with a prefetch of 1 it gets them one by one.
void Deliveries::extend_window(Acks& acks) {
    if (mode_ == Mode::automatic || prefetch_ <= 0) return;
    const auto half = static_cast<std::size_t>(std::max(prefetch_ / 2, 1));
    if (delivered_.size() < extension_ + half) return;
    const std::size_t count = delivered_.size() - extension_;
    if (mode_ == Mode::browse) {
        // This takes nothing away but moves the browser's window (11.10).
        acks.push_back(ack_of(AckType::standard, delivered_.front(), delivered_.back(), count));
        return settle(count);
    }
    Ack ack = ack_of(AckType::delivered, delivered_[extension_], delivered_.back(), count);
    ack.in_transaction = mode_ == Mode::transacted;
    acks.push_back(std::move(ack));
    extension_ = delivered_.size();
}

void Deliveries::acknowledge_all(Acks& acks) {
    if (mode_ != Mode::transacted) {
        done_with_missing();
        for (const Delivery& delivery : delivered_) done(delivery);
    }
    if (delivered_.empty()) return;
    Ack ack = ack_of(AckType::standard, delivered_.front(), delivered_.back(), delivered_.size());
    ack.in_transaction = mode_ == Mode::transacted;
    acks.push_back(std::move(ack));
    if (mode_ != Mode::transacted) settle(delivered_.size());
}

Message Deliveries::take_newest(Acks& acks) {
    TERN_ASSERT(!delivered_.empty());
    Delivery newest = std::move(delivered_.back());
    delivered_.pop_back();
    if (mode_ == Mode::browse) {
        // Kept, without what is large, for the range of the next acknowledgement.
        Message message = std::exchange(newest.message, {});
        delivered_.push_back(std::move(newest));
        return message;
    }
    acks.push_back(ack_of(AckType::standard, newest, newest, 1));
    done(newest);
    extension_ -= std::min<std::size_t>(extension_, 1);
    return std::move(newest.message);
}

bool Deliveries::acknowledge_one(std::string_view id, Acks& acks) {
    const auto found = std::ranges::find_if(
        delivered_, [id](const Delivery& delivery) { return delivery.message.id == id; });
    if (found == delivered_.end()) {
        const auto missing = missing_.find(std::string(id));
        if (missing == missing_.end()) return false;
        audit_->done_before(missing->second);
        missing_.erase(missing);
        return true;
    }
    done(*found);
    Ack ack = ack_of(AckType::individual, *found, *found, 1);
    ack.command.first_message_id.reset();
    acks.push_back(std::move(ack));
    delivered_.erase(found);
    extension_ -= std::min<std::size_t>(extension_, 1);
    return true;
}

void Deliveries::rolled_back(Now now, Acks& acks) {
    missing_.clear();
    if (delivered_.empty()) return;
    for (Delivery& delivery : delivered_) ++delivery.message.redelivery_count;

    std::deque<Delivery> again;
    std::size_t run = 0;  // where the current run of poisonous messages began
    for (std::size_t i = 0; i < delivered_.size(); ++i) {
        if (is_poison(delivered_[i])) continue;
        poison(run, i, acks);
        run = i + 1;
        again.push_back(std::move(delivered_[i]));
    }
    poison(run, delivered_.size(), acks);
    const std::size_t poisoned = delivered_.size() - again.size();
    extension_ -= std::min(extension_, poisoned);
    delivered_.clear();
    if (again.empty()) return;

    acks.push_back(ack_of(AckType::redelivered, again.front(), again.back(), again.size()));
    const milliseconds delay =
        delay_of(policy_, again.front().message.redelivery_count, now.chance);
    if (delay > milliseconds::zero()) paused_until_ = now.steady + delay;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(again.begin()),
                    std::make_move_iterator(again.end()));
}

void Deliveries::settle(std::size_t count) {
    delivered_.erase(delivered_.begin(), delivered_.begin() + static_cast<std::ptrdiff_t>(count));
    extension_ -= std::min(extension_, count);
}

Ack Deliveries::ack_of(AckType type, const Delivery& first, const Delivery& last,
                       std::size_t count) const {
    return {.command = {.destination = last.destination,
                        .ack_type = type,
                        .first_message_id = first.id,
                        .last_message_id = last.id,
                        .message_count = static_cast<std::int32_t>(count)},
            .first_texts = first.texts,
            .last_texts = last.texts};
}

bool Deliveries::is_poison(const Delivery& delivery) const {
    return policy_.redeliveries_max >= 0 &&
           delivery.message.redelivery_count > policy_.redeliveries_max;
}

void Deliveries::poison(std::size_t first, std::size_t last, Acks& acks) const {
    if (first == last) return;
    const Delivery& final = delivered_[last - 1];
    Ack ack = ack_of(AckType::poison, delivered_[first], final, last - first);
    ack.cause = "rolled back " + std::to_string(final.message.redelivery_count) +
                " times, redelivery is limited to " + std::to_string(policy_.redeliveries_max);
    acks.push_back(std::move(ack));
}

}  // namespace tern::client
