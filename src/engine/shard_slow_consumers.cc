#include "base/log.h"
#include "engine/connection.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <utility>

// Consumers that are too slow for others.

namespace tern::engine {

using broker::Event;
using broker::SlowConsumers;

void ShardBroker::schedule_slow_check() {
    const std::int64_t period = settings_->policies.slow_check_ms();
    if (period <= 0) return slow_timer_.cancel();
    loop_.timers().arm(slow_timer_, loop_.clock().now() + Millis(period));
}

void ShardBroker::check_consumers() {
    SlowStates before = std::exchange(slow_, {});
    for (const auto& [id, queue] : queues_) {
        const broker::Destination& name = queue->info()->bindings.front();
        const broker::PolicyPtr policy = settings_->policies.find(name.view());
        const SlowConsumers& slow = policy->slow_consumers;
        if (slow.kind == SlowConsumers::Kind::keep && policy->consumer_rate_min < 0 &&
            !policy->advise_slow_consumers) {
            continue;
        }
        for (const broker::ConsumerReport& one : queue->report_consumers()) {
            check_consumer({id.value, one.consumer}, one, name, *policy, before);
        }
    }
    schedule_slow_check();
}

void ShardBroker::check_consumer(const SlowKey& key, const broker::ConsumerReport& report,
                                 const broker::Destination& name, const broker::Policy& policy,
                                 SlowStates& before) {
    const std::int64_t now = wall_ms();
    const auto known = before.find(key);
    SlowState state = known == before.end() ? SlowState{.settled_ms = now} : known->second;
    if (report.settled != std::exchange(state.settled, report.settled)) state.settled_ms = now;
    if (report.slow && state.since_ms == 0) {
        state.since_ms = now;
        ++state.count;
        if (policy.advise_slow_consumers) {
            observe(Event::What::consumer_slow, name, nullptr, policy, 0, report.party);
        }
    } else if (!report.slow) {
        state.since_ms = 0;
    }
    if (report.outstanding == 0 && policy.slow_consumers.ignore_idle_consumers) {
        state.settled_ms = now;
    }
    const bool below_rate = is_below_rate(state, report, policy);
    if (is_too_slow(state, policy.slow_consumers, now)) {
        return close_slow(report.consumer, name, policy.slow_consumers.abort_connection);
    }
    if (below_rate && policy.below_rate == broker::BelowRate::close) {
        return close_slow(report.consumer, name, true);
    }
    if (below_rate) {
        note_crossed(broker::Limit::slowness, readable(name.view()),
                     "a consumer settles less than it should");
        observe(Event::What::consumer_slow, name, nullptr, policy, 0, report.party);
    }
    slow_[key] = state;
}

bool ShardBroker::is_below_rate(SlowState& state, const broker::ConsumerReport& report,
                                const broker::Policy& policy) const {
    if (policy.consumer_rate_min < 0) return false;
    const std::int64_t now = wall_ms();
    const std::int64_t passed = now - state.measured_ms;
    const bool first = state.measured_ms == 0;
    if (!first && passed < policy.consumer_rate_period_s * 1000) return false;
    const std::uint64_t settled = report.settled - std::exchange(state.measured, report.settled);
    state.measured_ms = now;
    if (first || passed == 0) return false;
    const auto wanted = static_cast<std::uint64_t>(policy.consumer_rate_min * passed / 1000);
    // Who had little to do is not slow.
    return settled < wanted && (report.slow || report.outstanding >= wanted);
}

void ShardBroker::close_slow(const broker::ConsumerRef& who, const broker::Destination& name,
                             bool whole) {
    note_crossed(broker::Limit::slowness, readable(name.view()),
                 "a consumer is too slow and is closed");
    ++flow_.closed_consumers;
    loop_.post(who.shard, [peer = peers_[who.shard.value], who, whole] {
        if (Connection* const connection = peer->find(who.connection)) {
            connection->abort(who.consumer, whole);
        }
    });
}

bool ShardBroker::is_too_slow(const SlowState& state, const SlowConsumers& policy,
                              std::int64_t now_ms) {
    switch (policy.kind) {
        case SlowConsumers::Kind::keep:
            return false;
        case SlowConsumers::Kind::abort:
            return state.since_ms != 0 &&
                   ((policy.slow_ms_max > 0 && now_ms - state.since_ms >= policy.slow_ms_max) ||
                    (policy.slow_count_max > 0 && state.count > policy.slow_count_max));
        case SlowConsumers::Kind::abort_unacknowledging:
            return policy.unacknowledged_ms_max > 0 &&
                   now_ms - state.settled_ms >= policy.unacknowledged_ms_max;
    }
    return false;
}

}  // namespace tern::engine
