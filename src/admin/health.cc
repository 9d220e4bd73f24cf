#include "admin/health.h"

#include <fmt/format.h>

#include <map>

namespace tern::admin {
namespace {

/// The queues with most messages are looked at, this many.
constexpr std::size_t kQueuesMax = 200;

}  // namespace

std::vector<HealthFinding> judge(const std::vector<broker::QueueStatus>& queues,
                                 const std::vector<broker::ConsumerStatus>& consumers) {
    struct Takers {
        std::size_t all = 0;
        std::size_t full = 0;
        std::uint64_t unsettled = 0;
    };
    std::map<broker::QueueId, Takers> takers;
    for (const broker::ConsumerStatus& one : consumers) {
        Takers& those = takers[one.queue->id];
        ++those.all;
        if (one.credit == 0 && one.unsettled > 0) ++those.full;
        those.unsettled += one.unsettled;
    }
    std::vector<HealthFinding> found;
    for (const broker::QueueStatus& queue : queues) {
        const std::string& name = queue.info->bindings.front().name;
        if (queue.full) {
            found.push_back({"full", name,
                             fmt::format("producers wait: {} bytes of messages are in memory, the "
                                         "limit is {}",
                                         queue.memory_bytes, queue.memory_limit),
                             "start more consumers, or raise the memoryLimit of its policy"});
        }
        const std::uint64_t waiting = queue.counts.ready;
        if (waiting == 0) continue;
        if (queue.paused) {
            found.push_back({"paused", name,
                             fmt::format("{} messages wait on a queue that is paused", waiting),
                             "resume the queue when its consumers may go on"});
            continue;
        }
        if (queue.counts.consumers == 0) {
            found.push_back({"no_consumer", name,
                             fmt::format("{} messages wait and nobody consumes them", waiting),
                             "start a consumer, move the messages to a queue that has one, or "
                             "purge the queue"});
            continue;
        }
        const Takers& those = takers[queue.info->id];
        if (those.all == 0 || those.full < those.all) continue;
        found.push_back(
            {"slow_consumer", name,
             fmt::format("{} messages wait while all {} consumers have as many messages as they "
                         "take at a time ({} in all) and acknowledge none",
                         waiting, those.all, those.unsettled),
             "see what the consumers do with what they have, or start more of them"});
    }
    return found;
}

void look_at_health(broker::Operations& broker, broker::Reply<std::vector<HealthFinding>> done) {
    const broker::QueueQuery query{
        .sort = broker::QueueQuery::Sort::size, .descending = true, .limit = kQueuesMax};
    broker.list_queues(query, [&broker, done = std::move(done)](broker::QueuePage page) mutable {
        broker.list_consumers(std::nullopt,
                              [queues = std::move(page.rows), done = std::move(done)](
                                  const std::vector<broker::ConsumerStatus>& consumers) mutable {
                                  done(judge(queues, consumers));
                              });
    });
}

json::object to_json(const HealthFinding& finding) {
    return {{"id", finding.id},
            {"about", json_text(finding.about)},
            {"cause", json_text(finding.cause)},
            {"remedy", json_text(finding.remedy)}};
}

}  // namespace tern::admin
