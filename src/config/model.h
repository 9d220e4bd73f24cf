#pragma once

#include "broker/api/destination.h"
#include "broker/policy/plugin_options.h"
#include "broker/policy/policy_map.h"
#include "config/destination_name.h"
#include "config/security.h"
#include "config/values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::config {

struct StartupDestination {
    broker::Domain domain = broker::Domain::queue;
    std::string name;
    bool dead_letters = false;

    bool operator==(const StartupDestination&) const = default;
};

struct TransportConnector {
    std::string name;
    std::string uri;
    std::string discovery_uri;
    bool auto_start = true;
    std::optional<bool> allow_link_stealing;  ///< nothing: as is usual for the protocol
    std::int32_t producers_max = -1;          ///< per connection; -1: no limit
    std::int32_t consumers_max = -1;
    bool update_cluster_clients = false;
    bool rebalance_cluster_clients = false;
    bool update_cluster_clients_on_remove = false;
    std::string update_cluster_filter;

    bool operator==(const TransportConnector&) const = default;
};

enum class DiskSync : std::uint8_t { always, periodic, never };
/// What becomes of prepared branches of XA transactions at a start.
enum class RecoveredXa : std::uint8_t { kept, committed, rolled_back };

struct KahaDb {
    std::string directory;
    std::string index_directory;
    Bytes journal_file_max{std::int64_t{32} << 20};
    Bytes journal_write_max{std::int64_t{4} << 20};
    DiskSync sync = DiskSync::always;
    std::int64_t sync_interval_ms = 1000;
    std::optional<bool> enable_journal_disk_syncs;  ///< an older name of always and never
    bool dispatch_while_storing_queues = true;
    bool dispatch_while_storing_topics = false;
    RecoveredXa recovered_xa = RecoveredXa::kept;
    bool check_for_corrupt_files = false;
    bool ignore_missing_files = false;
    bool archive_files = false;
    std::int64_t lock_retry_ms = 500;
    std::int64_t lock_check_ms = 0;
    bool fail_when_locked = false;
    std::string encryption_key_file;  ///< of TernMQ; empty: nothing is encrypted

    bool operator==(const KahaDb&) const = default;
};

struct Persistence {
    enum class Kind : std::uint8_t { kaha_db, memory };

    Kind kind = Kind::kaha_db;
    KahaDb kaha_db;

    bool operator==(const Persistence&) const = default;
};

/// A limit: bytes, or a share of what there is.
struct Usage {
    std::optional<Bytes> limit;
    std::optional<std::int32_t> percent;
    std::optional<Bytes> total;  ///< what `percent` is of, instead of the partition

    bool operator==(const Usage&) const = default;
};

struct SystemUsage {
    Usage memory;
    Usage store;
    Usage temp;
    Usage scheduler;
    bool fail_if_no_space = false;
    std::int64_t fail_if_no_space_after_ms = 0;

    bool operator==(const SystemUsage&) const = default;
};

struct PolicyEntry : broker::Policy, DestinationName {
    /// As with ActiveMQ, who browses a queue is shown all of it where no entry is for the queue.
    PolicyEntry() { browsed_max = 400; }

    /// What becomes of something that a document named and, read again, does not name any more.
    enum class OnRemoval : std::uint8_t { keep, remove };

    OnRemoval removed_queues = OnRemoval::keep;
    OnRemoval removed_topics = OnRemoval::remove;
    OnRemoval removed_diverts = OnRemoval::remove;

    bool operator==(const PolicyEntry&) const = default;
};

/// One target of a composite destination.
struct ForwardTo {
    broker::Domain domain = broker::Domain::queue;
    std::string name;
    std::string selector;  ///< empty: every message

    bool operator==(const ForwardTo&) const = default;
};

struct CompositeDestination {
    broker::Domain domain = broker::Domain::queue;
    std::string name;
    bool forward_only = true;
    bool copy_message = true;
    bool concurrent_send = false;
    bool send_when_not_matched = false;
    std::vector<ForwardTo> forward_to;

    bool operator==(const CompositeDestination&) const = default;
};

struct VirtualTopic {
    std::string name = ">";
    std::string prefix = "Consumer.*.";
    std::string postfix;
    bool selector_aware = false;
    bool local = false;
    bool concurrent_send = false;
    bool transacted_send = false;
    bool drop_on_resource_limit = false;
    bool set_original_destination = true;

    bool operator==(const VirtualTopic&) const = default;
};

struct MirroredQueue {
    std::string prefix = "VirtualTopic.Mirror.";
    std::string postfix;
    bool copy_message = true;

    bool operator==(const MirroredQueue&) const = default;
};

/// As in ActiveMQ Artemis: what is sent to an address goes elsewhere, too, or instead.
struct Divert {
    enum class Routing : std::uint8_t { as_before, to_queues, to_topics };

    std::string name;
    std::string address;             ///< a queue and a topic: a name or pattern
    std::string forwarding_address;  ///< several: separated by commas
    bool exclusive = false;
    std::string filter;  ///< empty: every message
    Routing routing = Routing::as_before;

    bool operator==(const Divert&) const = default;
};

/// What stands between a destination somebody sends to and where the message goes.
struct Interceptors {
    std::vector<CompositeDestination> composites;
    std::vector<VirtualTopic> virtual_topics;
    std::optional<MirroredQueue> mirrored;

    bool operator==(const Interceptors&) const = default;
};

struct RedeliveryPolicy : broker::Redelivery, DestinationName {
    bool operator==(const RedeliveryPolicy&) const = default;
};

/// The broker itself delivers again what clients could not consume.
struct RedeliveryPlugin {
    bool fall_back = true;
    bool dead_letter_when_exceeded = true;
    std::vector<RedeliveryPolicy> entries;
    std::optional<RedeliveryPolicy> otherwise;

    bool operator==(const RedeliveryPlugin&) const = default;
};

struct RuntimeConfiguration {
    std::int64_t check_period_ms = 0;  ///< 0: only when told

    bool operator==(const RuntimeConfiguration&) const = default;
};

/// Destinations may be written in another way.
struct PathSeparator {
    std::string separator = "/";  ///< for the dot

    bool operator==(const PathSeparator&) const = default;
};

/// Patterns may be written as in ActiveMQ Artemis.
struct WildcardAddresses {
    std::string delimiter = ".";
    std::string any_words = "#";
    std::string single_word = "*";

    bool operator==(const WildcardAddresses&) const = default;
};

/// What consumers of selective virtual topics take counts when they are away, too.
struct SelectorCache {
    bool operator==(const SelectorCache&) const = default;
};

/// Clients may ask for numbers by messages.
struct Statistics {
    bool operator==(const Statistics&) const = default;
};

/// What clients do, in the log.
struct LoggingPlugin {
    bool all = false;
    bool connections = true;
    bool sessions = true;
    bool consumers = false;
    bool producers = false;
    bool transactions = false;
    bool internals = false;

    bool operator==(const LoggingPlugin&) const = default;
};

// Pictures for GraphViz; files without a directory lie in that of the data.
struct ConnectionsGraph {
    std::string file = "ActiveMQConnections.dot";

    bool operator==(const ConnectionsGraph&) const = default;
};
struct DestinationsGraph {
    std::string file = "ActiveMQDestinations.dot";

    bool operator==(const DestinationsGraph&) const = default;
};

struct Plugins {
    std::optional<ConnectionsGraph> connections_graph;
    std::optional<DestinationsGraph> destinations_graph;
    std::optional<LoggingPlugin> logging;
    std::optional<RuntimeConfiguration> runtime_configuration;
    std::optional<PathSeparator> path_separator;
    std::optional<SelectorCache> selector_cache;
    std::optional<Statistics> statistics;
    std::optional<broker::TimeStamping> time_stamping;
    std::optional<broker::ForcePersistence> force_persistence;
    std::optional<broker::DiscardDeadLetters> discard_dead_letters;
    std::optional<RedeliveryPlugin> redelivery;
    std::optional<SimpleAuthentication> simple_authentication;
    std::optional<JaasAuthentication> jaas_authentication;
    std::optional<JaasAuthentication> jaas_certificate_authentication;
    std::optional<JaasDualAuthentication> jaas_dual_authentication;
    std::optional<Authorization> authorization;

    bool operator==(const Plugins&) const = default;
};

/// Where certificates lie: files, or their URIs.
struct SslContext {
    std::string key_store;
    std::string key_store_password;
    std::string key;           ///< a file, if the key is not in the key store
    std::string key_password;  ///< empty: the key store's
    std::string trust_store;
    std::string trust_store_password;
    std::string revocations;  ///< lists of certificates that are not to be trusted any more

    bool operator==(const SslContext&) const = default;
};

/// An operators' policy of RabbitMQ's that every virtual host has from its beginning.
struct OperatorPolicy {
    std::string name;
    std::string vhost_pattern = ".*";
    std::string queue_pattern = ".*";
    std::string definition;  ///< JSON

    bool operator==(const OperatorPolicy&) const = default;
};

/// What AMQP 0-9-1 is told; nothing: as usual.
struct Amqp091 {
    std::optional<std::uint16_t> heartbeat_s;
    std::optional<std::uint16_t> channels_max;
    std::optional<std::uint32_t> frame_bytes_max;
    std::optional<std::int64_t> message_bytes_max;
    std::optional<std::int64_t> handshake_timeout_ms;
    std::optional<std::int64_t> consumer_timeout_ms;
    std::string definitions;  ///< a file with RabbitMQ's users and permissions
    /// Of queues that are declared without one.
    enum class QueueType : std::uint8_t { classic, quorum };
    QueueType default_queue_type = QueueType::classic;
    std::vector<OperatorPolicy> operator_policies;
    // What the management API's users may do.
    bool operator_policy_changes = true;
    bool replica_operations = true;

    bool operator==(const Amqp091&) const = default;
};

/// How many sessions a user may have at a time, and queues it may have made; -1: any number.
struct ResourceLimit {
    std::string user;
    std::int64_t sessions_max = -1;
    std::int64_t queues_max = -1;

    bool operator==(const ResourceLimit&) const = default;
};

/// Which of the broker's views JMX shows, and what they are called.
struct ManagementContext {
    std::string domain = "org.apache.activemq";
    std::string suppressed;  ///< parts of names: pairs of key=value, separated by commas
    bool remote_addresses = true;

    bool operator==(const ManagementContext&) const = default;
};

/// A whole document: all that a broker may be told, with ActiveMQ Classic's defaults.
struct Broker {
    std::string name = "localhost";
    std::string data_directory;
    bool persistent = true;
    bool delete_all_messages_on_startup = false;
    bool start = true;
    bool use_virtual_topics = true;
    bool use_mirrored_queues = false;
    bool virtual_demand = false;  ///< advisories tell who consumes by way of virtual destinations
    bool virtual_demand_on_creation = false;  ///< and which queues are there for that
    bool use_temp_mirrored_queues = true;
    bool advisory_support = true;
    bool use_jmx = true;
    bool enable_statistics = true;
    bool user_names_in_views = false;
    ManagementContext management;
    bool anonymous_producer_advisories = false;
    std::int64_t inflated_bytes_max = 100 << 20;  ///< of a compressed body
    bool scheduler_support = false;
    std::int32_t scheduler_repeat_max = 1000;
    bool keep_durable_subscriptions_active = true;
    std::int64_t offline_subscriber_timeout_ms = -1;
    std::int64_t offline_subscriber_sweep_ms = 300'000;
    bool reject_durable_consumers = false;
    std::int32_t purge_sweep_ms = 0;  ///< how often idle destinations are looked for; 0: never
    std::int32_t purged_per_sweep_max = 0;
    bool allow_temp_creation_on_send = false;
    bool populate_user_id = false;  ///< messages say who sent them
    bool qualified_queue_names = false;
    std::optional<WildcardAddresses> wildcards;
    std::int32_t uncommitted_max = 0;
    std::int32_t disk_check_ms = 0;  ///< how often limits are compared with the disk; 0: once
    std::int64_t disk_regrow_bytes = -1;
    std::vector<TransportConnector> transport_connectors;
    std::vector<StartupDestination> destinations;
    Persistence persistence;
    SystemUsage system_usage;
    bool split_usage = false;  ///< producers may use only a part of the memory
    std::int32_t producer_usage_percent = 60;
    std::optional<Interceptors> interceptors;  ///< nothing: the built-in virtual topics
    std::vector<Divert> diverts;
    std::vector<ResourceLimit> resource_limits;
    std::vector<PolicyEntry> policy_entries;
    std::optional<PolicyEntry> default_policy;
    Plugins plugins;
    SslContext ssl_context;
    Amqp091 amqp091;

    bool operator==(const Broker&) const = default;
};

/// What the document says of each destination.
[[nodiscard]] broker::PolicyMap policies(const Broker& broker);

}  // namespace tern::config
