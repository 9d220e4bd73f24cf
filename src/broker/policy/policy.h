#pragma once

#include "broker/policy/plugin_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::broker {

/// Where messages go that nobody could consume.
struct DeadLetters {
    enum class Strategy : std::uint8_t { shared, individual, discard };

    Strategy strategy = Strategy::shared;
    std::string shared_queue = "ActiveMQ.DLQ";
    std::string queue_prefix = "ActiveMQ.DLQ.Queue.";
    std::string queue_suffix;
    std::string topic_prefix = "ActiveMQ.DLQ.Topic.";
    std::string topic_suffix;
    bool queue_for_queues = true;  ///< individual: dead letters of queues go to a queue
    bool queue_for_topics = true;  ///< individual: dead letters of topics go to a queue
    bool per_durable_subscriber = false;
    bool expired = true;             ///< expired messages, too
    bool non_persistent = false;     ///< messages that were not persistent, too
    std::int64_t expiration_ms = 0;  ///< how long a dead letter lives; 0: for ever
    bool audit = true;               ///< no message becomes a dead letter twice
    std::int32_t audit_depth = 2048;
    std::int32_t audit_producers = 64;

    bool operator==(const DeadLetters&) const = default;
};

/// In which order a topic's message reaches its subscribers.
enum class TopicOrder : std::uint8_t {
    simple,
    round_robin,
    strict,
    priority,
    priority_network,
    client_id_filter,
};

struct TopicDispatch {
    TopicOrder order = TopicOrder::simple;
    /// client_id_filter: on topics with this ending, only the subscriber whose client id is in the
    /// message's property gets it.
    std::string client_id_property = "PTP_CLIENTID";
    std::string ending = ".PTP";

    bool operator==(const TopicDispatch&) const = default;
};

/// How a queue remembers which consumer owns a message group.
struct GroupMap {
    enum class Kind : std::uint8_t { cached, bucket, simple, none };  ///< none: no groups

    Kind kind = Kind::cached;
    std::uint32_t cache = 1024;  ///< cached: groups remembered, the longest unused forgotten first
    std::uint32_t buckets = 1024;
    std::uint32_t bucket_cache = 64;

    bool operator==(const GroupMap&) const = default;
};

/// What becomes of what a subscriber of a topic does not take in time.
struct PendingLimit {
    enum class Kind : std::uint8_t { none, constant, prefetch_rate };

    Kind kind = Kind::none;
    std::int32_t limit = -1;  ///< constant: so many wait beyond the prefetch; -1: no limit
    double multiplier = 0.5;  ///< prefetch_rate: times the prefetch

    bool operator==(const PendingLimit&) const = default;
};

struct Eviction {
    enum class Kind : std::uint8_t { oldest, oldest_with_lowest_priority, unique_property };

    Kind kind = Kind::oldest;
    std::int32_t expired_first_above = 1000;
    std::string property;  ///< unique_property: the newest of each value is kept

    bool operator==(const Eviction&) const = default;
};

/// When a slow consumer is cut off.
struct SlowConsumers {
    enum class Kind : std::uint8_t { keep, abort, abort_unacknowledging };

    Kind kind = Kind::keep;
    std::string name;
    bool abort_connection = false;
    bool ignore_network_consumers = true;
    bool ignore_idle_consumers = true;
    std::int64_t check_period_ms = 30'000;
    std::int64_t slow_count_max = -1;
    std::int64_t slow_ms_max = 30'000;
    std::int64_t unacknowledged_ms_max = 30'000;

    bool operator==(const SlowConsumers&) const = default;
};

/// What of a topic's past a retroactive subscriber is given.
struct TopicHistory {
    enum class Kind : std::uint8_t { none, last, count, bytes, time, query, retained };

    Kind kind = Kind::none;
    std::int32_t count = 100;
    std::int32_t bytes = 65536;
    bool shared_buffer = true;
    std::int64_t time_ms = 60'000;
    std::string query;

    bool operator==(const TopicHistory&) const = default;
};

/// When a message may go back to a broker it came from.
struct NetworkReplay {
    bool conditional = false;
    bool when_no_consumers = false;
    bool selector_aware = false;
    std::int32_t delay_ms = 0;
    std::int32_t rate_limit = 0;
    std::int32_t rate_duration_ms = 1000;

    bool operator==(const NetworkReplay&) const = default;
};

/// What becomes of a consumer that settles less than it has to.
enum class BelowRate : std::uint8_t { tell, close };

/// What becomes of a message for a destination that has as much in memory as it may.
enum class WhenFull : std::uint8_t {
    by_flow_control,  ///< what producer_flow_control, the cursor and fail_if_no_space say
    page,             ///< it waits on disk
    drop,             ///< it is lost
    block,            ///< its sender waits
    fail,             ///< it is refused
};

/// Applied one after the other.
struct HeaderRules {
    std::vector<HeaderRule> rules;

    bool operator==(const HeaderRules&) const = default;
};

/// Whether what waits may leave memory.
struct Cursor {
    enum class Kind : std::uint8_t { store, memory, file };

    Kind kind = Kind::store;

    bool operator==(const Cursor&) const = default;
};

/// Everything a policy entry says of the destinations it is for, with ActiveMQ Classic's defaults.
/// `std::nullopt`: what the broker as a whole says.
struct Policy {
    // How many messages a consumer may have before it acknowledges, unless it says itself.
    std::int32_t queue_prefetch = 1000;
    std::int32_t queue_browser_prefetch = 500;
    std::int32_t topic_prefetch = 32767;
    std::int32_t durable_topic_prefetch = 100;
    bool prefetch_extension = true;

    // Who gets a message.
    bool strict_order_dispatch = false;
    bool consumer_priority = true;
    bool all_consumers_exclusive = false;
    bool prioritized_messages = false;
    std::int32_t consumers_before_dispatch = 0;
    std::int32_t dispatch_after_ms = 0;
    GroupMap groups;
    TopicDispatch topic_dispatch;

    // What there may be.
    std::int32_t destinations_max = -1;
    bool collect_inactive = false;
    std::int64_t inactive_ms_max = 60'000;
    bool collect_with_network_consumers = false;

    // What waits, and where.
    std::int64_t memory_limit = 0;         ///< bytes; 0: the broker's alone
    std::int64_t message_size_min = 1024;  ///< a message counts with no less
    std::int32_t memory_high_water_percent = 70;
    std::int32_t store_high_water_percent = 100;
    Cursor queue_cursor;       ///< of a queue
    Cursor subscriber_cursor;  ///< of a topic's subscriptions that end with their consumer
    Cursor durable_cursor;     ///< of its other subscriptions
    WhenFull when_full = WhenFull::by_flow_control;
    bool producer_flow_control = true;
    std::int64_t blocked_warning_ms = 30'000;
    std::optional<bool> fail_if_no_space;
    std::optional<std::int64_t> fail_if_no_space_after_ms;
    std::int64_t expiry_sweep_ms = 30'000;
    std::int32_t browsed_max = 0;  ///< a browser sees no more; 0: all that waits
    DeadLetters dead_letters;

    // Topics.
    PendingLimit pending_limit;
    Eviction eviction;
    SlowConsumers slow_consumers;
    TopicHistory history;
    bool always_retroactive = false;
    NetworkReplay network_replay;
    bool temp_destination_stealing = false;
    HeaderRules header_rules;

    // What is told to those who watch.
    bool advise_consumed = false;
    bool advise_delivery = false;
    bool advise_dispatched = false;
    bool advise_discarded = false;
    bool advise_fast_producers = false;
    bool advise_slow_consumers = false;
    bool advise_full = false;
    bool advise_with_body = false;
    bool advise_no_consumers = false;

    // What ActiveMQ Classic does not have.
    std::string last_value_key;    ///< a newer message replaces one with the same value of it
    std::int64_t ring_size = -1;   ///< so many wait, older ones are dropped; -1: no limit
    bool non_destructive = false;  ///< consumers read and leave everything in place
    std::int32_t consumers_max = -1;
    // How long messages live, whatever their senders said, in ms; -1: as they said.
    std::int64_t expiry_delay_ms = -1;  ///< of those that would live for ever
    std::int64_t expiry_delay_min_ms = -1;
    std::int64_t expiry_delay_max_ms = -1;
    bool never_expires = false;
    // Queues for those that die, in place of what `dead_letters` says.
    std::string dead_letter_address;
    std::string expiry_address;
    std::int64_t consumer_rate_min = -1;  ///< messages a second that one settles; -1: any
    std::int64_t consumer_rate_period_s = 5;
    BelowRate below_rate = BelowRate::tell;
    bool purge_on_no_consumers = false;
    std::int32_t delivery_attempts_max =
        -1;  ///< failed so often, it is a dead letter; -1: no limit
    // How long a message stays away after a failed delivery, before it is in its place again.
    std::int64_t redelivery_ms = 0;       ///< 0: not at all
    double redelivery_multiplier = 1;     ///< from one failure to the next
    std::int64_t redelivery_ms_max = -1;  ///< below 0: ten times the first one
    double redelivery_spread = 0;         ///< that part of it more or less
    /// With a new consumer all message groups choose their consumers anew: at once, or, if it
    /// pauses, when everything that was delivered is settled.
    bool group_rebalance = false;
    bool group_rebalance_pauses = false;
    /// A property that is true on the first message of a group for its consumer; empty: none.
    std::string group_first_key;
    std::string filter;        ///< a queue gets what this selector takes; empty: everything
    bool enabled = true;       ///< otherwise a queue gets nothing more
    bool auto_create = true;   ///< otherwise a queue is there before somebody uses it, or refused
    bool auto_delete = false;  ///< a queue goes with its last consumer, if it is empty then
    /// So many of a topic's past are for every queue and subscriber that comes to it.
    std::int32_t retroactive_count = 0;

    bool operator==(const Policy&) const = default;

    /// The same after so many failures; `dice` in [0, 1).
    [[nodiscard]] std::int64_t redelivery_after(std::uint32_t failures, double dice) const;
    /// What is kept of a topic's past.
    [[nodiscard]] TopicHistory kept_history() const {
        if (history.kind != TopicHistory::Kind::none || retroactive_count <= 0) return history;
        TopicHistory last;
        last.kind = TopicHistory::Kind::count;
        last.count = retroactive_count;
        return last;
    }
    /// Whether those who come to a topic get its past without asking.
    [[nodiscard]] bool always_recalls() const {
        return always_retroactive || retroactive_count > 0;
    }
    [[nodiscard]] bool changes_expiry() const {
        return expiry_delay_ms >= 0 || expiry_delay_min_ms >= 0 || expiry_delay_max_ms >= 0 ||
               never_expires;
    }
    /// When a message expires here that is sent now and would expire then; 0: never.
    [[nodiscard]] std::int64_t expiry_of(std::int64_t expires_at_ms, std::int64_t now_ms) const;
};

}  // namespace tern::broker
