#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

// What becomes of messages that are followed. Where they come in each gets a number, which goes
// with it to its queues; there its place stands for it.

namespace tern::engine {

using What = broker::TraceEvent::What;

namespace {

/// By its name, or as the subscription that it is.
std::string name_of(const broker::QueueInfo& queue) {
    std::string name = broker::to_text(queue.bindings.front().view());
    if (queue.subscription) {
        name += " for " + queue.subscription->key.client_id + ":" + queue.subscription->key.name;
    }
    return name;
}

What what_of(broker::Death::Why why) {
    switch (why) {
        case broker::Death::Why::rejected:
            return What::rejected;
        case broker::Death::Why::expired:
            return What::expired;
        case broker::Death::Why::too_often:
            return What::exhausted;
        case broker::Death::Why::overflow:
            break;
    }
    return What::overflowed;
}

What what_of(broker::QueuePort::Passage passage) {
    switch (passage) {
        case broker::QueuePort::Passage::accepted:
            return What::accepted;
        case broker::QueuePort::Passage::returned:
            return What::returned;
        case broker::QueuePort::Passage::failed:
            return What::failed;
        case broker::QueuePort::Passage::removed:
            break;
    }
    return What::removed;
}

}  // namespace

void ShardBroker::trace(std::uint64_t number, What what, const broker::Destination& at,
                        std::string_view detail) {
    if (number == 0) return;
    tracer_.note({.message = number,
                  .at_us = now_us(),
                  .what = what,
                  .at = broker::to_text(at.view()),
                  .detail = std::string(detail)});
}

void ShardBroker::note_received(std::uint64_t trace, broker::ConnectionNumber connection,
                                const broker::DestinationView& to, const Message& message) {
    std::string scratch;
    const auto id = formats_.find(message, "JMSMessageID", scratch);
    const auto* const text = std::get_if<std::string_view>(&id);
    tracer_.note({.message = trace,
                  .at_us = now_us(),
                  .what = What::received,
                  .at = broker::to_text(to),
                  .who = broker::ConsumerRef{this->id(), connection, {}},
                  .detail = text == nullptr ? std::string() : std::string(*text)});
}

void ShardBroker::trace_queued(std::uint64_t trace, broker::Queue& queue) {
    if (trace == 0) return;
    const broker::QueueInfo& info = *queue.info();
    tracer_.note({.message = trace, .at_us = now_us(), .what = What::queued, .at = name_of(info)});
    if (tracer_.follow(trace, info.id, queue.end() - 1)) queue.follow_messages(true);
}

void ShardBroker::trace_queued(const Turn& turn, std::size_t publication, broker::Queue& queue) {
    const auto found =
        std::ranges::lower_bound(turn.traced, publication, {}, &TracedPublication::index);
    if (found == turn.traced.end() || found->index != publication) return;
    trace_queued(found->number, queue);
}

void ShardBroker::trace_dispatched(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                                   const std::vector<broker::Delivery>& deliveries) {
    if (!tracer_.follows(from.id)) return;
    for (const broker::Delivery& one : deliveries) {
        const std::uint64_t trace = tracer_.find(from.id, one.tag.ordinal);
        if (trace == 0) continue;
        tracer_.note({.message = trace,
                      .at_us = now_us(),
                      .what = What::dispatched,
                      .at = name_of(from),
                      .who = to});
    }
}

std::uint64_t ShardBroker::trace_gone(const broker::QueueInfo& queue, std::uint64_t ordinal,
                                      What what, std::string_view why) {
    if (tracer_.idle()) return 0;
    const std::uint64_t trace = tracer_.find(queue.id, ordinal);
    if (trace == 0) return 0;
    tracer_.note({.message = trace,
                  .at_us = now_us(),
                  .what = what,
                  .at = name_of(queue),
                  .detail = std::string(why)});
    if (!tracer_.forget(queue.id, ordinal)) return trace;
    if (broker::Queue* const there = own(queue.id)) there->follow_messages(false);
    return trace;
}

void ShardBroker::passed(const broker::QueueInfo& queue, std::uint64_t ordinal, Passage what) {
    if (what == Passage::accepted || what == Passage::removed) {
        trace_gone(queue, ordinal, what_of(what));
        return;
    }
    const std::uint64_t trace = tracer_.find(queue.id, ordinal);
    if (trace == 0) return;
    tracer_.note(
        {.message = trace, .at_us = now_us(), .what = what_of(what), .at = name_of(queue)});
}

std::uint64_t ShardBroker::trace_died(const broker::QueueInfo& queue,
                                      const broker::Delivery& message, const broker::Death& death) {
    const bool scheduled = message.message->header().format == Format::scheduled;
    return trace_gone(queue, message.tag.ordinal, scheduled ? What::due : what_of(death.why),
                      death.cause);
}

std::uint64_t ShardBroker::trace_taken(const broker::DeliveryTag& tag,
                                       const broker::Destination* to) {
    const broker::Queue* const queue = tracer_.idle() ? nullptr : own(tag.queue);
    if (queue == nullptr) return 0;
    const std::uint64_t number =
        trace_gone(*queue->info(), tag.ordinal, What::removed, "by an operator");
    if (to != nullptr) trace(number, What::sent_on, *to);
    return number;
}

void ShardBroker::trace_stored(const Turn& turn) {
    // What was withdrawn, or keeps its place only, is in no journal.
    const bool stored = turn.first() != journal::Lsn();
    for (const TracedPublication& one : turn.traced) {
        if (!turn.publications[one.index].record) continue;
        if (turn.error()) {
            tracer_.note({.message = one.number,
                          .at_us = now_us(),
                          .what = What::refused,
                          .detail = "it could not be stored"});
        } else if (stored) {
            tracer_.note({.message = one.number, .at_us = turn.stored_us, .what = What::stored});
        }
    }
}

void ShardBroker::trace_answered(const Turn& turn) {
    if (turn.error()) return;
    for (const TracedPublication& one : turn.traced) {
        if (!one.awaited) continue;
        tracer_.note({.message = one.number, .at_us = now_us(), .what = What::confirmed});
    }
}

std::vector<broker::TraceEvent> ShardBroker::trace_events() const {
    const std::int64_t offset_us = wall_ms() * 1000 - now_us();
    std::vector<broker::TraceEvent> all(tracer_.events().begin(), tracer_.events().end());
    for (broker::TraceEvent& one : all) one.at_us += offset_us;
    return all;
}

}  // namespace tern::engine
