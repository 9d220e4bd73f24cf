// The part of ShardBroker that removes queues nobody uses any more.
#include "base/log.h"
#include "broker/schedule/schedule.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

namespace tern::engine {

void ShardBroker::schedule_sweep() {
    const std::int64_t period = settings_->sweep.period_ms;
    if (period <= 0) return sweep_timer_.cancel();
    loop_.timers().arm(sweep_timer_, loop_.clock().now() + Millis(period));
}

/// The catalog is on one shard.
void ShardBroker::schedule_offline_check() {
    if (id() != ShardId{0} || !settings_->offline.ends()) return offline_timer_.cancel();
    loop_.timers().arm(offline_timer_, loop_.clock().now() + Millis(settings_->offline.period_ms));
}

/// Unused is what is empty, has no consumers, and got nothing since the last look. A producer that
/// comes back finds its queue made again.
void ShardBroker::sweep() {
    const std::unordered_map<broker::QueueId, Unused> before = std::exchange(unused_, {});
    std::int32_t left = settings_->sweep.removed_max;
    const bool limited = left > 0;
    for (const auto& [id, queue] : queues_) {
        if (!is_unused(*queue)) continue;
        const std::uint64_t enqueued = queue->totals().enqueued;
        const auto known = before.find(id);
        const bool new_here = known == before.end() || known->second.enqueued != enqueued;
        const Unused unused =
            new_here ? Unused{.enqueued = enqueued, .since_ms = wall_ms()} : known->second;
        unused_[id] = unused;
        const broker::Destination& name = queue->info()->bindings.front();
        const std::int64_t allowed = settings_->policies.find(name.view())->inactive_ms_max;
        if (wall_ms() - unused.since_ms < allowed || (limited && left == 0)) continue;
        --left;
        log::info("engine", "{} was not used for {} ms and is removed", readable(name.view()),
                  wall_ms() - unused.since_ms);
        ask(
            [address = name.name](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_queue(address, {.if_unused = true, .if_empty = true}, nullptr,
                                     std::move(answer));
            },
            [](std::error_code) {});
    }
    schedule_sweep();
}

bool ShardBroker::is_unused(const broker::Queue& queue) {
    const broker::QueueInfo& info = *queue.info();
    const broker::DestinationView name = info.bindings.front().view();
    // What was declared with options says itself when it goes.
    const bool stays = info.is_subscription() || name.temporary || info.options != nullptr ||
                       name.name.starts_with('$') || broker::is_schedule(name);
    return !stays && settings_->policies.find(name)->collect_inactive && queue.size() == 0 &&
           queue.consumers() == 0;
}

}  // namespace tern::engine
