#include "admin/health.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>

namespace tern::admin {
namespace {

/// The queues with most messages are looked at, this many.
constexpr std::size_t kQueuesMax = 200;
/// Of a limit, from which on somebody should look at it.
constexpr double kWorryingPercent = 90;
/// A disk that one sync in a hundred takes longer on.
constexpr std::int64_t kSlowSyncUs = 500'000;

struct Watched {
    std::string_view id;
    std::string_view about;
    broker::LimitStatus limit;
    std::string_view remedy;
};

void judge_limits(const broker::FlowStatus& flow, std::vector<HealthFinding>& found) {
    const std::array<Watched, 4> all{{
        {"memory_limit", "memory", flow.memory,
         "start more consumers, or raise memoryUsage in systemUsage"},
        {"store_limit", "store", flow.store,
         "start more consumers, purge what nobody wants, or raise storeUsage in systemUsage"},
        {"temporary_limit", "temporary store", flow.temporary,
         "start more consumers, or raise tempUsage in systemUsage"},
        {"schedule_limit", "schedule", flow.schedule,
         "remove scheduled messages, or raise jobSchedulerUsage in systemUsage"},
    }};
    for (const Watched& one : all) {
        if (one.limit.percent() < kWorryingPercent) continue;
        found.push_back(
            {std::string(one.id), std::string(one.about),
             fmt::format("{:.0f} % of the {} are used: {} of {} bytes{}", one.limit.percent(),
                         one.about, one.limit.used, one.limit.limit,
                         one.limit.reached() ? "; producers wait or are refused" : ""),
             std::string(one.remedy)});
    }
    if (flow.disk_reserve_bytes > 0 && flow.disk_free_bytes < flow.disk_reserve_bytes) {
        found.push_back({"disk_full", "disk",
                         fmt::format("{} bytes are free on the disk of the data directory; with "
                                     "less than {} persistent sends wait",
                                     flow.disk_free_bytes, flow.disk_reserve_bytes),
                         "make room on the disk, or consume or purge messages"});
    }
}

void judge_connections(const About& about, std::vector<HealthFinding>& found) {
    const auto judge = [&found](const std::string& where, const ConnectionLimit& limit,
                                const char* setting) {
        const broker::LimitStatus used{limit.open, limit.max};
        if (used.percent() < kWorryingPercent) return;
        found.push_back(
            {"connection_limit", where,
             fmt::format("{} of {} connections are open; {} were refused since the "
                         "start",
                         limit.open, limit.max, limit.refused),
             fmt::format("see which clients leave connections open, or raise {}", setting)});
    };
    if (about.connections) judge("all listeners", about.connections(), "max_connections");
    if (!about.listeners) return;
    for (const OpenListener& one : about.listeners()) {
        judge(one.name, one.connections, "maximumConnections of its transportConnector");
    }
}

/// One finding, about the queue where it is worst.
void judge_disk(const std::vector<broker::QueueStatus>& queues, std::vector<HealthFinding>& found) {
    std::int64_t slowest_us = 0;
    std::string_view name;
    for (const broker::QueueStatus& one : queues) {
        if (one.latencies == nullptr) continue;
        const std::int64_t us = one.latencies->confirm.recent.quantile(0.99);
        if (us <= slowest_us) continue;
        slowest_us = us;
        name = one.info->bindings.front().name;
    }
    if (slowest_us < kSlowSyncUs) return;
    found.push_back(
        {"disk_latency", std::string(name),
         fmt::format("durable messages take up to {} ms until they are safe (99 of 100 "
                     "of the last minute)",
                     slowest_us / 1000),
         "see who else writes to the disk of the data directory, and whether it fails"});
}

}  // namespace

std::string classic_id(const HealthFinding& finding) {
    static const std::map<std::string_view, std::string_view> classic_ids{
        {"no_consumer", "noConsumer"},
        {"store_limit", "StoreLimit"},
        {"temporary_limit", "TempStoreLimit"},
        {"schedule_limit", "JobSchedulerLimit"},
        {"disk_full", "FreeDiskSpaceLeft"}};
    const auto known = classic_ids.find(finding.id);
    return "org.apache.activemq." +
           (known == classic_ids.end() ? finding.id : std::string(known->second));
}

std::vector<HealthFinding> judge(const About& about, const broker::BrokerStatus& status,
                                 const std::vector<broker::QueueStatus>& queues,
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
    judge_limits(status.flow, found);
    judge_connections(about, found);
    judge_disk(queues, found);
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
             fmt::format("{} messages wait while {} as many messages as {} at a time ({} in all) "
                         "and acknowledge{} none",
                         waiting,
                         those.all == 1 ? "its consumer has"
                                        : fmt::format("all {} consumers have", those.all),
                         those.all == 1 ? "it takes" : "they take", those.unsettled,
                         those.all == 1 ? "s" : ""),
             "see what the consumers do with what they have, or start more of them"});
    }
    return found;
}

void look_at_health(broker::Operations& broker, const About& about,
                    broker::Reply<std::vector<HealthFinding>> done) {
    const broker::QueueQuery query{.sort = broker::QueueQuery::Sort::size,
                                   .descending = true,
                                   .limit = kQueuesMax,
                                   .with_latencies = true};
    broker.status([&broker, &about, query,
                   done = std::move(done)](const broker::BrokerStatus& status) mutable {
        broker.list_queues(query, [&broker, &about, status,
                                   done = std::move(done)](broker::QueuePage page) mutable {
            broker.list_consumers(
                std::nullopt,
                [&about, status, queues = std::move(page.rows), done = std::move(done)](
                    const std::vector<broker::ConsumerStatus>& consumers) mutable {
                    done(judge(about, status, queues, consumers));
                });
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
