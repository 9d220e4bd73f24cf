#pragma once

#include "admin/api.h"
#include "admin/object_name.h"
#include "admin/snapshot.h"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tern::admin {

/// What an MBean is about.
struct BrokerBean {};
struct HealthBean {};
struct QueueBean {
    const broker::QueueStatus* queue;
};
struct TopicBean {
    std::string topic;
};
struct SubscriptionBean {
    const broker::ConsumerStatus* consumer;   ///< null for one that nobody uses
    const broker::QueueStatus* subscription;  ///< null for a queue's consumer
};
struct ConnectorBean {
    std::string name;
    std::string uri;
    std::uint64_t refused;  ///< connections
};
struct ConnectionBean {
    const broker::ConnectionStatus* connection;
};

struct SchedulerBean {};
struct StoreBean {};
struct LogBean {};
struct BranchBean {
    const broker::BranchStatus* branch;
};

struct MBean {
    ObjectName name;
    std::variant<BrokerBean, HealthBean, QueueBean, TopicBean, SubscriptionBean, ConnectorBean,
                 ConnectionBean, SchedulerBean, StoreBean, LogBean, BranchBean>
        about;
};

/// The MBeans of ActiveMQ Classic over a snapshot, which outlives this object.
class MBeans {
public:
    MBeans(const About& about, const Snapshot& snapshot);

    [[nodiscard]] std::span<const MBean> all() const { return all_; }
    [[nodiscard]] const MBean* find(const ObjectName& name) const;
    /// Everything that can be read of one.
    [[nodiscard]] json::object attributes(const MBean& bean) const;
    [[nodiscard]] ObjectName subscription_name(const broker::SubscriptionKey& key,
                                               std::string_view topic) const;
    /// Its class in ActiveMQ.
    [[nodiscard]] static std::string_view class_of(const MBean& bean);

private:
    [[nodiscard]] ObjectName name(std::vector<std::pair<std::string, std::string>> keys) const;
    [[nodiscard]] ObjectName scheduler_name() const;
    [[nodiscard]] std::string store_name() const;
    /// Leaves out what is not to be shown.
    void suppress();
    void add_broker();
    void add_destinations();
    void add_subscriptions();
    void add_connections();
    void add_branches();
    [[nodiscard]] json::object broker_attributes() const;
    [[nodiscard]] json::object store_attributes() const;
    [[nodiscard]] static json::object log_attributes();
    [[nodiscard]] json::object queue_attributes(const broker::QueueStatus& queue) const;
    [[nodiscard]] json::object topic_attributes(const std::string& topic) const;
    [[nodiscard]] json::object subscription_attributes(const SubscriptionBean& bean) const;
    [[nodiscard]] json::object connector_attributes(const ConnectorBean& bean) const;
    [[nodiscard]] json::object connection_attributes(const broker::ConnectionStatus& one) const;
    void put_blocked(json::object& view, broker::Domain domain, const std::string& name) const;
    [[nodiscard]] json::value user_name(std::string_view user) const;
    /// Names of the beans that `chosen` takes, as references.
    template <class Chosen>
    [[nodiscard]] json::array references(Chosen chosen) const;

    const About& about_;
    const Snapshot& now_;
    std::vector<OpenListener> listeners_;
    std::vector<MBean> all_;
    std::map<ObjectName, std::size_t> by_name_;
};

}  // namespace tern::admin
