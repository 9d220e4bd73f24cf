#include "protocol/mqtt/sys_session.h"

#include "message/live.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/convert.h"
#include "protocol/mqtt/retained.h"
#include "protocol/mqtt/state_queue.h"

#include <algorithm>

namespace tern::mqtt {

SysSession::SysSession(const Options& options, const Traffic& traffic, SysBoard& board,
                       protocol::Wire& wire, broker::Broker& broker)
    : options_(options),
      traffic_(traffic),
      board_(board),
      wire_(wire),
      broker_(broker),
      tree_(wire.now_ms()),
      next_ms_(wire.now_ms()) {}

std::int64_t SysSession::tick(std::int64_t now_ms) {
    if (now_ms >= next_ms_) {
        broker_.report_queues(
            "$mqtt.>", [this](const std::vector<broker::QueueReport>& queues) { publish(queues); });
        next_ms_ = now_ms + std::int64_t{options_.sys_interval_s} * 1000;
    }
    return next_ms_;
}

void SysSession::publish(const std::vector<broker::QueueReport>& queues) {
    const auto count = [&queues](std::string_view prefix) {
        return static_cast<std::uint64_t>(
            std::ranges::count_if(queues, [prefix](const broker::QueueReport& one) {
                return one.queue.name.starts_with(prefix) &&
                       one.counts.ready + one.counts.unsettled > 0;
            }));
    };
    std::optional<std::uint64_t> heap_bytes;
    if (options_.heap_bytes) heap_bytes = options_.heap_bytes();
    const message::Live live = message::live();
    auto topics = tree_.update({.version = "TernMQ version " + options_.version,
                                .now_ms = wire_.now_ms(),
                                .figures = traffic_.figures(),
                                .connected = traffic_.connected,
                                .sessions = count(kStateQueues),
                                .connections = traffic_.connections,
                                .expired = traffic_.expired,
                                .subscriptions = traffic_.subscriptions,
                                .shared = traffic_.shared,
                                .retained = count(kRetainedQueues),
                                .stored = live.messages,
                                .stored_bytes = live.bytes,
                                .heap_bytes = heap_bytes});
    const auto before = board_.topics();
    std::string name;
    for (const auto& [topic, text] : topics) {
        const auto last = before->find(topic);
        if (last != before->end() && last->second == text) continue;
        swap_names(topic, name);
        broker_.publish({.to = {broker::Domain::topic, false, name},
                         .message = store({.topic = topic,
                                           .publisher = {},
                                           .retain = true,
                                           .payload = as_bytes(text),
                                           .now_ms = broker_.wall_ms()},
                                          nullptr)});
    }
    board_.show(std::move(topics));
}

}  // namespace tern::mqtt
