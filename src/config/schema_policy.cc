#include "broker/selector/selector.h"
#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"
#include "config/uri.h"

namespace tern::config {
namespace {

using broker::BelowRate;
using broker::Cursor;
using broker::DeadLetters;
using broker::Eviction;
using broker::GroupMap;
using broker::NetworkReplay;
using broker::PendingLimit;
using broker::Policy;
using broker::SlowConsumers;
using broker::TopicDispatch;
using broker::TopicHistory;
using broker::TopicOrder;
using broker::WhenFull;

constexpr Range kMilliseconds{0, std::int64_t{10} * 365 * 24 * 3600 * 1000};
constexpr Support kNoTurns =
    no_effect("every subscriber has a queue of its own and waits for no other");
constexpr Support kJavaQuery =
    no_effect("which messages that is, only a Java class knows: none are kept");
constexpr Support kNoDuplicates =
    no_effect("the store gives no message twice: what a sender repeats is never stored");
constexpr Support kPaging = no_effect("this broker looks at every message, not at a page");

const Element& no_attributes() {
    static const Element element;
    return element;
}

Element dead_letters_common() {
    return SchemaOf<DeadLetters>()
        .attribute("processExpired", &DeadLetters::expired)
        .attribute("processNonPersistent", &DeadLetters::non_persistent)
        .attribute("expiration", &DeadLetters::expiration_ms, kApplied, kMilliseconds)
        .attribute("enableAudit", &DeadLetters::audit)
        .attribute("maxAuditDepth", &DeadLetters::audit_depth, kApplied, kNatural)
        .attribute("maxProducersToAudit", &DeadLetters::audit_producers, kApplied, kNatural)
        .done();
}

const Element& shared_queue_schema() {
    static const Element element = SchemaOf<DeadLetters>()
                                       .attribute("physicalName", &DeadLetters::shared_queue)
                                       .required()
                                       .done();
    return element;
}

const Element& dead_letter_queue_schema() {
    static const Element element =
        SchemaOf<DeadLetters>()
            .group("queue", shared_queue_schema)
            .opaque({"topic", "tempQueue", "tempTopic"}, rejected("dead letters go to a <queue>"))
            .done();
    return element;
}

const Element& shared_strategy_schema() {
    static const Element element = SchemaOf<DeadLetters>()
                                       .with(dead_letters_common())
                                       .group("deadLetterQueue", dead_letter_queue_schema)
                                       .done();
    return element;
}

const Element& individual_strategy_schema() {
    static const Element element =
        SchemaOf<DeadLetters>()
            .with(dead_letters_common())
            .attribute("queuePrefix", &DeadLetters::queue_prefix)
            .attribute("queueSuffix", &DeadLetters::queue_suffix)
            .attribute("topicPrefix", &DeadLetters::topic_prefix)
            .attribute("topicSuffix", &DeadLetters::topic_suffix)
            .attribute("useQueueForQueueMessages", &DeadLetters::queue_for_queues)
            .attribute("useQueueForTopicMessages", &DeadLetters::queue_for_topics)
            .attribute("destinationPerDurableSubscriber", &DeadLetters::per_durable_subscriber)
            .done();
    return element;
}

const Element& discarding_schema() {
    static const Element element = SchemaOf<DeadLetters>()
                                       .with(dead_letters_common())
                                       .known<std::string>({"deadLetterQueue"}, kHint)
                                       .done();
    return element;
}

const Element& dead_letters_schema() {
    static const Element element =
        SchemaOf<DeadLetters>()
            .mark("sharedDeadLetterStrategy", &DeadLetters::strategy, DeadLetters::Strategy::shared,
                  shared_strategy_schema)
            .mark("individualDeadLetterStrategy", &DeadLetters::strategy,
                  DeadLetters::Strategy::individual, individual_strategy_schema)
            .mark("discarding", &DeadLetters::strategy, DeadLetters::Strategy::discard,
                  discarding_schema)
            .done();
    return element;
}

const Element& client_id_filter_schema() {
    static const Element element = SchemaOf<TopicDispatch>()
                                       .attribute("ptpClientId", &TopicDispatch::client_id_property)
                                       .attribute("ptpSuffix", &TopicDispatch::ending)
                                       .done();
    return element;
}

const Element& topic_dispatch_schema() {
    static const Element element =
        SchemaOf<TopicDispatch>()
            .mark("simpleDispatchPolicy", &TopicDispatch::order, TopicOrder::simple, no_attributes)
            .mark("roundRobinDispatchPolicy", &TopicDispatch::order, TopicOrder::round_robin,
                  no_attributes, kNoTurns)
            .mark("strictOrderDispatchPolicy", &TopicDispatch::order, TopicOrder::strict,
                  no_attributes)
            .mark("priorityDispatchPolicy", &TopicDispatch::order, TopicOrder::priority,
                  no_attributes, kNoTurns)
            .mark("priorityNetworkDispatchPolicy", &TopicDispatch::order,
                  TopicOrder::priority_network, no_attributes, kNoTurns)
            .mark("clientIdFilterDispatchPolicy", &TopicDispatch::order,
                  TopicOrder::client_id_filter, client_id_filter_schema)
            .done();
    return element;
}

const Element& cached_groups_schema() {
    static const Element element =
        SchemaOf<GroupMap>()
            .attribute("cacheSize", &GroupMap::cache, kApplied, {1, 100'000'000})
            .done();
    return element;
}

const Element& bucket_groups_schema() {
    static const Element element =
        SchemaOf<GroupMap>()
            .attribute("bucketCount", &GroupMap::buckets, kApplied, {1, 100'000'000})
            .attribute("cacheSize", &GroupMap::bucket_cache,
                       no_effect("every bucket is remembered"), {1, 100'000'000})
            .done();
    return element;
}

const Element& groups_schema() {
    static const Element element = SchemaOf<GroupMap>()
                                       .mark("cachedMessageGroupMapFactory", &GroupMap::kind,
                                             GroupMap::Kind::cached, cached_groups_schema)
                                       .mark("messageGroupHashBucketFactory", &GroupMap::kind,
                                             GroupMap::Kind::bucket, bucket_groups_schema)
                                       .mark("simpleMessageGroupMapFactory", &GroupMap::kind,
                                             GroupMap::Kind::simple, no_attributes)
                                       .done();
    return element;
}

const Element& constant_limit_schema() {
    static const Element element =
        SchemaOf<PendingLimit>().attribute("limit", &PendingLimit::limit, kApplied, kLimit).done();
    return element;
}

const Element& prefetch_rate_schema() {
    static const Element element =
        SchemaOf<PendingLimit>().attribute("multiplier", &PendingLimit::multiplier).done();
    return element;
}

const Element& pending_limit_schema() {
    static const Element element =
        SchemaOf<PendingLimit>()
            .mark("constantPendingMessageLimitStrategy", &PendingLimit::kind,
                  PendingLimit::Kind::constant, constant_limit_schema)
            .mark("prefetchRatePendingMessageLimitStrategy", &PendingLimit::kind,
                  PendingLimit::Kind::prefetch_rate, prefetch_rate_schema)
            .done();
    return element;
}

const Element& eviction_common_schema() {
    static const Element element =
        SchemaOf<Eviction>()
            .attribute("evictExpiredMessagesHighWatermark", &Eviction::expired_first_above,
                       no_effect("messages expire in time anyway"), kNatural)
            .done();
    return element;
}

const Element& unique_property_schema() {
    static const Element element = SchemaOf<Eviction>()
                                       .with(eviction_common_schema())
                                       .attribute("propertyName", &Eviction::property)
                                       .done();
    return element;
}

const Element& eviction_schema() {
    static const Element element =
        SchemaOf<Eviction>()
            .mark("oldestMessageEvictionStrategy", &Eviction::kind, Eviction::Kind::oldest,
                  eviction_common_schema)
            .mark("oldestMessageWithLowestPriorityEvictionStrategy", &Eviction::kind,
                  Eviction::Kind::oldest_with_lowest_priority, eviction_common_schema)
            .mark("uniquePropertyMessageEvictionStrategy", &Eviction::kind,
                  Eviction::Kind::unique_property, unique_property_schema)
            .done();
    return element;
}

Element abort_common() {
    return SchemaOf<SlowConsumers>()
        .attribute("name", &SlowConsumers::name, no_effect("nothing shows it"))
        .attribute("abortConnection", &SlowConsumers::abort_connection)
        .attribute("ignoreNetworkConsumers", &SlowConsumers::ignore_network_consumers, kNoNetwork)
        .attribute("checkPeriod", &SlowConsumers::check_period_ms, kApplied, kMilliseconds)
        .attribute("maxSlowCount", &SlowConsumers::slow_count_max, kApplied, kLimit)
        .attribute("maxSlowDuration", &SlowConsumers::slow_ms_max, kApplied, kLimit)
        .done();
}

const Element& abort_schema() {
    static const Element element = abort_common();
    return element;
}

const Element& abort_ack_schema() {
    static const Element element =
        SchemaOf<SlowConsumers>()
            .with(abort_common())
            .attribute("maxTimeSinceLastAck", &SlowConsumers::unacknowledged_ms_max, kApplied,
                       kLimit)
            .attribute("ignoreIdleConsumers", &SlowConsumers::ignore_idle_consumers)
            .done();
    return element;
}

const Element& slow_consumers_schema() {
    static const Element element =
        SchemaOf<SlowConsumers>()
            .mark("abortSlowConsumerStrategy", &SlowConsumers::kind, SlowConsumers::Kind::abort,
                  abort_schema)
            .mark("abortSlowAckConsumerStrategy", &SlowConsumers::kind,
                  SlowConsumers::Kind::abort_unacknowledging, abort_ack_schema)
            .done();
    return element;
}

const Element& one_cursor_schema() {
    static const Element element =
        SchemaOf<Cursor>().known<bool>({"immediatePriorityDispatch", "useCache"}, kHint).done();
    return element;
}

constexpr const char* kStoreCursor = "storeCursor";
constexpr const char* kVmQueueCursor = "vmQueueCursor";
constexpr const char* kFileQueueCursor = "fileQueueCursor";
constexpr const char* kVmCursor = "vmCursor";
constexpr const char* kFileCursor = "fileCursor";
constexpr const char* kStoreDurableCursor = "storeDurableSubscriberCursor";
constexpr const char* kVmDurableCursor = "vmDurableCursor";
constexpr const char* kFileDurableCursor = "fileDurableSubscriberCursor";

/// What does not fit in memory waits in the data directory in any case but one.
template <const char* const& store, const char* const& memory, const char* const& file>
const Element& cursor_schema() {
    static const Element element =
        SchemaOf<Cursor>()
            .mark(store, &Cursor::kind, Cursor::Kind::store, one_cursor_schema)
            .mark(memory, &Cursor::kind, Cursor::Kind::memory, one_cursor_schema)
            .mark(file, &Cursor::kind, Cursor::Kind::file, one_cursor_schema)
            .done();
    return element;
}

const Element& history_count_schema() {
    static const Element element =
        SchemaOf<TopicHistory>()
            .attribute("maximumSize", &TopicHistory::count, kApplied, kNatural)
            .done();
    return element;
}

const Element& history_bytes_schema() {
    static const Element element =
        SchemaOf<TopicHistory>()
            .attribute("maximumSize", &TopicHistory::bytes, kApplied, kNatural)
            .attribute("useSharedBuffer", &TopicHistory::shared_buffer, kHint)
            .done();
    return element;
}

const Element& history_time_schema() {
    static const Element element =
        SchemaOf<TopicHistory>()
            .attribute("recoverDuration", &TopicHistory::time_ms, kApplied, kMilliseconds)
            .done();
    return element;
}

const Element& history_query_schema() {
    static const Element element =
        SchemaOf<TopicHistory>().attribute("query", &TopicHistory::query, kJavaQuery).done();
    return element;
}

const Element& history_schema();

const Element& history_retained_schema() {
    static const Element element =
        SchemaOf<TopicHistory>().read_only_group("wrapped", history_schema).done();
    return element;
}

const Element& history_schema() {
    using Kind = TopicHistory::Kind;
    static const Element element =
        SchemaOf<TopicHistory>()
            .mark("noSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::none, no_attributes)
            .mark("lastImageSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::last,
                  no_attributes)
            .mark("fixedCountSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::count,
                  history_count_schema)
            .mark("fixedSizedSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::bytes,
                  history_bytes_schema)
            .mark("timedSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::time,
                  history_time_schema)
            .mark("queryBasedSubscriptionRecoveryPolicy", &TopicHistory::kind, Kind::query,
                  history_query_schema, kJavaQuery)
            .read_only_group("retainedMessageSubscriptionRecoveryPolicy", history_retained_schema)
            .done();
    return element;
}

const Element& conditional_replay_schema() {
    static const Element element =
        SchemaOf<NetworkReplay>()
            .attribute("replayWhenNoConsumers", &NetworkReplay::when_no_consumers, kNoNetwork)
            .attribute("selectorAware", &NetworkReplay::selector_aware, kNoNetwork)
            .attribute("replayDelay", &NetworkReplay::delay_ms, kNoNetwork, kNatural)
            .attribute("rateLimit", &NetworkReplay::rate_limit, kNoNetwork, kNatural)
            .attribute("rateDuration", &NetworkReplay::rate_duration_ms, kNoNetwork, kNatural)
            .done();
    return element;
}

const Element& replay_schema() {
    static const Element element =
        SchemaOf<NetworkReplay>()
            .mark("conditionalNetworkBridgeFilterFactory", &NetworkReplay::conditional, true,
                  conditional_replay_schema, kNoNetwork)
            .opaque({"defaultNetworkBridgeFilterFactory"}, kNoNetwork)
            .done();
    return element;
}

template <std::string DestinationName::* field>
const Element& named_schema() {
    static const Element element =
        SchemaOf<PolicyEntry>().alias("physicalName", field).required().done();
    return element;
}

const Element& destination_schema() {
    static const Element element =
        SchemaOf<PolicyEntry>()
            .read_only_group("queue", named_schema<&DestinationName::queue>)
            .read_only_group("topic", named_schema<&DestinationName::topic>)
            .done();
    return element;
}

Element delivery_attributes() {
    return SchemaOf<PolicyEntry>()
        .attribute("queue", &DestinationName::queue)
        .attribute("topic", &DestinationName::topic)
        .attribute("tempQueue", &DestinationName::temp_queue)
        .attribute("tempTopic", &DestinationName::temp_topic)
        .attribute("queuePrefetch", &Policy::queue_prefetch, kApplied, kNatural)
        .attribute("queueBrowserPrefetch", &Policy::queue_browser_prefetch, kApplied, kNatural)
        .attribute("topicPrefetch", &Policy::topic_prefetch, kApplied, kNatural)
        .attribute("durableTopicPrefetch", &Policy::durable_topic_prefetch, kApplied, kNatural)
        .attribute("usePrefetchExtension", &Policy::prefetch_extension)
        .attribute("strictOrderDispatch", &Policy::strict_order_dispatch)
        .attribute("useConsumerPriority", &Policy::consumer_priority)
        .attribute("allConsumersExclusiveByDefault", &Policy::all_consumers_exclusive)
        .attribute("prioritizedMessages", &Policy::prioritized_messages)
        .attribute("consumersBeforeDispatchStarts", &Policy::consumers_before_dispatch, kApplied,
                   kNatural)
        .attribute("timeBeforeDispatchStarts", &Policy::dispatch_after_ms, kApplied, kNatural)
        .attribute("alwaysRetroactive", &Policy::always_retroactive)
        .attribute("allowTempDestinationStealing", &Policy::temp_destination_stealing)
        .done();
}

Element limit_attributes() {
    return SchemaOf<PolicyEntry>()
        .attribute("maxDestinations", &Policy::destinations_max, kApplied, kLimit)
        .attribute("gcInactiveDestinations", &Policy::collect_inactive)
        .attribute("inactiveTimeoutBeforeGC", &Policy::inactive_ms_max, kApplied, kNatural)
        .alias("inactiveTimoutBeforeGC", &Policy::inactive_ms_max, kApplied, kNatural)
        .attribute("gcWithNetworkConsumers", &Policy::collect_with_network_consumers, kNoNetwork)
        .bytes("memoryLimit", &Policy::memory_limit, kApplied)
        .attribute("minimumMessageSize", &Policy::message_size_min, kApplied, kNatural)
        .attribute("cursorMemoryHighWaterMark", &Policy::memory_high_water_percent, kApplied,
                   kPercent)
        .attribute("storeUsageHighWaterMark", &Policy::store_high_water_percent, kApplied, kPercent)
        .attribute("producerFlowControl", &Policy::producer_flow_control)
        .attribute("blockedProducerWarningInterval", &Policy::blocked_warning_ms, kApplied,
                   kNatural)
        .attribute("sendFailIfNoSpace", &Policy::fail_if_no_space)
        .attribute("sendFailIfNoSpaceAfterTimeout", &Policy::fail_if_no_space_after_ms, kApplied,
                   kLimit)
        .attribute("maxBrowsePageSize", &Policy::browsed_max, kApplied, kNatural)
        .attribute("expireMessagesPeriod", &Policy::expiry_sweep_ms, kApplied, kNatural)
        .done();
}

Element advisory_attributes() {
    return SchemaOf<PolicyEntry>()
        .attribute("advisoryForConsumed", &Policy::advise_consumed)
        .attribute("advisoryForDelivery", &Policy::advise_delivery)
        .attribute("advisoryForDispatched", &Policy::advise_dispatched)
        .attribute("advisoryForDiscardingMessages", &Policy::advise_discarded)
        .attribute("advisoryForFastProducers", &Policy::advise_fast_producers)
        .attribute("advisoryForSlowConsumers", &Policy::advise_slow_consumers)
        .attribute("advisoryWhenFull", &Policy::advise_full)
        .attribute("includeBodyForAdvisory", &Policy::advise_with_body)
        .attribute("sendAdvisoryIfNoConsumers", &Policy::advise_no_consumers)
        .done();
}

/// As `messageGroupMapFactoryType`, by a number; what it should have been, if it is none.
std::optional<std::string> set_group_buckets(PolicyEntry& entry, const std::string& text) {
    const auto number = parse_integer(text, {-1, 100'000'000});
    if (!number) return number.error();
    if (*number < 0) return {};  // as many as there are groups
    GroupMap& groups = entry.groups;
    groups.kind = *number == 0 ? GroupMap::Kind::none : GroupMap::Kind::bucket;
    if (*number > 0) groups.buckets = static_cast<std::uint32_t>(*number);
    return {};
}

/// What ActiveMQ Classic does not have, under the names that ActiveMQ Artemis made known.
Element extensions() {
    using OnRemoval = PolicyEntry::OnRemoval;
    const std::vector<Named<OnRemoval>> removal{{"OFF", OnRemoval::keep},
                                                {"FORCE", OnRemoval::remove}};
    return SchemaOf<PolicyEntry>()
        .attribute("lastValueKey", &Policy::last_value_key)
        .attribute("ringSize", &Policy::ring_size, kApplied, kLimit)
        .choice<Policy, WhenFull>("addressFullPolicy", &Policy::when_full,
                                  {{"PAGE", WhenFull::page},
                                   {"DROP", WhenFull::drop},
                                   {"BLOCK", WhenFull::block},
                                   {"FAIL", WhenFull::fail}})
        .attribute("expiryDelay", &Policy::expiry_delay_ms, kApplied, kLimit)
        .attribute("minExpiryDelay", &Policy::expiry_delay_min_ms, kApplied, kLimit)
        .attribute("maxExpiryDelay", &Policy::expiry_delay_max_ms, kApplied, kLimit)
        .attribute("noExpiry", &Policy::never_expires)
        .attribute("deadLetterAddress", &Policy::dead_letter_address)
        .attribute("expiryAddress", &Policy::expiry_address)
        .attribute("slowConsumerThreshold", &Policy::consumer_rate_min, kApplied, kLimit)
        .attribute("slowConsumerCheckPeriod", &Policy::consumer_rate_period_s, kApplied,
                   {1, 100'000})
        .choice<Policy, BelowRate>("slowConsumerPolicy", &Policy::below_rate,
                                   {{"NOTIFY", BelowRate::tell}, {"KILL", BelowRate::close}})
        .attribute("nonDestructive", &Policy::non_destructive)
        .attribute("maxConsumers", &Policy::consumers_max, kApplied, kLimit)
        .attribute("groupRebalance", &Policy::group_rebalance)
        .attribute("groupRebalancePauseDispatch", &Policy::group_rebalance_pauses)
        .text("groupBuckets", set_group_buckets,
              [](const PolicyEntry& entry) {
                  return entry.groups.kind == GroupMap::Kind::none ? std::optional<std::string>("0")
                                                                   : std::nullopt;
              })
        .attribute("groupFirstKey", &Policy::group_first_key)
        .attribute("filter", &Policy::filter)
        .attribute("enabled", &Policy::enabled)
        .attribute("autoCreateQueues", &Policy::auto_create)
        .attribute("autoDeleteQueues", &Policy::auto_delete)
        .attribute("retroactiveMessageCount", &Policy::retroactive_count, kApplied, kNatural)
        .attribute("purgeOnNoConsumers", &Policy::purge_on_no_consumers)
        .attribute("maxDeliveryAttempts", &Policy::delivery_attempts_max, kApplied, kLimit)
        .attribute("redeliveryDelay", &Policy::redelivery_ms, kApplied, kNatural)
        .attribute("redeliveryDelayMultiplier", &Policy::redelivery_multiplier)
        .attribute("maxRedeliveryDelay", &Policy::redelivery_ms_max, kApplied, kLimit)
        .attribute("redeliveryCollisionAvoidanceFactor", &Policy::redelivery_spread)
        .choice<PolicyEntry, OnRemoval>("configDeleteQueues", &PolicyEntry::removed_queues, removal)
        .choice<PolicyEntry, OnRemoval>("configDeleteAddresses", &PolicyEntry::removed_topics,
                                        removal)
        .choice<PolicyEntry, OnRemoval>("configDeleteDiverts", &PolicyEntry::removed_diverts,
                                        removal)
        .done();
}

Element hints() {
    return SchemaOf<PolicyEntry>()
        .known<std::int32_t>({"maxPageSize", "maxExpirePageSize"}, kPaging, kNatural)
        .known<std::int32_t>({"maxAuditDepth", "maxQueueAuditDepth", "maxProducersToAudit"},
                             kNoDuplicates, kNatural)
        .known<bool>({"enableAudit", "sendDuplicateFromStoreToDLQ"}, kNoDuplicates)
        .known<bool>({"useCache"}, no_effect("what fits in memory is never read from the store"))
        .known<bool>({"lazyDispatch", "optimizedDispatch"},
                     no_effect("dispatch has no threads that could be saved"))
        .known<bool>({"persistJMSRedelivered"},
                     no_effect("what may have been delivered is always known after a restart"))
        .known<bool>({"useTopicSubscriptionInflightStats", "advancedNetworkStatisticsEnabled",
                      "advancedMessageStatisticsEnabled"},
                     no_effect("there are always numbers"))
        .known<bool>(
            {"reduceMemoryFootprint", "doOptimzeMessageStorage", "doOptimizeMessageStorage"},
            no_effect("a message has one form, in memory and in the store"))
        .known<std::int32_t>({"optimizeMessageStoreInFlightLimit"},
                             no_effect("a message has one form, in memory and in the store"),
                             kNatural)
        .done();
}

/// `cached?cacheSize=2048`, `bucket?bucketCount=2048&cacheSize=128` or `simple`; what the text
/// should have been, if it is none.
std::optional<std::string> set_group_map_type(PolicyEntry& entry, const std::string& text) {
    constexpr const char* kForm = "cached, bucket or simple, as in bucket?bucketCount=2048";
    GroupMap& groups = entry.groups;
    const auto uri = parse_uri("groups:" + text);
    if (!uri) return kForm;
    if (uri->path != "cached" && uri->path != "bucket" && uri->path != "simple") return kForm;
    const bool bucket = uri->path == "bucket";
    groups.kind = bucket                  ? GroupMap::Kind::bucket
                  : uri->path == "cached" ? GroupMap::Kind::cached
                                          : GroupMap::Kind::simple;
    for (const UriOption& option : uri->options) {
        const auto number = parse_integer(option.value, {1, 100'000'000});
        if (!number) return option.name + " to be " + number.error();
        const auto value = static_cast<std::uint32_t>(*number);
        if (bucket && option.name == "bucketCount") {
            groups.buckets = value;
        } else if (groups.kind != GroupMap::Kind::simple && option.name == "cacheSize") {
            (bucket ? groups.bucket_cache : groups.cache) = value;
        } else {
            return kForm;
        }
    }
    return {};
}

}  // namespace

const Element& policy_entry_schema() {
    static const Element element =
        SchemaOf<PolicyEntry>()
            .with(delivery_attributes())
            .with(limit_attributes())
            .with(advisory_attributes())
            .with(extensions())
            .with(hints())
            .read_only_group("destination", destination_schema)
            .one("deadLetterStrategy", &Policy::dead_letters, dead_letters_schema)
            .one("dispatchPolicy", &Policy::topic_dispatch, topic_dispatch_schema)
            .short_form("messageGroupMapFactoryType", set_group_map_type)
            .one("messageGroupMapFactory", &Policy::groups, groups_schema)
            .one("pendingMessageLimitStrategy", &Policy::pending_limit, pending_limit_schema)
            .one("messageEvictionStrategy", &Policy::eviction, eviction_schema)
            .one("slowConsumerStrategy", &Policy::slow_consumers, slow_consumers_schema)
            .one("pendingQueuePolicy", &Policy::queue_cursor,
                 cursor_schema<kStoreCursor, kVmQueueCursor, kFileQueueCursor>)
            .one("pendingSubscriberPolicy", &Policy::subscriber_cursor,
                 cursor_schema<kStoreCursor, kVmCursor, kFileCursor>)
            .one("pendingDurableSubscriberPolicy", &Policy::durable_cursor,
                 cursor_schema<kStoreDurableCursor, kVmDurableCursor, kFileDurableCursor>)
            .one("subscriptionRecoveryPolicy", &Policy::history, history_schema)
            .one("messageInterceptorStrategy", &Policy::header_rules, header_rules_schema)
            .one("networkBridgeFilterFactory", &Policy::network_replay, replay_schema)
            .check([](const PolicyEntry& entry) -> std::optional<std::string> {
                const int names = !entry.queue.empty() + !entry.topic.empty() + entry.temp_queue +
                                  entry.temp_topic;
                if (names > 1) return "is for one of queue, topic, tempQueue and tempTopic";
                if (entry.filter.empty()) return {};
                const auto parsed = selector::Selector::parse(entry.filter);
                if (parsed) return {};
                return "has a filter that is no selector: " + parsed.error().text();
            })
            .done();
    return element;
}

}  // namespace tern::config
