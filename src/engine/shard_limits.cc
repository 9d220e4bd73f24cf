#include "base/log.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

// Limits of what is in use, and consumers that are too slow.

namespace tern::engine {

using broker::Event;
using broker::SlowConsumers;

namespace {

/// Of messages that were sent since use was last looked at: looking costs more than a message.
constexpr std::size_t kUnseenBytesMax = 64 * 1024;
constexpr std::int64_t kLookAtDiskEveryMs = 100;

broker::Discard discard_of(broker::Eviction::Kind kind) {
    switch (kind) {
        case broker::Eviction::Kind::oldest:
            break;
        case broker::Eviction::Kind::oldest_with_lowest_priority:
            return broker::Discard::lowest_priority;
        case broker::Eviction::Kind::unique_property:
            return broker::Discard::older_of_key;
    }
    return broker::Discard::oldest;
}

/// How many messages may wait beyond the prefetch; nothing: any number.
std::optional<std::size_t> pending_max(const broker::PendingLimit& policy,
                                       const broker::ConsumerOptions& consumer) {
    std::optional<std::size_t> most;
    if (policy.kind == broker::PendingLimit::Kind::constant && policy.limit >= 0) {
        most = static_cast<std::size_t>(policy.limit);
    } else if (policy.kind == broker::PendingLimit::Kind::prefetch_rate) {
        most = static_cast<std::size_t>(static_cast<double>(consumer.prefetch) *
                                        std::max(policy.multiplier, 0.0));
    }
    if (consumer.pending_max == 0) return most;
    return std::min<std::size_t>(most.value_or(SIZE_MAX), consumer.pending_max);
}

broker::GroupRules group_rules(const broker::GroupMap& map) {
    switch (map.kind) {
        case broker::GroupMap::Kind::cached:
            return {.remembered = map.cache};
        case broker::GroupMap::Kind::bucket:
            return {.remembered = SIZE_MAX, .buckets = std::max(map.buckets, 1U)};
        case broker::GroupMap::Kind::simple:
            return {.remembered = SIZE_MAX};
    }
    return {};
}

}  // namespace

bool ShardBroker::has_space(const broker::DestinationView& to,
                            std::span<const broker::QueueInfoPtr> queues, bool durable,
                            std::size_t bytes) {
    unseen_bytes_ += bytes;
    const bool any = memory_full_ || store_full_ || temporary_full_ || disk_full_;
    if (any || unseen_bytes_ > kUnseenBytesMax) look_at_limits();
    if (memory_full_ || (durable ? store_full_ || disk_full_ : temporary_full_)) return false;
    const bool full = std::ranges::any_of(queues, [](const broker::QueueInfoPtr& queue) {
        return queue->full.load(std::memory_order_relaxed);
    });
    return !full ||
           (!broker::is_schedule(to) && !settings_->policies.find(to)->producer_flow_control);
}

/// What waits for space would wait for itself if it counted.
std::size_t ShardBroker::used_bytes() const {
    std::size_t waiting = 0;
    for (const ShardBroker* const peer : peers_) {
        waiting += peer->waiting_bytes_.load(std::memory_order_relaxed);
    }
    const std::size_t live = Message::live_bytes();
    return live - std::min(waiting, live);
}

void ShardBroker::look_at_limits() {
    unseen_bytes_ = 0;
    broker::FlowStatus now;
    note_limits(now);
    memory_full_ = now.memory.reached();
    store_full_ = now.store.reached();
    temporary_full_ = now.temporary.reached();
    look_at_disk();
}

/// Persistent messages wait before the disk is full: the journal needs some of it to let go what
/// was consumed, and no write may fail.
void ShardBroker::look_at_disk() {
    if (wall_ms() < look_at_disk_ms_) return;
    look_at_disk_ms_ = wall_ms() + kLookAtDiskEveryMs;
    const auto left = store_.free_bytes();
    const bool full = left && *left < store_.reserve_bytes();
    if (disk_full_.exchange(full) == full) return;
    // The first shard to see it full says so, and the last one to see space again.
    const auto sees = [](const ShardBroker* peer) { return peer->disk_full_.load(); };
    if (std::ranges::count_if(peers_, sees) != (full ? 1 : 0)) return;
    if (full) {
        log::warning("engine", "the disk has only {} bytes left: persistent sends wait", *left);
    } else {
        log::info("engine", "the disk has space again: persistent sends go on");
    }
}

void ShardBroker::note_limits(broker::FlowStatus& status) const {
    const broker::Limits& limits = settings_->limits;
    const auto bytes = [](std::int64_t limit) { return static_cast<std::uint64_t>(limit); };
    status.memory = {used_bytes(), bytes(limits.memory)};
    status.store = {store_.disk_bytes(), bytes(limits.store)};
    status.temporary = {store_.segments().stats().temporary_bytes, bytes(limits.temporary)};
    status.schedule.limit = bytes(limits.schedule);
}

std::optional<Millis> ShardBroker::patience(const broker::DestinationView& to) const {
    const broker::PolicyPtr policy = settings_->policies.find(to);
    const broker::Limits& limits = settings_->limits;
    if (policy->fail_if_no_space.value_or(limits.fail_if_no_space)) return Millis(0);
    const std::int64_t after =
        policy->fail_if_no_space_after_ms.value_or(limits.fail_if_no_space_after_ms);
    return after > 0 ? std::optional(Millis(after)) : std::nullopt;
}

void ShardBroker::note_waiting(const broker::DestinationView& to) {
    const broker::PolicyPtr policy = settings_->policies.find(to);
    std::int64_t& again_at = waiting_noted_[broker::Destination(to)];
    if (wall_ms() < again_at) return;
    again_at = wall_ms() + std::max<std::int64_t>(policy->blocked_warning_ms, 1000);
    log::warning("engine",
                 "producers for {} have to wait: messages take {} bytes of memory (limit {}, for "
                 "the destination {}) and {} bytes on disk (limit {})",
                 broker::to_text(to), used_bytes(), settings_->limits.memory, policy->memory_limit,
                 store_.disk_bytes(), settings_->limits.store);
    const broker::Destination destination(to);
    if (policy->advise_fast_producers) {
        observe(Event::What::producer_fast, destination, nullptr, *policy);
    }
    if (policy->advise_full) observe(Event::What::destination_full, destination, nullptr, *policy);
}

void ShardBroker::limit(broker::Queue& queue) const {
    const broker::DestinationView name = queue.info()->bindings.front().view();
    const auto bytes = [](std::int64_t limit) {
        return static_cast<std::size_t>(std::max(limit, std::int64_t{0}));
    };
    if (broker::is_schedule(name)) {
        queue.limit_memory(0);
        return queue.limit_bytes(0, bytes(settings_->limits.schedule));
    }
    const broker::PolicyPtr policy = settings_->policies.find(name);
    // Messages leave memory before their producers have to wait.
    queue.limit_memory(bytes(policy->memory_limit / 100 * policy->memory_high_water_percent));
    queue.limit_bytes(bytes(policy->memory_limit), 0);
    const broker::QueueInfo& info = *queue.info();
    const broker::Cursor& cursor = !info.is_subscription() ? policy->queue_cursor
                                   : info.subscription     ? policy->durable_cursor
                                                           : policy->subscriber_cursor;
    // Which value a message has that waits on disk is not known.
    queue.keep_in_memory(cursor.kind == broker::Cursor::Kind::memory ||
                         !policy->last_value_key.empty());
    if (info.is_subscription()) return;
    queue.follow(rules(info, *policy));
    queue.keep_last_values(policy->last_value_key.empty() ? nullptr
                                                          : text_of(policy->last_value_key));
    queue.limit_waiting(policy->ring_size < 0 ? SIZE_MAX : bytes(policy->ring_size),
                        broker::Discard::oldest, nullptr);
}

broker::QueueRules ShardBroker::rules(const broker::QueueInfo& queue,
                                      const broker::Policy& policy) const {
    const auto natural = [](std::int32_t number) {
        return static_cast<std::uint32_t>(std::max(number, 0));
    };
    const broker::QueueOptions declared =
        queue.options == nullptr ? broker::QueueOptions{} : *queue.options;
    return {.prioritized = policy.prioritized_messages || declared.priorities > 0,
            .strict_order = policy.strict_order_dispatch,
            .consumer_priority = policy.consumer_priority,
            .all_exclusive = policy.all_consumers_exclusive || declared.single_active_consumer,
            .purge_without_consumers = policy.purge_on_no_consumers,
            .consumers_first = natural(policy.consumers_before_dispatch),
            .wait_ms = policy.dispatch_after_ms,
            .groups = group_rules(policy.groups),
            .rebalance = policy.group_rebalance,
            .rebalance_pauses = policy.group_rebalance_pauses,
            .non_destructive = policy.non_destructive};
}

broker::Queue::KeyOf ShardBroker::text_of(const std::string& property) const {
    return [this, property](const Message& message) {
        std::string scratch;
        const auto value = formats_.find(message, property, scratch);
        const auto* const text = std::get_if<std::string_view>(&value);
        if (text != nullptr) return std::string(*text);
        return std::visit(
            []<class T>(const T& plain) {
                if constexpr (std::is_arithmetic_v<T>) {
                    return std::to_string(plain);
                } else {
                    return std::string();
                }
            },
            value);
    };
}

void ShardBroker::limit_waiting(broker::Queue& queue, const broker::ConsumerOptions& consumer) {
    const broker::QueueInfo& info = *queue.info();
    if (!info.is_subscription() || info.subscription) return;
    const broker::PolicyPtr policy = settings_->policies.find(info.bindings.front().view());
    const auto most = pending_max(policy->pending_limit, consumer);
    if (!most) return;
    queue.limit_waiting(*most, discard_of(policy->eviction.kind),
                        text_of(policy->eviction.property));
}

void ShardBroker::discarded(const broker::QueueInfo& queue, const broker::Delivery& message,
                            broker::Place place) {
    settle(queue.id, message.tag.at, place);
    ++flow_.discarded_messages;
    if (message.message == nullptr) return;
    const broker::PolicyPtr policy = settings_->policies.find(queue.bindings.front().view());
    if (!policy->advise_discarded) return;
    // Not in the middle of a dispatch: the advisory may be for a queue of this shard.
    loop_.post(id(), [this, name = queue.bindings.front(), one = message.message, policy] {
        observe(Event::What::message_discarded, name, one, *policy);
    });
}

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
        if (policy->slow_consumers.kind == SlowConsumers::Kind::keep &&
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
            observe(Event::What::consumer_slow, name, nullptr, policy);
        }
    } else if (!report.slow) {
        state.since_ms = 0;
    }
    if (report.outstanding == 0 && policy.slow_consumers.ignore_idle_consumers) {
        state.settled_ms = now;
    }
    if (!is_too_slow(state, policy.slow_consumers, now)) {
        slow_[key] = state;
        return;
    }
    log::warning("engine", "a consumer of {} is too slow and is closed",
                 broker::to_text(name.view()));
    ++flow_.closed_consumers;
    const broker::ConsumerRef who = report.consumer;
    loop_.post(who.shard, [peer = peers_[who.shard.value], who,
                           whole = policy.slow_consumers.abort_connection] {
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
