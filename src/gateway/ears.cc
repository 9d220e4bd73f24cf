#include "gateway/ears.h"

#include "base/log.h"
#include "broker/api/large_bodies.h"
#include "protocol/wire.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tern::gateway {

void Ears::completed(broker::Token token, std::error_code error) {
    if (!waits()) return session_->completed(token, error);
    hold([this, token, error] { session_->completed(token, error); });
}

void Ears::deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                   std::span<const broker::Delivery> deliveries) {
    if (!waits() && !wants_whole(deliveries)) {
        return session_->deliver(consumer, queue, deliveries);
    }
    hold(consumer, queue, deliveries, false, false);
}

void Ears::browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                   std::span<const broker::Delivery> content, bool last) {
    if (!waits() && !wants_whole(content)) {
        return session_->browsed(consumer, queue, content, last);
    }
    if (!content.empty()) return hold(consumer, queue, content, true, last);
    hold([this, consumer, info = queue.shared_from_this(), last] {
        session_->browsed(consumer, *info, {}, last);
    });
}

void Ears::counted(broker::Token token, std::error_code error, const broker::QueueCounts& counts) {
    if (!waits()) return session_->counted(token, error, counts);
    hold([this, token, error, counts] { session_->counted(token, error, counts); });
}

void Ears::cancelled(broker::ConsumerNumber consumer) {
    if (!waits()) return session_->cancelled(consumer);
    hold([this, consumer] { session_->cancelled(consumer); });
}

void Ears::revoked(broker::ConsumerNumber consumer) {
    if (!waits()) return session_->revoked(consumer);
    hold([this, consumer] { session_->revoked(consumer); });
}

void Ears::branch_ended(broker::TransactionNumber transaction, bool committed) {
    if (!waits()) return session_->branch_ended(transaction, committed);
    hold([this, transaction, committed] { session_->branch_ended(transaction, committed); });
}

bool Ears::wants_whole(std::span<const broker::Delivery> deliveries) const {
    return std::ranges::any_of(deliveries,
                               [](const auto& one) { return one.message->large() != nullptr; }) &&
           session_->whole_body_max();
}

void Ears::hold(Task event) {
    held_.push_back({.event = std::move(event)});
}

void Ears::hold(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                std::span<const broker::Delivery> deliveries, bool browsed, bool last) {
    const broker::QueueInfoPtr info = queue.shared_from_this();
    for (const broker::Delivery& one : deliveries) {
        held_.push_back({.consumer = consumer,
                         .queue = info,
                         .delivery = one,
                         .browsed = browsed,
                         .last = last && &one == &deliveries.back()});
    }
    go_on();
}

void Ears::go_on() {
    while (!busy_ && !held_.empty() && output_.size() < protocol::Wire::kOutputBytesHigh) {
        Held next = std::move(held_.front());
        held_.pop_front();
        busy_ = true;
        take(std::move(next));
    }
}

void Ears::take(Held held) {
    const bool is_message = held.event == nullptr;
    const broker::Delivery* const one = is_message ? &held.delivery : nullptr;
    if (is_message && wants_whole({one, 1})) return read_whole(std::move(held));
    if (is_message) {
        hand_over(held);
    } else {
        held.event();
    }
    busy_ = false;
}

void Ears::hand_over(const Held& held) {
    if (held.browsed) {
        session_->browsed(held.consumer, *held.queue, {&held.delivery, 1}, held.last);
    } else {
        session_->deliver(held.consumer, *held.queue, {&held.delivery, 1});
    }
}

void Ears::read_whole(Held held) {
    const std::uint64_t size = held.delivery.message->large()->size();
    if (size > *session_->whole_body_max()) {
        refuse(held, "its body is too large for a client that has to get it whole");
        busy_ = false;
        return;
    }
    reading_ = std::make_unique<Reading>(std::move(held), MutableBuffer(size));
    read_more();
}

void Ears::read_more() {
    connection_->large_bodies()->read(reading_->held.delivery.message->large(), reading_->bytes,
                                      [this](const auto& pieces) { came(pieces); });
}

void Ears::came(const Result<std::vector<Buffer>>& pieces) {
    if (pieces) {
        for (const Buffer& piece : *pieces) {
            std::memcpy(reading_->block.data() + reading_->bytes, piece.data(), piece.size());
            reading_->bytes += piece.size();
        }
        if (reading_->bytes < reading_->block.capacity()) return read_more();
    }
    Reading done = std::move(*std::exchange(reading_, nullptr));
    if (pieces) {
        const MessagePtr stored = std::move(done.held.delivery.message);
        const Buffer body = std::move(done.block).freeze(done.bytes);
        done.held.delivery.message = Message::create(stored->header(), stored->native(),
                                                     stored->properties(), body.bytes(), &body);
        hand_over(done.held);
    } else {
        refuse(done.held, "its body cannot be read");
    }
    busy_ = false;
    go_on();
}

void Ears::refuse(const Held& held, std::string_view why) {
    log::warning("gateway", "a large message is not delivered: {}", why);
    if (!held.browsed) return connection_->pass_over(held.consumer, held.delivery.tag, why);
    session_->browsed(held.consumer, *held.queue, {}, held.last);
    if (!held.last) connection_->grant(held.consumer, 1);
}

}  // namespace tern::gateway
