#include "base/log.h"
#include "engine/connection.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <limits>
#include <utility>

// Limits of what is in use.

namespace tern::engine {

using broker::Event;
using broker::Limit;
using broker::WhenFull;

namespace {

/// Of messages that were sent since use was last looked at: looking costs more than a message.
constexpr std::size_t kUnseenBytesMax = 64 * 1024;
constexpr std::int64_t kLookAtDiskEveryMs = 100;
/// Of what all connections hold that waits for space: above it each may hold only a little.
constexpr std::size_t kWaitingBytesMax = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kWaitingShare = 64 * 1024;
constexpr std::int64_t kSaidEveryMs = 30'000;
/// Spare files count up to that part of the store's limit.
constexpr std::uint64_t kSpareShare = 4;
constexpr std::size_t kSaidMax = 1000;
/// What a disk without end would have.
constexpr std::uint64_t kEndlessBytes = std::numeric_limits<std::int64_t>::max();

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
        case broker::GroupMap::Kind::none:
            return {.remembered = 0};
    }
    return {};
}

}  // namespace

std::optional<Limit> ShardBroker::what_is_full(const broker::DestinationView& to,
                                               std::span<const broker::QueueInfoPtr> queues,
                                               bool durable, std::size_t bytes) {
    unseen_bytes_ += bytes;
    const bool any = memory_full_ || store_full_ || temporary_full_ || disk_full_ ||
                     store_percent_ >= store_high_water_;
    if (any || unseen_bytes_ > kUnseenBytesMax) look_at_limits();
    if (memory_full_) return Limit::memory;
    if (durable && disk_full_) return Limit::disk;
    if (durable && store_full_) return Limit::store;
    if (!durable && temporary_full_) return Limit::temporary;
    if (durable && store_percent_ >= store_high_water_ &&
        store_percent_ >= settings_->policies.find(to)->store_high_water_percent) {
        return Limit::store;
    }
    const bool full = std::ranges::any_of(queues, [](const broker::QueueInfoPtr& queue) {
        return queue->full.load(std::memory_order_relaxed);
    });
    if (!full) return {};
    if (broker::is_schedule(to)) return Limit::schedule;
    const broker::PolicyPtr policy = settings_->policies.find(to);
    const bool stops = policy->when_full == WhenFull::by_flow_control
                           ? policy->producer_flow_control
                           : policy->when_full != WhenFull::page;
    return stops ? std::optional(Limit::destination) : std::nullopt;
}

bool ShardBroker::consumers_starve() const {
    const Instant now = loop_.clock().now();
    return std::ranges::any_of(peers_,
                               [now](const ShardBroker* peer) { return peer->hunger_.lasts(now); });
}

std::uint64_t ShardBroker::consumed_bytes() const {
    std::uint64_t bytes = 0;
    for (const ShardBroker* const peer : peers_) bytes += peer->hunger_.bytes();
    return bytes / peers_.size();
}

std::size_t ShardBroker::all_waiting_bytes() const {
    std::size_t waiting = 0;
    for (const ShardBroker* const peer : peers_) {
        waiting += peer->waiting_bytes_.load(std::memory_order_relaxed);
    }
    return waiting;
}

/// What waits does not count as used: all of it together must not be much.
std::size_t ShardBroker::waiting_bytes_max() const {
    return all_waiting_bytes() > kWaitingBytesMax ? kWaitingShare
                                                  : Connection::kUnconfirmedBytesMax;
}

/// What waits for space would wait for itself if it counted.
std::size_t ShardBroker::used_bytes() const {
    const std::size_t waiting = all_waiting_bytes();
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
    store_percent_ = static_cast<std::int32_t>(std::min(now.store.percent(), 100.0));
    look_at_disk();
}

/// Persistent messages wait before the disk is full: the journal needs some of it to let go what
/// was consumed, and no write may fail.
void ShardBroker::look_at_disk() {
    if (wall_ms() < look_at_disk_ms_) return;
    look_at_disk_ms_ = wall_ms() + kLookAtDiskEveryMs;
    // Nothing more comes before something leaves: what could not do so may be able to now.
    if (memory_full_) {
        check_memory_at_ = 0;
        schedule_turn_end();
    }
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

void ShardBroker::schedule_fitting() {
    const std::int64_t period = settings_->limits.disk_check_ms;
    if (id() != ShardId{0} || period <= 0) return disk_timer_.cancel();
    loop_.timers().arm(disk_timer_, loop_.clock().now() + Millis(period));
}

void ShardBroker::fit_to_disk() {
    fit_to_disk(store_limit_, settings_->limits.store, store_.disk_bytes(), "storeUsage");
    fit_to_disk(temporary_limit_, settings_->limits.temporary,
                store_.segments().stats().temporary_bytes, "tempUsage");
    schedule_fitting();
}

void ShardBroker::fit_to_disk(std::atomic<std::int64_t>& limit, std::int64_t wanted,
                              std::uint64_t used, std::string_view what) {
    const auto left = store_.free_bytes();
    if (wanted == 0 || !left) return;
    const auto room = static_cast<std::int64_t>(used + std::min(*left, kEndlessBytes - used));
    const std::int64_t before = limit.load();
    const std::int64_t most = std::min(wanted, room);
    const std::int64_t regrow = settings_->limits.disk_regrow_bytes;
    if (before > room) {
        limit = room;
        if (settings_->limits.files_by_default) return;
        log::warning(
            "engine",
            "the disk has room for {} bytes only: the limit of {} is lowered to that (from "
            "{})",
            room, what, before);
    } else if (regrow >= 0 && most > before && most - before >= regrow) {
        limit = most;
        log::info("engine", "the disk has room again: the limit of {} rises to {} bytes (from {})",
                  what, most, before);
    }
}

void ShardBroker::note_limits(broker::FlowStatus& status) const {
    const broker::Limits& limits = settings_->limits;
    const auto bytes = [](std::int64_t limit) { return static_cast<std::uint64_t>(limit); };
    status.memory = {used_bytes(), bytes(limits.memory)};
    // Of files there may be less than was asked for.
    const ShardBroker& first = *peers_.front();
    const journal::Stats journal = store_.stats();
    status.store = {journal.disk_bytes + store_.segments().stats().bytes,
                    bytes(first.store_limit_.load())};
    // An empty broker has spare files, which must not use up a small limit.
    if (const std::uint64_t most = status.store.limit / kSpareShare; most > 0) {
        status.store.used -= journal.spare_bytes - std::min(journal.spare_bytes, most);
    }
    status.temporary = {store_.segments().stats().temporary_bytes,
                        bytes(first.temporary_limit_.load())};
    status.schedule.limit = bytes(limits.schedule);
}

std::optional<Millis> ShardBroker::patience(const broker::DestinationView& to, Limit full) const {
    const broker::PolicyPtr policy = settings_->policies.find(to);
    const broker::Limits& limits = settings_->limits;
    if (full == Limit::destination && policy->when_full != WhenFull::by_flow_control) {
        return policy->when_full == WhenFull::fail ? std::optional(Millis(0)) : std::nullopt;
    }
    if (policy->fail_if_no_space.value_or(limits.fail_if_no_space)) return Millis(0);
    const std::int64_t after =
        policy->fail_if_no_space_after_ms.value_or(limits.fail_if_no_space_after_ms);
    return after > 0 ? std::optional(Millis(after)) : std::nullopt;
}

bool ShardBroker::drops(const broker::DestinationView& to, Limit full) const {
    return full == Limit::destination && settings_->policies.find(to)->when_full == WhenFull::drop;
}

void ShardBroker::note_dropped(const broker::DestinationView& to) {
    ++flow_.discarded_messages;
    note_crossed(Limit::destination, readable(to), "what has no space is dropped");
}

bool ShardBroker::may_say(Limit limit, std::string_view where, std::int64_t every_ms) {
    if (crossing_noted_.size() > kSaidMax) crossing_noted_.clear();
    std::int64_t& again_at = crossing_noted_[{limit, std::string(where)}];
    if (wall_ms() < again_at) return false;
    again_at = wall_ms() + std::max<std::int64_t>(every_ms, 1000);
    return true;
}

void ShardBroker::note_crossed(Limit limit, std::string_view where, std::string_view what) {
    ++flow_.crossed[static_cast<std::size_t>(limit)];
    if (!may_say(limit, where, kSaidEveryMs)) return;
    log::warning("engine", "{}: {} (limit: {})", where, what, broker::name_of(limit));
}

void ShardBroker::note_waiting(const broker::DestinationView& to, Limit full,
                               const MessagePtr& message) {
    ++flow_.crossed[static_cast<std::size_t>(full)];
    const broker::PolicyPtr policy = settings_->policies.find(to);
    const std::string where = readable(to);
    if (!may_say(full, where, policy->blocked_warning_ms)) return;
    broker::FlowStatus now;
    note_limits(now);
    log::warning("engine",
                 "producers for {} have to wait (limit: {}): messages take {} bytes of memory ({}% "
                 "of {}, the destination's limit is {}) and {} bytes on disk ({}% of {})",
                 where, broker::name_of(full), now.memory.used,
                 static_cast<int>(now.memory.percent()), now.memory.limit, policy->memory_limit,
                 now.store.used, static_cast<int>(now.store.percent()), now.store.limit);
    const broker::Destination destination(to);
    if (policy->advise_fast_producers) {
        observe(Event::What::producer_fast, destination, message, *policy);
    }
    if (policy->advise_full) {
        observe(Event::What::destination_full, destination, nullptr, *policy, now.memory.used);
    }
}

void ShardBroker::limit(broker::Queue& queue) {
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
    queue.count_at_least(bytes(policy->message_size_min));
    const broker::QueueInfo& info = *queue.info();
    const broker::Cursor& cursor = !info.is_subscription() ? policy->queue_cursor
                                   : info.subscription     ? policy->durable_cursor
                                                           : policy->subscriber_cursor;
    // Which value a message has that waits on disk is not known.
    const bool pages = policy->when_full == WhenFull::by_flow_control
                           ? cursor.kind != broker::Cursor::Kind::memory
                           : policy->when_full == WhenFull::page;
    queue.keep_in_memory(!pages || !policy->last_value_key.empty());
    if (info.is_subscription()) return;
    queue.follow(rules(info, *policy));
    queue.keep_last_values(policy->last_value_key.empty() ? nullptr
                                                          : text_of(policy->last_value_key));
    queue.limit_waiting(policy->ring_size < 0 ? SIZE_MAX : bytes(policy->ring_size),
                        broker::Discard::oldest, nullptr);
    limit_declared(queue);
}

broker::QueueRules ShardBroker::rules(const broker::QueueInfo& queue,
                                      const broker::Policy& policy) const {
    const auto natural = [](std::int32_t number) {
        return static_cast<std::uint32_t>(std::max(number, 0));
    };
    const broker::QueueOptions declared =
        queue.options == nullptr ? broker::QueueOptions{} : *in_force(queue);
    return {.prioritized = policy.prioritized_messages || declared.priorities > 0,
            .strict_order = policy.strict_order_dispatch,
            .consumer_priority = policy.consumer_priority,
            .all_exclusive = policy.all_consumers_exclusive || declared.single_active_consumer,
            // Those of quorum queues go by priority.
            .lasting_exclusive = declared.single_active_consumer && !declared.quorum,
            .expired_on_arrival = queue.options != nullptr,
            .overflow_dies = declared.dead_letter_exchange.has_value(),
            .purge_without_consumers = policy.purge_on_no_consumers,
            .consumers_first = natural(policy.consumers_before_dispatch),
            .wait_ms = policy.dispatch_after_ms,
            .groups = group_rules(policy.groups),
            .rebalance = policy.group_rebalance,
            .rebalance_pauses = policy.group_rebalance_pauses,
            .non_destructive = policy.non_destructive,
            // What was declared with options says itself when it goes.
            .auto_delete = policy.auto_delete && queue.options == nullptr &&
                           !queue.bindings.front().temporary &&
                           !queue.bindings.front().name.starts_with('$'),
            .browsed_max = natural(policy.browsed_max)};
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
    trace_gone(queue, message.tag.ordinal, broker::TraceEvent::What::discarded);
    ++flow_.discarded_messages;
    if (queue.options != nullptr) {
        using broker::DeathCounts;
        ++flow_.deaths.of(queue.options->quorum, DeathCounts::Letters::none,
                          DeathCounts::Reason::maxlen);
    }
    note_crossed(Limit::waiting, readable(queue.bindings.front().view()),
                 "what a consumer does not take in time is dropped");
    if (message.message == nullptr) return;
    const broker::PolicyPtr policy = settings_->policies.find(queue.bindings.front().view());
    if (!policy->advise_discarded) return;
    broker::PartyPtr consumer;
    std::uint64_t count = 0;
    if (const broker::Queue* const there = own(queue.id)) {
        count = there->discarded();
        const auto consumers = there->report_consumers();
        if (!consumers.empty()) consumer = consumers.front().party;
    }
    // Not in the middle of a dispatch: the advisory may be for a queue of this shard.
    loop_.post(id(), [this, name = queue.bindings.front(), one = message.message, policy, count,
                      consumer = std::move(consumer)] {
        observe(Event::What::message_discarded, name, one, *policy, count, consumer);
    });
}

}  // namespace tern::engine
