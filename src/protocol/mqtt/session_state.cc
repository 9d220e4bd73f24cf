#include "base/log.h"
#include "protocol/mqtt/session.h"
#include "protocol/mqtt/state_queue.h"
#include "protocol/mqtt/tokens.h"

#include <memory>
#include <utility>

namespace tern::mqtt {

using broker::DeliveryTag;

broker::Destination Session::state_queue() const {
    return state_queue_of(client_id_);
}

void Session::open_session() {
    if (broker_.exists(state_queue().view())) return load_session();
    finish_connect(false);
}

void Session::load_session() {
    loading_ = true;
    expired_ = true;  // until its subscriptions are found
    state_ = broker::ConsumerNumber{++last_consumer_};
    broker_.subscribe({.consumer = state_,
                       .destinations = {state_queue()},
                       .mode = broker::Subscribe::Mode::browse,
                       .credit = UINT32_MAX,
                       .token = {}});
}

void Session::loaded() {
    loading_ = false;
    broker_.unsubscribe(std::exchange(state_, {}), {}, {});
    if (orphan_) return begin_orphan();
    const bool goes_on = !expired_ && !clean_start_;
    const auto found = std::exchange(found_will_, std::nullopt);
    if (found) {
        will_number_ = found->number + 1;
        // It was to be published in time, when its session ends, or, without a delay, when another
        // connection takes the place of that which left it.
        const bool taken_over = found->due_at_ms == INT64_MAX && found->will.delay_s == 0;
        if (!goes_on || taken_over || found->due_at_ms <= wall_ms_) publish(found->will, {});
    }
    if (goes_on) {
        durable_ = true;  // until the connection ends, whatever was asked for
        open_state();
        return finish_connect(true);
    }
    flights_.clear();
    received_.clear();
    inflight_ = unanswered_ = 0;
    drop_session([this] { finish_connect(false); });
}

void Session::open_state() {
    state_ = broker::ConsumerNumber{++last_consumer_};
    broker_.subscribe(
        {.consumer = state_, .destinations = {state_queue()}, .credit = UINT32_MAX, .token = {}});
}

broker::TransactionNumber Session::begin() {
    const broker::TransactionNumber transaction{++last_transaction_};
    broker_.begin(transaction);
    return transaction;
}

void Session::remember(const SessionRecord& record, broker::TransactionNumber transaction,
                       broker::Token token) {
    const broker::Destination queue = state_queue();
    broker_.publish({.to = queue.view(),
                     .message = encode_record(record),
                     .transaction = transaction,
                     .token = token});
}

void Session::forget(const DeliveryTag& tag, broker::TransactionNumber transaction) {
    broker_.settle(state_, {&tag, 1}, broker::Outcome::accept, transaction);
}

void Session::state_delivered(std::span<const broker::Delivery> deliveries) {
    for (const broker::Delivery& delivery : deliveries) {
        auto record = decode_record(delivery.message->body().bytes());
        if (!record) {
            log::error("mqtt", "a record of session {} makes no sense; it is dropped", client_id_);
            forget(delivery.tag, {});
            continue;
        }
        std::visit([&](auto& one) { apply(delivery.tag, std::move(one)); }, *record);
    }
}

void Session::apply(const DeliveryTag& tag, SubscriptionsRecord record) {
    if (loading_) {
        if (record.version <= saved_version_) return;
        saved_version_ = record.version;
        saved_expiry_s_ = record.expiry_s;
        subscriptions_ = std::move(record.subscriptions);
        expired_ = false;
        found_end_ms_.reset();
        return;
    }
    // The last one written comes last.
    if (saved_.queue) forget(saved_, {});
    saved_ = tag;
}

void Session::apply(const DeliveryTag& tag, ReceivedRecord record) {
    if (loading_) {
        received_[record.packet_id];
        ++unanswered_;
        return;
    }
    const auto found = received_.find(record.packet_id);
    if (found == received_.end()) return forget(tag, {});  // of an earlier session
    found->second = tag;
    if (releasing_.erase(record.packet_id) > 0) {
        on_release(record.packet_id);
    }
}

void Session::apply(const DeliveryTag& tag, ReleasedRecord record) {
    if (loading_) {
        ++inflight_;
        Flight& flight = flights_[record.packet_id];
        flight.state = Flight::State::released;
        flight.qos = Qos::exactly_once;
        return;
    }
    const auto found = flights_.find(record.packet_id);
    if (found == flights_.end()) return forget(tag, {});  // complete already
    found->second.record = tag;
}

void Session::apply(const DeliveryTag& tag, LeftRecord record) {
    if (loading_) {
        found_end_ms_ = record.ends_at_ms;
        expired_ = record.ends_at_ms <= broker_.wall_ms();
    } else if (phase_ != Phase::away) {
        forget(tag, {});  // the client is back
    }
}

void Session::apply(const DeliveryTag& tag, WillRecord record) {
    if (loading_) {
        ++will_records_;
        if (!found_will_ || record.number >= found_will_->number) found_will_ = std::move(record);
    } else if (will_ && record.number == will_number_) {
        if (will_record_.queue) forget_will(will_record_);
        will_record_ = tag;
        if (phase_ == Phase::away && wire_.now_ms() >= will_due_ms_) publish_will_of_record();
    } else {
        forget_will(tag);  // published, or of an earlier connection
        if (phase_ == Phase::left && record.number == will_number_) close_when_stored();
        end_if_done();
    }
}

void Session::save_will(std::int64_t due_at_ms, broker::Token token) {
    ++will_records_;
    remember(WillRecord{will_number_, due_at_ms, *will_}, {}, token);
}

void Session::forget_will(const DeliveryTag& tag, broker::TransactionNumber transaction) {
    if (will_records_ > 0) --will_records_;
    forget(tag, transaction);
}

void Session::save_subscriptions(Then then) {
    if (!durable_) return then({});
    saved_expiry_s_ = expiry_s_;
    SubscriptionsRecord record{
        .version = ++saved_version_, .expiry_s = expiry_s_, .subscriptions = {}};
    record.subscriptions = subscriptions_;
    remember(record, {}, this->then(std::move(then)));
}

/// Ends the session that is open or was loaded.
void Session::drop_session(std::move_only_function<void()> then) {
    struct Progress {
        std::size_t left = 1;
        std::move_only_function<void()> then;
    };
    auto progress = std::make_shared<Progress>(1, std::move(then));
    const auto step = [this, progress] {
        ++progress->left;
        return this->then([progress](std::error_code) {
            if (--progress->left == 0) progress->then();
        });
    };
    const bool stored = broker_.exists(state_queue().view());
    // At once, for a client that is back at once: without this record there is no session.
    if (saved_.queue) forget(std::exchange(saved_, {}), {});
    // Before all that has to wait: should the rest not be done, the session is over nevertheless.
    if (stored) remember(LeftRecord{}, {}, {});
    for (const auto& [filter, subscription] : std::exchange(subscriptions_, {})) {
        if (subscription.channel != Channel::live) forget_named(filter, subscription, step());
    }
    if (state_) broker_.unsubscribe(std::exchange(state_, {}), {}, {});
    will_records_ = 0;
    will_record_ = {};
    if (stored) broker_.remove(state_queue(), step());
    if (--progress->left == 0) progress->then();
}

}  // namespace tern::mqtt
