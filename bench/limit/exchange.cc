#include "bench/limit/exchange.h"

#include "bench/limit/wire.h"

#include <algorithm>

namespace tern::limit {

namespace {

constexpr int kRunLength = 32;
/// What nobody consumes is answered and thrown away from here on, or memory would be the limit.
constexpr std::size_t kUnconsumedMax = 1000;
constexpr std::uint8_t kAckDelivered = 0;

void send(Consumer& consumer, std::string_view message) {
    --consumer.credit;
    put_dispatch(consumer.out, consumer.prefix, message);
}

void send_from(std::deque<std::string>& backlog, Consumer& consumer) {
    while (consumer.credit > 0 && !backlog.empty()) {
        send(consumer, backlog.front());
        backlog.pop_front();
    }
}

/// The queue's consumer whose turn it is, or the next one with credit; null if none has any.
Consumer* next_consumer(Destination& queue) {
    const std::size_t count = queue.consumers.size();
    if (queue.run >= kRunLength) {
        queue.run = 0;
        ++queue.turn;
    }
    for (std::size_t tried = 0; tried < count; ++tried) {
        queue.turn %= count;
        Consumer* const consumer = queue.consumers[queue.turn];
        if (consumer->credit > 0) {
            ++queue.run;
            return consumer;
        }
        queue.run = 0;
        ++queue.turn;
    }
    return nullptr;
}

}  // namespace

Destination& Exchange::find(std::string_view name) {
    const auto [entry, created] = destinations_.try_emplace(std::string(name));
    if (created) entry->second.topic = name.size() > 1 && static_cast<Type>(name[1]) == Type::topic;
    return entry->second;
}

void Exchange::publish(std::string_view name, std::string_view message) {
    Destination& destination = find(name);
    if (destination.topic) {
        for (Consumer* const consumer : destination.consumers) {
            if (consumer->credit > 0) {
                send(*consumer, message);
            } else {
                consumer->backlog.emplace_back(message);
            }
        }
    } else if (Consumer* const consumer = next_consumer(destination)) {
        send(*consumer, message);
    } else if (!destination.consumers.empty() || destination.backlog.size() < kUnconsumedMax) {
        destination.backlog.emplace_back(message);
    }
}

std::unique_ptr<Consumer> Exchange::subscribe(std::string_view name, std::string_view id,
                                              std::int64_t credit, std::string& out) {
    Destination& destination = find(name);
    auto consumer = std::make_unique<Consumer>(std::string(id), make_dispatch_prefix(id, name), out,
                                               destination, credit);
    destination.consumers.push_back(consumer.get());
    send_from(destination.backlog, *consumer);
    return consumer;
}

void Exchange::unsubscribe(Consumer& consumer) {
    std::erase(consumer.destination.consumers, &consumer);
}

void Exchange::acknowledge(Consumer& consumer, std::uint8_t ack_type, std::int64_t count) {
    // Acks as delivered extend the window; the standard ack that follows covers them again.
    if (ack_type == kAckDelivered) {
        consumer.delivered += count;
    } else {
        const auto covered = std::min(count, consumer.delivered);
        consumer.delivered -= covered;
        count -= covered;
    }
    consumer.credit += count;
    Destination& destination = consumer.destination;
    send_from(destination.topic ? consumer.backlog : destination.backlog, consumer);
}

}  // namespace tern::limit
