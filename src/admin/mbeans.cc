#include "admin/mbeans.h"

#include "admin/branches.h"
#include "admin/jobs.h"
#include "admin/log4j.h"
#include "broker/api/xid.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace tern::admin {
namespace {

std::string uptime_text(std::int64_t ms) {
    const auto part = [](std::int64_t count, std::string_view unit) {
        return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
    };
    constexpr std::int64_t kMinute = 60;
    constexpr std::int64_t kHour = 60 * kMinute;
    constexpr std::int64_t kDay = 24 * kHour;
    const std::int64_t seconds = ms / 1000;
    if (seconds >= kDay) {
        return part(seconds / kDay, "day") + " " + part(seconds % kDay / kHour, "hour");
    }
    if (seconds >= kHour) {
        return part(seconds / kHour, "hour") + " " + part(seconds % kHour / kMinute, "minute");
    }
    if (seconds >= kMinute) return part(seconds / kMinute, "minute");
    return fmt::format("{}.{:03} seconds", seconds, ms % 1000);
}

json::object reference(const ObjectName& name) {
    return {{"objectName", json_text(name.text())}};
}

/// Of a name in `Counts`.
std::size_t count_of(const Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
}

std::size_t sum(const Counts& counts) {
    std::size_t all = 0;
    for (const auto& [name, count] : counts) all += count;
    return all;
}

bool is_durable(const broker::QueueStatus& subscription) {
    return subscription.info->durable == Durable::yes;
}

/// As HealthStatus writes itself.
std::string health_text(const std::vector<HealthFinding>& findings) {
    if (findings.empty()) return "Good";
    std::string text = "Getting Worried {";
    for (const HealthFinding& one : findings) {
        text += classic_id(one) + ": WARNING " + one.cause + " from " + one.about + " , ";
    }
    return text + " }";
}

/// Of the messages that are there.
std::uint64_t average_size(std::span<const broker::QueueStatus> queues) {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    for (const broker::QueueStatus& one : queues) {
        bytes += one.memory_bytes + one.disk_bytes;
        messages += one.counts.ready + one.counts.unsettled;
    }
    return messages == 0 ? 0 : bytes / messages;
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(json_text(text));
}

double milliseconds(std::int64_t us) {
    return static_cast<double>(us) / 1000;
}

/// How long messages were on the queue, of those that were timed lately.
void put_times(json::object& view, std::span<const broker::QueueStatus> queues) {
    broker::Latency times;
    for (const broker::QueueStatus& one : queues) {
        if (one.latencies == nullptr) continue;
        times.recent += one.latencies->queueing.recent;
        times.count += one.latencies->queueing.count;
        times.sum_us += one.latencies->queueing.sum_us;
    }
    const auto sum_us = static_cast<std::int64_t>(times.sum_us);
    view["AverageEnqueueTime"] =
        times.count == 0 ? 0.0 : milliseconds(sum_us) / static_cast<double>(times.count);
    view["MinEnqueueTime"] = times.recent.quantile(0) / 1000;
    view["MaxEnqueueTime"] = times.recent.quantile(1) / 1000;
}

std::int64_t whole_percent(const broker::LimitStatus& limit) {
    return static_cast<std::int64_t>(limit.percent());
}

}  // namespace

MBeans::MBeans(const About& about, const Snapshot& snapshot)
    : about_(about),
      now_(snapshot),
      listeners_(about.listeners ? about.listeners() : std::vector<OpenListener>()) {
    if (!about_.mbeans.shown) return;
    add_broker();
    add_destinations();
    add_subscriptions();
    add_connections();
    add_branches();
    suppress();
    for (std::size_t i = 0; i < all_.size(); ++i) by_name_.emplace(all_[i].name, i);
}

void MBeans::suppress() {
    for (const std::string& pair : about_.mbeans.suppressed) {
        const auto unwanted = parse_object_name(about_.mbeans.domain + ":" + pair + ",*");
        if (!unwanted) continue;
        std::erase_if(all_, [&unwanted](const MBean& one) { return unwanted->matches(one.name); });
    }
}

void MBeans::add_broker() {
    all_.push_back({name({}), BrokerBean{}});
    all_.push_back({name({{"service", "Health"}}), HealthBean{}});
    if (about_.persistent) {
        all_.push_back(
            {name({{"service", "PersistenceAdapter"}, {"instanceName", key_value(store_name())}}),
             StoreBean{}});
    }
    all_.push_back({name({{"service", "Log4JConfiguration"}}), LogBean{}});
    if (now_.status.scheduled) all_.push_back({scheduler_name(), SchedulerBean{}});
}

ObjectName MBeans::name(std::vector<std::pair<std::string, std::string>> keys) const {
    ObjectName made;
    made.domain = about_.mbeans.domain;
    made.keys = {{"type", "Broker"}, {"brokerName", key_value(about_.broker_name)}};
    for (auto& [key, value] : keys) made.keys.emplace(std::move(key), std::move(value));
    return made;
}

ObjectName MBeans::scheduler_name() const {
    return name({{"service", "JobScheduler"}, {"name", "JMS"}});
}

/// As Classic calls the store that lies in that directory.
std::string MBeans::store_name() const {
    return "KahaDBPersistenceAdapter[" + about_.data_directory + "]";
}

const MBean* MBeans::find(const ObjectName& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &all_[found->second];
}

void MBeans::add_destinations() {
    const auto add = [this](const std::vector<broker::QueueStatus>& queues, const char* type) {
        for (const broker::QueueStatus& one : queues) {
            const std::string& queue = one.info->bindings.front().name;
            all_.push_back(
                {name({{"destinationType", type}, {"destinationName", key_value(queue)}}),
                 QueueBean{&one}});
        }
    };
    add(now_.queues, "Queue");
    add(now_.temporary_queues, "TempQueue");
    std::map<std::string, std::string_view> topics;
    for (const broker::QueueStatus& one : now_.subscriptions) {
        for (const broker::Destination& binding : one.info->bindings) {
            if (broker::is_pattern(binding.name)) continue;
            topics[binding.name] = binding.temporary ? "TempTopic" : "Topic";
        }
    }
    for (const auto& [topic, count] : now_.topic_producers) topics.emplace(topic, "Topic");
    if (about_.topics) {
        for (std::string& topic : about_.topics()) topics.emplace(std::move(topic), "Topic");
    }
    for (const auto& [topic, type] : topics) {
        all_.push_back(
            {name({{"destinationType", std::string(type)}, {"destinationName", key_value(topic)}}),
             TopicBean{topic}});
    }
}

ObjectName MBeans::subscription_name(const broker::SubscriptionKey& key,
                                     std::string_view topic) const {
    return name(
        {{"destinationType", "Topic"},
         {"destinationName", key_value(topic)},
         {"endpoint", "Consumer"},
         {"clientId", key_value(key.client_id)},
         {"consumerId", key_value(fmt::format("Durable({}:{})", key.client_id, key.name))}});
}

void MBeans::add_subscriptions() {
    std::map<broker::QueueId, const broker::QueueStatus*> subscriptions;
    for (const broker::QueueStatus& one : now_.subscriptions) subscriptions[one.info->id] = &one;
    std::set<broker::QueueId> used;
    for (const broker::ConsumerStatus& one : now_.consumers) {
        const broker::QueueInfo& info = *one.queue;
        const bool topic = info.is_subscription();
        const auto found = subscriptions.find(info.id);
        const broker::QueueStatus* const subscription =
            found == subscriptions.end() ? nullptr : found->second;
        used.insert(info.id);
        std::string consumer = to_text(one.ref);
        if (info.subscription) {
            consumer = fmt::format("Durable({}:{})", info.subscription->key.client_id,
                                   info.subscription->key.name);
        }
        const std::string type = std::string(info.bindings.front().temporary ? "Temp" : "") +
                                 (topic ? "Topic" : "Queue");
        const std::string client =
            one.client_id.empty()
                ? to_text(broker::ConnectionRef{one.ref.shard, one.ref.connection})
                : one.client_id;
        all_.push_back({name({{"destinationType", type},
                              {"destinationName", key_value(topics_of(info))},
                              {"endpoint", "Consumer"},
                              {"clientId", key_value(client)},
                              {"consumerId", key_value(consumer)}}),
                        SubscriptionBean{&one, subscription}});
    }
    for (const broker::QueueStatus& one : now_.subscriptions) {
        if (!one.info->subscription || used.contains(one.info->id)) continue;
        all_.push_back({subscription_name(one.info->subscription->key, topics_of(*one.info)),
                        SubscriptionBean{nullptr, &one}});
    }
}

void MBeans::add_connections() {
    for (const OpenListener& one : listeners_) {
        if (one.is_http()) continue;
        all_.push_back(
            {name({{"connector", "clientConnectors"}, {"connectorName", key_value(one.name)}}),
             ConnectorBean{one.name, one.uri(), one.connections.refused}});
    }
    for (const broker::ConnectionStatus& one : now_.connections) {
        const std::string client = one.client_id.empty() ? to_text(one.ref) : one.client_id;
        all_.push_back({name({{"connector", "clientConnectors"},
                              {"connectorName", key_value(one.protocol)},
                              {"connectionViewType", "clientId"},
                              {"connectionName", key_value(client)}}),
                        ConnectionBean{&one}});
        if (!about_.mbeans.remote_addresses) continue;
        all_.push_back({name({{"connector", "clientConnectors"},
                              {"connectorName", key_value(one.protocol)},
                              {"connectionViewType", "remoteAddress"},
                              {"connectionName", key_value("tcp://" + one.peer)}}),
                        ConnectionBean{&one}});
    }
}

void MBeans::add_branches() {
    for (const broker::BranchStatus& one : now_.branches) {
        all_.push_back({name({{"transactionType", "RecoveredXaTransaction"},
                              {"xid", key_value(broker::branch_text(one.name))}}),
                        BranchBean{&one}});
    }
}

std::string_view MBeans::class_of(const MBean& bean) {
    static constexpr std::array<std::string_view, 11> kClasses{"BrokerView",
                                                               "HealthView",
                                                               "QueueView",
                                                               "TopicView",
                                                               "SubscriptionView",
                                                               "ConnectorView",
                                                               "ConnectionView",
                                                               "JobSchedulerView",
                                                               "PersistenceAdapterView",
                                                               "Log4JConfigView",
                                                               "RecoveredXATransactionView"};
    return kClasses[bean.about.index()];
}

json::object MBeans::attributes(const MBean& bean) const {
    return std::visit(
        [this]<class T>(const T& about) -> json::object {
            if constexpr (std::is_same_v<T, BrokerBean>) {
                return broker_attributes();
            } else if constexpr (std::is_same_v<T, HealthBean>) {
                return {{"CurrentStatus", json_text(health_text(now_.health))}};
            } else if constexpr (std::is_same_v<T, QueueBean>) {
                return queue_attributes(*about.queue);
            } else if constexpr (std::is_same_v<T, TopicBean>) {
                return topic_attributes(about.topic);
            } else if constexpr (std::is_same_v<T, SubscriptionBean>) {
                return subscription_attributes(about);
            } else if constexpr (std::is_same_v<T, ConnectorBean>) {
                return connector_attributes(about);
            } else if constexpr (std::is_same_v<T, StoreBean>) {
                return store_attributes();
            } else if constexpr (std::is_same_v<T, LogBean>) {
                return log_attributes();
            } else if constexpr (std::is_same_v<T, BranchBean>) {
                return branch_attributes(*about.branch);
            } else if constexpr (std::is_same_v<T, SchedulerBean>) {
                return job_scheduler_attributes(now_.status.scheduled.value_or(0), now_.jobs);
            } else {
                return connection_attributes(*about.connection);
            }
        },
        bean.about);
}

template <class Chosen>
json::array MBeans::references(Chosen chosen) const {
    json::array all;
    for (const MBean& one : all_) {
        if (chosen(one)) all.push_back(reference(one.name));
    }
    return all;
}

namespace {

std::string key_of(const MBean& bean, const char* key) {
    const auto found = bean.name.keys.find(key);
    return found == bean.name.keys.end() ? std::string() : found->second;
}

bool is_subscriber(const MBean& bean, std::string_view type) {
    return std::holds_alternative<SubscriptionBean>(bean.about) &&
           key_of(bean, "destinationType") == type;
}

bool is_durable_subscriber(const MBean& bean, bool active) {
    const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
    return about != nullptr && about->subscription != nullptr && is_durable(*about->subscription) &&
           (about->consumer != nullptr) == active;
}

}  // namespace

json::object MBeans::broker_attributes() const {
    const broker::BrokerStatus& now = now_.status;
    const auto of_type = [](std::string_view type, bool destination) {
        return [type, destination](const MBean& bean) {
            if (!destination) return is_subscriber(bean, type);
            return key_of(bean, "destinationType") == type && !bean.name.keys.contains("endpoint");
        };
    };
    const json::array topics = references(of_type("Topic", true));
    const json::array temporary_topics = references(of_type("TempTopic", true));
    json::object connectors;
    for (const OpenListener& one : listeners_) {
        if (!one.is_http()) connectors[json_text(one.name)] = json_text(one.uri());
    }
    const std::int64_t uptime = now_.now_ms - about_.started_at_ms;
    return {{"BrokerId", json_text(about_.broker_id)},
            {"BrokerName", json_text(about_.broker_name)},
            {"BrokerVersion", json_text(about_.version)},
            {"Uptime", json_text(uptime_text(uptime))},
            {"UptimeMillis", uptime},
            {"CurrentConnectionsCount", now.connections},
            {"TotalConnectionsCount", now.connections_opened},
            {"StatisticsEnabled", true},
            {"TotalEnqueueCount", now.totals.enqueued},
            {"TotalDequeueCount", now.totals.dequeued},
            {"TotalConsumerCount", now.consumers},
            {"TotalProducerCount", sum(now_.queue_producers) + sum(now_.topic_producers)},
            {"TotalMessageCount", now.ready + now.unsettled},
            {"Persistent", about_.persistent},
            {"Slave", false},
            {"Topics", topics},
            {"Queues", references(of_type("Queue", true))},
            {"TemporaryTopics", temporary_topics},
            {"TemporaryQueues", references(of_type("TempQueue", true))},
            {"TotalTopicsCount", topics.size() + temporary_topics.size()},
            {"TotalQueuesCount", now.queues + now.temporary_queues},
            {"TotalManagedTopicsCount", topics.size()},
            {"TotalManagedQueuesCount", now.queues},
            {"TotalTemporaryTopicsCount", temporary_topics.size()},
            {"TotalTemporaryQueuesCount", now.temporary_queues},
            {"AverageMessageSize", average_size(now_.queues)},
            {"TemporaryTopicSubscribers", references(of_type("TempTopic", false))},
            {"TopicSubscribers", references([](const MBean& bean) {
                 return is_subscriber(bean, "Topic") && !is_durable_subscriber(bean, true) &&
                        !is_durable_subscriber(bean, false);
             })},
            {"DurableTopicSubscribers",
             references([](const MBean& bean) { return is_durable_subscriber(bean, true); })},
            {"InactiveDurableTopicSubscribers",
             references([](const MBean& bean) { return is_durable_subscriber(bean, false); })},
            {"QueueSubscribers", references(of_type("Queue", false))},
            {"TemporaryQueueSubscribers", references(of_type("TempQueue", false))},
            {"TransportConnectors", std::move(connectors)},
            {"MemoryLimit", now.flow.memory.limit},
            {"MemoryPercentUsage", whole_percent(now.flow.memory)},
            {"StoreLimit", now.flow.store.limit},
            {"StorePercentUsage", whole_percent(now.flow.store)},
            // Amazon MQ's: a start reads the same after a stop as after a crash, for there is no
            // index that a stop would save.
            {"JournalFilesForFastRecovery", now.journal_files},
            {"JournalFilesForFullRecovery", now.journal_files},
            {"TempLimit", now.flow.temporary.limit},
            {"TempPercentUsage", whole_percent(now.flow.temporary)},
            {"JobSchedulerStoreLimit", now.flow.schedule.limit},
            {"JobSchedulerStorePercentUsage", whole_percent(now.flow.schedule)},
            {"JMSJobScheduler",
             now.scheduled ? json::value(reference(scheduler_name())) : json::value(nullptr)},
            {"MaxUncommittedCount", now.uncommitted_max},
            {"TotalMaxUncommittedExceededCount",
             now.flow.crossed[static_cast<std::size_t>(broker::Limit::transaction)]},
            {"LimitsCrossed", crossed_json(now.flow.crossed)},
            {"DataDirectory", json_text(about_.data_directory)},
            {"VMURL", json_text("vm://" + about_.broker_name)}};
}

json::object MBeans::queue_attributes(const broker::QueueStatus& queue) const {
    json::object groups;
    for (const broker::GroupOwner& one : queue.groups) {
        groups[json_text(one.group)] = json_text(to_text(one.owner));
    }
    const broker::QueueInfo& info = *queue.info;
    const std::string& queue_name = info.bindings.front().name;
    const std::int64_t memory_percent = whole_percent({queue.memory_bytes, queue.memory_limit});
    json::object view{{"Name", json_text(queue_name)},
                      {"EnqueueCount", queue.totals.enqueued},
                      {"DispatchCount", queue.totals.dispatched},
                      {"DequeueCount", queue.totals.dequeued},
                      {"ExpiredCount", queue.totals.expired},
                      {"InFlightCount", queue.counts.unsettled},
                      {"QueueSize", queue.counts.ready + queue.counts.unsettled},
                      {"ConsumerCount", queue.counts.consumers},
                      {"ProducerCount", count_of(now_.queue_producers, queue_name)},
                      {"Paused", queue.paused},
                      {"MemoryLimit", queue.memory_limit},
                      {"MemoryUsageByteCount", queue.memory_bytes},
                      {"MemoryPercentUsage", memory_percent},
                      {"CursorMemoryUsage", queue.memory_bytes},
                      {"CursorPercentUsage", memory_percent},
                      {"CursorFull", queue.full},
                      // All that waits is in memory as well.
                      {"CacheEnabled", queue.disk_bytes == 0},
                      {"StoreMessageSize", queue.memory_bytes + queue.disk_bytes},
                      {"AverageMessageSize", average_size({&queue, 1})},
                      {"TempUsageLimit", now_.status.flow.temporary.limit},
                      {"TempUsagePercentUsage", whole_percent(now_.status.flow.temporary)},
                      {"ForwardCount", 0},  // there are no bridges
                      {"DLQ", queue.dead_letters},
                      {"MessageGroupType", queue.group_map},
                      {"MessageGroups", std::move(groups)},
                      {"Subscriptions", references([&info](const MBean& bean) {
                           const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
                           return about != nullptr && about->consumer != nullptr &&
                                  about->consumer->queue->id == info.id;
                       })}};
    put_blocked(view, broker::Domain::queue, queue_name);
    if (now_.with_latencies) put_times(view, {&queue, 1});
    return view;
}

json::object MBeans::topic_attributes(const std::string& topic) const {
    const auto is_bound = [&topic](const broker::QueueInfo& info) {
        return std::ranges::any_of(info.bindings, [&topic](const broker::Destination& one) {
            return one.name == topic || broker::matches(one.name, topic);
        });
    };
    std::vector<broker::QueueStatus> all;
    std::ranges::copy_if(now_.subscriptions, std::back_inserter(all),
                         [&is_bound](const auto& one) { return is_bound(*one.info); });
    broker::QueueTotals totals;
    broker::QueueCounts counts;
    broker::LimitStatus memory;  // limits are of each subscription: the largest of these
    std::uint64_t stored = 0;
    for (const broker::QueueStatus& one : all) {
        totals += one.totals;
        counts.ready += one.counts.ready;
        counts.unsettled += one.counts.unsettled;
        counts.consumers += one.counts.consumers;
        memory.used += one.memory_bytes;
        memory.limit = std::max(memory.limit, one.memory_limit);
        stored += one.memory_bytes + one.disk_bytes;
    }
    json::object view{{"Name", json_text(topic)},
                      {"MemoryUsageByteCount", memory.used},
                      {"MemoryLimit", memory.limit},
                      {"MemoryPercentUsage", whole_percent(memory)},
                      {"StoreMessageSize", stored},
                      {"AverageMessageSize", average_size(all)},
                      // Of each subscription's copy.
                      {"EnqueueCount", totals.enqueued},
                      {"ForwardCount", 0},  // there are no bridges
                      {"TempUsageLimit", now_.status.flow.temporary.limit},
                      {"TempUsagePercentUsage", whole_percent(now_.status.flow.temporary)},
                      {"DispatchCount", totals.dispatched},
                      {"DequeueCount", totals.dequeued},
                      {"ExpiredCount", totals.expired},
                      {"InFlightCount", counts.unsettled},
                      {"QueueSize", counts.ready + counts.unsettled},
                      {"ConsumerCount", counts.consumers},
                      {"ProducerCount", count_of(now_.topic_producers, topic)},
                      {"DLQ", false},
                      {"Subscriptions", references([&](const MBean& bean) {
                           const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
                           return about != nullptr && about->subscription != nullptr &&
                                  is_bound(*about->subscription->info);
                       })}};
    put_blocked(view, broker::Domain::topic, topic);
    if (now_.with_latencies) put_times(view, all);
    return view;
}

json::object MBeans::subscription_attributes(const SubscriptionBean& bean) const {
    const broker::QueueInfo& info =
        bean.consumer != nullptr ? *bean.consumer->queue : *bean.subscription->info;
    const bool topic = info.is_subscription();
    json::object view{
        {"DestinationName", json_text(topics_of(info))},
        {"DestinationQueue", !topic},
        {"DestinationTopic", topic},
        {"DestinationTemporary", info.bindings.front().temporary},
        {"Active", bean.consumer != nullptr},
        {"Network", false},
        {"NoLocal", info.no_local},
        {"Durable", topic && info.durable == Durable::yes},
        {"SubscriptionName", text_or_null(info.subscription ? info.subscription->key.name : "")},
        {"Selector", text_or_null(info.subscription ? info.subscription->selector : "")},
        {"ClientId", text_or_null(info.subscription ? info.subscription->key.client_id : "")}};
    if (bean.subscription != nullptr) {
        const broker::QueueStatus& cursor = *bean.subscription;
        view["CursorMemoryUsage"] = cursor.memory_bytes;
        view["CursorPercentUsage"] = whole_percent({cursor.memory_bytes, cursor.memory_limit});
        view["CursorFull"] = cursor.full;
        view["PendingQueueSize"] = bean.subscription->counts.ready;
        view["EnqueueCounter"] = bean.subscription->totals.enqueued;
        view["DequeueCounter"] = bean.subscription->totals.dequeued;
        view["DispatchedCounter"] = bean.subscription->totals.dispatched;
        view["DiscardedCount"] = bean.subscription->discarded;
    }
    if (bean.consumer == nullptr) {
        view["DispatchedQueueSize"] = bean.subscription->counts.unsettled;
        return view;
    }
    const broker::ConsumerStatus& consumer = *bean.consumer;
    if (!consumer.selector.empty()) view["Selector"] = json_text(consumer.selector);
    view["ClientId"] = text_or_null(consumer.client_id);
    view["ConnectionId"] =
        to_text(broker::ConnectionRef{consumer.ref.shard, consumer.ref.connection});
    view["SubscriptionId"] = consumer.ref.consumer.value;
    view["DispatchedQueueSize"] = consumer.unsettled;
    view["MessageCountAwaitingAcknowledge"] = consumer.unsettled;
    view["PrefetchSize"] = consumer.credit + consumer.unsettled;
    view["Priority"] = consumer.priority;
    view["Exclusive"] = consumer.exclusive;
    view["SlowConsumer"] = consumer.slow;
    if (consumer.party != nullptr) {
        view["Retroactive"] = consumer.party->retroactive;
        view["MaximumPendingMessageLimit"] = consumer.party->pending_max;
    }
    if (bean.subscription == nullptr) {
        view["EnqueueCounter"] = consumer.delivered;
        view["DispatchedCounter"] = consumer.delivered;
        view["DequeueCounter"] =
            consumer.delivered - std::min<std::uint64_t>(consumer.delivered, consumer.unsettled);
        view["PendingQueueSize"] = consumer.waiting;
        view["DiscardedCount"] = 0;
    }
    view["ConsumedCount"] = view["DequeueCounter"];
    const broker::ConnectionRef connection{consumer.ref.shard, consumer.ref.connection};
    const auto theirs =
        std::ranges::find(now_.connections, connection, &broker::ConnectionStatus::ref);
    view["UserName"] = user_name(theirs == now_.connections.end() ? "" : theirs->user);
    const json::array connections = references([&connection](const MBean& one) {
        const auto* const about = std::get_if<ConnectionBean>(&one.about);
        return about != nullptr && about->connection->ref == connection &&
               key_of(one, "connectionViewType") == "clientId";
    });
    if (!connections.empty()) view["Connection"] = connections.front();
    return view;
}

/// Their average is made of these two when it is known what they are to count from.
void MBeans::put_blocked(json::object& view, broker::Domain domain, const std::string& name) const {
    broker::BlockedSends all;
    for (const bool temporary : {false, true}) {
        const auto found = now_.status.flow.blocked.find({domain, temporary, name});
        if (found == now_.status.flow.blocked.end()) continue;
        all.count += found->second.count;
        all.waited_us += found->second.waited_us;
    }
    view["BlockedSends"] = all.count;
    view["TotalBlockedTime"] = all.waited_us / 1000;
}

json::value MBeans::user_name(std::string_view user) const {
    return text_or_null(about_.mbeans.user_names ? user : "");
}

json::object MBeans::store_attributes() const {
    const json::object written{{"journalFiles", now_.status.journal_files},
                               {"journalWrittenBytes", now_.status.journal_written_bytes}};
    return {{"Name", json_text(store_name())},
            {"Data", json_text(about_.data_directory)},
            {"Size", now_.status.flow.store.used},
            {"Statistics", json::serialize(written)}};
}

json::object MBeans::log_attributes() {
    const log::Levels levels = log::levels();
    json::array loggers;
    for (const auto& [module, level] : levels.modules) loggers.push_back(json_text(module));
    return {{"RootLogLevel", log4j_name(levels.all)}, {"Loggers", std::move(loggers)}};
}

json::object MBeans::connector_attributes(const ConnectorBean& bean) const {
    const auto connections =
        std::ranges::count(now_.connections, bean.name, &broker::ConnectionStatus::listener);
    return {{"Name", json_text(bean.name)},      {"URI", json_text(bean.uri)},
            {"ConnectionCount", connections},    {"MaxConnectionExceededCount", bean.refused},
            {"ConnectURI", json_text(bean.uri)}, {"BrokerName", json_text(about_.broker_name)},
            {"StatisticsEnabled", true},         {"Started", true}};
}

json::object MBeans::connection_attributes(const broker::ConnectionStatus& one) const {
    std::uint64_t dispatched = 0;
    bool slow = false;
    json::array consumers;
    for (const MBean& bean : all_) {
        const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
        if (about == nullptr || about->consumer == nullptr) continue;
        const broker::ConsumerRef& ref = about->consumer->ref;
        if (broker::ConnectionRef{ref.shard, ref.connection} != one.ref) continue;
        dispatched += about->consumer->unsettled;
        slow = slow || (about->consumer->credit == 0 && about->consumer->unsettled > 0);
        consumers.push_back(reference(bean.name));
    }
    return {{"RemoteAddress", json_text("tcp://" + one.peer)},
            {"ClientId", json_text(one.client_id)},
            {"ConnectionId", to_text(one.ref)},
            {"Connected", true},
            {"Active", true},
            {"Blocked", one.blocked},
            {"Slow", slow},
            {"NetworkConnection", false},  // there are no bridges
            {"UserName", user_name(one.user)},
            {"DispatchQueueSize", dispatched},
            {"Consumers", std::move(consumers)},
            {"ActiveTransactionCount", one.transactions},
            {"MaximumConsumersAllowed", one.consumers_max},
            {"MaximumProducersAllowed", one.producers_max},
            {"ConnectedTimestamp", one.connected_at_ms}};
}

}  // namespace tern::admin
