#include "admin/mbeans.h"

#include "admin/health.h"
#include "admin/jobs.h"
#include "admin/log4j.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tern::admin {
namespace {

using broker::QueueQuery;

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

/// Gathers a snapshot, one question after the other.
struct Taking : std::enable_shared_from_this<Taking> {
    broker::Operations& broker;
    std::shared_ptr<Snapshot> snapshot = std::make_shared<Snapshot>();
    bool with_jobs;
    Snapped done;

    Taking(broker::Operations& from, bool jobs, Snapped then)
        : broker(from), with_jobs(jobs), done(std::move(then)) {}

    void list(QueueQuery::Kind kind, std::vector<broker::QueueStatus> Snapshot::* into,
              std::move_only_function<void()> then) {
        broker.list_queues({.kind = kind, .limit = SIZE_MAX, .with_groups = true},
                           [self = shared_from_this(), into,
                            then = std::move(then)](broker::QueuePage page) mutable {
                               (*self->snapshot).*into = std::move(page.rows);
                               then();
                           });
    }
    void run() {
        broker.status([self = shared_from_this()](const broker::BrokerStatus& status) {
            self->snapshot->status = status;
            self->list_all();
        });
    }
    void list_all() {
        list(QueueQuery::Kind::queues, &Snapshot::queues, [self = shared_from_this()] {
            self->list(QueueQuery::Kind::temporary_queues, &Snapshot::temporary_queues, [self] {
                self->list(QueueQuery::Kind::subscriptions, &Snapshot::subscriptions,
                           [self] { self->list_clients(); });
            });
        });
    }
    void list_clients() {
        broker.list_connections(
            [self = shared_from_this()](std::vector<broker::ConnectionStatus> connections) {
                self->snapshot->connections = std::move(connections);
                self->broker.list_consumers(std::nullopt,
                                            [self](std::vector<broker::ConsumerStatus> consumers) {
                                                self->snapshot->consumers = std::move(consumers);
                                                self->count();
                                            });
            });
    }
    void count() {
        const std::string prefix(kProducerNotices);
        broker.count_notices(prefix, [self = shared_from_this(), prefix](const Counts& counts) {
            const std::string queue = prefix + "Queue.";
            const std::string topic = prefix + "Topic.";
            for (const auto& [name, count] : counts) {
                if (name.starts_with(queue)) {
                    self->snapshot->queue_producers[name.substr(queue.size())] = count;
                } else if (name.starts_with(topic)) {
                    self->snapshot->topic_producers[name.substr(topic.size())] = count;
                }
            }
            for (const HealthFinding& one :
                 judge(self->snapshot->queues, self->snapshot->consumers)) {
                self->snapshot->health.push_back(one.about + ": " + one.cause);
            }
            self->list_jobs();
        });
    }
    void list_jobs() {
        if (!with_jobs || !snapshot->status.scheduled) return done(std::move(snapshot));
        broker.list_scheduled({.limit = kJobsMax},
                              [self = shared_from_this()](std::vector<broker::ScheduledJob> jobs) {
                                  self->snapshot->jobs = std::move(jobs);
                                  self->done(std::move(self->snapshot));
                              });
    }
};

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

std::string health_text(const std::vector<std::string>& findings) {
    if (findings.empty()) return "Good";
    std::string text;
    for (const std::string& one : findings) text += (text.empty() ? "" : ", ") + one;
    return "Getting Worried {" + text + "}";
}

std::int64_t whole_percent(const broker::LimitStatus& limit) {
    return static_cast<std::int64_t>(limit.percent());
}

}  // namespace

void take_snapshot(broker::Operations& broker, std::int64_t now_ms, bool with_jobs, Snapped done) {
    const auto taking = std::make_shared<Taking>(broker, with_jobs, std::move(done));
    taking->snapshot->now_ms = now_ms;
    taking->run();
}

MBeans::MBeans(const About& about, const Snapshot& snapshot) : about_(about), now_(snapshot) {
    all_.push_back({name({}), BrokerBean{}});
    all_.push_back({name({{"service", "Health"}}), HealthBean{}});
    if (about_.persistent) {
        all_.push_back(
            {name({{"service", "PersistenceAdapter"}, {"instanceName", key_value(store_name())}}),
             StoreBean{}});
    }
    all_.push_back({name({{"service", "Log4JConfiguration"}}), LogBean{}});
    if (now_.status.scheduled) all_.push_back({scheduler_name(), SchedulerBean{}});
    add_destinations();
    add_subscriptions();
    add_connections();
    for (std::size_t i = 0; i < all_.size(); ++i) by_name_.emplace(all_[i].name, i);
}

ObjectName MBeans::name(std::vector<std::pair<std::string, std::string>> keys) const {
    ObjectName made;
    made.domain = kDomain;
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
    std::set<std::string> topics;
    for (const broker::QueueStatus& one : now_.subscriptions) {
        for (const broker::Destination& binding : one.info->bindings) {
            if (!broker::is_pattern(binding.name)) topics.insert(binding.name);
        }
    }
    for (const auto& [topic, count] : now_.topic_producers) topics.insert(topic);
    if (about_.topics) {
        for (std::string& topic : about_.topics()) topics.insert(std::move(topic));
    }
    for (const std::string& topic : topics) {
        all_.push_back({name({{"destinationType", "Topic"}, {"destinationName", key_value(topic)}}),
                        TopicBean{topic}});
    }
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
        const std::string type = topic                             ? "Topic"
                                 : info.bindings.front().temporary ? "TempQueue"
                                                                   : "Queue";
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
        const broker::SubscriptionKey& key = one.info->subscription->key;
        const std::string consumer = fmt::format("Durable({}:{})", key.client_id, key.name);
        all_.push_back({name({{"destinationType", "Topic"},
                              {"destinationName", key_value(topics_of(*one.info))},
                              {"endpoint", "Consumer"},
                              {"clientId", key_value(key.client_id)},
                              {"consumerId", key_value(consumer)}}),
                        SubscriptionBean{nullptr, &one}});
    }
}

void MBeans::add_connections() {
    for (const auto& [listener, address] : about_.listeners) {
        if (listener == "http") continue;
        all_.push_back(
            {name({{"connector", "clientConnectors"}, {"connectorName", key_value(listener)}}),
             ConnectorBean{listener, listener + "://" + address}});
    }
    for (const broker::ConnectionStatus& one : now_.connections) {
        const std::string client = one.client_id.empty() ? to_text(one.ref) : one.client_id;
        all_.push_back({name({{"connector", "clientConnectors"},
                              {"connectorName", key_value(one.protocol)},
                              {"connectionViewType", "clientId"},
                              {"connectionName", key_value(client)}}),
                        ConnectionBean{&one}});
        all_.push_back({name({{"connector", "clientConnectors"},
                              {"connectorName", key_value(one.protocol)},
                              {"connectionViewType", "remoteAddress"},
                              {"connectionName", key_value("tcp://" + one.peer)}}),
                        ConnectionBean{&one}});
    }
}

std::string_view MBeans::class_of(const MBean& bean) {
    static constexpr std::array<std::string_view, 10> kClasses{
        "BrokerView",     "HealthView",       "QueueView",
        "TopicView",      "SubscriptionView", "ConnectorView",
        "ConnectionView", "JobSchedulerView", "PersistenceAdapterView",
        "Log4JConfigView"};
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
    json::object connectors;
    for (const auto& [listener, address] : about_.listeners) {
        if (listener != "http") connectors[listener] = json_text(listener + "://" + address);
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
            {"TemporaryTopics", json::array()},
            {"TemporaryQueues", references(of_type("TempQueue", true))},
            {"TotalTopicsCount", topics.size()},
            {"TotalQueuesCount", now.queues},
            {"TotalTemporaryQueuesCount", now.temporary_queues},
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
    return {{"Name", json_text(queue_name)},
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
            {"MemoryPercentUsage", whole_percent({queue.memory_bytes, queue.memory_limit})},
            {"DLQ", queue.dead_letters},
            {"MessageGroupType", queue.group_map},
            {"MessageGroups", std::move(groups)},
            {"Subscriptions", references([&info](const MBean& bean) {
                 const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
                 return about != nullptr && about->consumer != nullptr &&
                        about->consumer->queue->id == info.id;
             })}};
}

json::object MBeans::topic_attributes(const std::string& topic) const {
    const auto is_bound = [&topic](const broker::QueueInfo& info) {
        return std::ranges::any_of(info.bindings, [&topic](const broker::Destination& one) {
            return one.name == topic || broker::matches(one.name, topic);
        });
    };
    broker::QueueTotals totals;
    broker::QueueCounts counts;
    for (const broker::QueueStatus& one : now_.subscriptions) {
        if (!is_bound(*one.info)) continue;
        totals += one.totals;
        counts.ready += one.counts.ready;
        counts.unsettled += one.counts.unsettled;
        counts.consumers += one.counts.consumers;
    }
    return {{"Name", json_text(topic)},
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
        {"SubscriptionName", json_text(info.subscription ? info.subscription->key.name : "")},
        {"Selector", json_text(info.subscription ? info.subscription->selector : "")},
        {"ClientId", json_text(info.subscription ? info.subscription->key.client_id : "")}};
    if (bean.subscription != nullptr) {
        view["PendingQueueSize"] = bean.subscription->counts.ready;
        view["EnqueueCounter"] = bean.subscription->totals.enqueued;
        view["DequeueCounter"] = bean.subscription->totals.dequeued;
        view["DispatchedCounter"] = bean.subscription->totals.dispatched;
    }
    if (bean.consumer == nullptr) {
        view["DispatchedQueueSize"] = bean.subscription->counts.unsettled;
        return view;
    }
    const broker::ConsumerStatus& consumer = *bean.consumer;
    if (!consumer.selector.empty()) view["Selector"] = json_text(consumer.selector);
    view["ClientId"] = json_text(consumer.client_id);
    view["ConnectionId"] =
        to_text(broker::ConnectionRef{consumer.ref.shard, consumer.ref.connection});
    view["SubscriptionId"] = consumer.ref.consumer.value;
    view["DispatchedQueueSize"] = consumer.unsettled;
    view["MessageCountAwaitingAcknowledge"] = consumer.unsettled;
    view["PrefetchSize"] = consumer.credit + consumer.unsettled;
    view["Priority"] = consumer.priority;
    view["Exclusive"] = consumer.exclusive;
    view["SlowConsumer"] = consumer.credit == 0 && consumer.unsettled > 0;
    if (bean.subscription == nullptr) view["DispatchedCounter"] = consumer.delivered;
    return view;
}

json::object MBeans::store_attributes() const {
    const json::object written{{"journalFiles", now_.status.journal_files},
                               {"journalWrittenBytes", now_.status.journal_written_bytes}};
    return {{"Name", json_text(store_name())},
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
    return {{"Name", json_text(bean.name)},
            {"URI", json_text(bean.uri)},
            {"BrokerName", json_text(about_.broker_name)},
            {"Started", true}};
}

json::object MBeans::connection_attributes(const broker::ConnectionStatus& one) const {
    std::uint64_t dispatched = 0;
    json::array consumers;
    for (const MBean& bean : all_) {
        const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
        if (about == nullptr || about->consumer == nullptr) continue;
        const broker::ConsumerRef& ref = about->consumer->ref;
        if (broker::ConnectionRef{ref.shard, ref.connection} != one.ref) continue;
        dispatched += about->consumer->unsettled;
        consumers.push_back(reference(bean.name));
    }
    return {{"RemoteAddress", json_text("tcp://" + one.peer)},
            {"ClientId", json_text(one.client_id)},
            {"ConnectionId", to_text(one.ref)},
            {"Connected", true},
            {"Active", true},
            {"Blocked", one.blocked},
            {"DispatchQueueSize", dispatched},
            {"Consumers", std::move(consumers)},
            {"ActiveTransactionCount", one.transactions},
            {"MaximumConsumersAllowed", one.consumers_max},
            {"MaximumProducersAllowed", one.producers_max},
            {"ConnectedTimestamp", one.connected_at_ms}};
}

}  // namespace tern::admin
