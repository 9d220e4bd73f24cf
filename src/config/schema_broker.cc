#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

const Element& policy_entries_schema() {
    static const Element element =
        SchemaOf<Broker>().many("policyEntry", &Broker::policy_entries, policy_entry_schema).done();
    return element;
}

const Element& default_entry_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .maybe("policyEntry", &Broker::default_policy, policy_entry_schema)
            .done();
    return element;
}

const Element& policy_map_schema() {
    static const Element element = SchemaOf<Broker>()
                                       .group("policyEntries", policy_entries_schema)
                                       .group("defaultEntry", default_entry_schema)
                                       .done();
    return element;
}

const Element& destination_policy_schema() {
    static const Element element = SchemaOf<Broker>().group("policyMap", policy_map_schema).done();
    return element;
}

const Element& ssl_context_schema() {
    static const Element element =
        SchemaOf<SslContext>()
            .attribute("keyStore", &SslContext::key_store)
            .attribute("keyStorePassword", &SslContext::key_store_password)
            .secret()
            .attribute("keyPath", &SslContext::key)
            .attribute("keyStoreKeyPassword", &SslContext::key_password)
            .secret()
            .attribute("trustStore", &SslContext::trust_store)
            .attribute("trustStorePassword", &SslContext::trust_store_password)
            .secret()
            .known<std::string>({"keyStoreType", "trustStoreType"},
                                no_effect("a key store says itself what it is"))
            .known<std::string>({"protocol", "provider", "keyStoreAlgorithm", "trustStoreAlgorithm",
                                 "secureRandomAlgorithm"},
                                kJava)
            .attribute("crlPath", &SslContext::revocations)
            .done();
    return element;
}

const Element& ssl_contexts_schema() {
    static const Element element =
        SchemaOf<Broker>().one("sslContext", &Broker::ssl_context, ssl_context_schema).done();
    return element;
}

constexpr Support kNoConnector = no_effect("the views are served by HTTP, as with Jolokia");

const Element& management_context_schema() {
    static const Element element =
        SchemaOf<ManagementContext>()
            .attribute("jmxDomainName", &ManagementContext::domain)
            .attribute("suppressMBean", &ManagementContext::suppressed)
            .attribute("allowRemoteAddressInMBeanNames", &ManagementContext::remote_addresses)
            .known<bool>(
                {"createConnector", "createMBeanServer", "useMBeanServer", "findTigerMbeanServer"},
                kNoConnector)
            .known<std::int32_t>({"connectorPort", "rmiServerPort"}, kNoConnector)
            .known<std::string>({"connectorHost", "connectorPath", "brokerName"}, kNoConnector)
            .opaque({"property", "environment", "MBeanServer"}, kNoConnector)
            .check([](const ManagementContext& context) -> std::optional<std::string> {
                if (context.domain.empty() ||
                    context.domain.find_first_of(":*?,\n") != std::string::npos) {
                    return "has a jmxDomainName that no name can begin with";
                }
                for (const std::string& pair : split(context.suppressed, ',')) {
                    if (pair.find('=') == std::string::npos) {
                        return "has a suppressMBean that is not made of key=value";
                    }
                }
                return {};
            })
            .done();
    return element;
}

const Element& management_contexts_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .one("managementContext", &Broker::management, management_context_schema)
            .done();
    return element;
}

const Element& operator_policy_schema() {
    static const Element element = SchemaOf<OperatorPolicy>()
                                       .attribute("name", &OperatorPolicy::name)
                                       .required()
                                       .attribute("vhostPattern", &OperatorPolicy::vhost_pattern)
                                       .attribute("queuePattern", &OperatorPolicy::queue_pattern)
                                       .attribute("definition", &OperatorPolicy::definition)
                                       .required()
                                       .done();
    return element;
}

const Element& amqp091_schema() {
    constexpr Range kU16{0, UINT16_MAX};
    using QueueType = Amqp091::QueueType;
    static const Element element =
        SchemaOf<Amqp091>()
            .attribute("heartbeat", &Amqp091::heartbeat_s, kApplied, kU16)
            .attribute("channelMax", &Amqp091::channels_max, kApplied, kU16)
            .attribute("frameMax", &Amqp091::frame_bytes_max, kApplied, {8192, INT32_MAX})
            .attribute("maxMessageSize", &Amqp091::message_bytes_max, kApplied,
                       {1, std::int64_t{512} << 20})
            .attribute("handshakeTimeout", &Amqp091::handshake_timeout_ms, kApplied,
                       {100, std::int64_t{24} * 3600 * 1000})
            .attribute("consumerTimeout", &Amqp091::consumer_timeout_ms, kApplied, {0, INT32_MAX})
            .attribute("definitions", &Amqp091::definitions)
            .attribute("operatorPolicyChanges", &Amqp091::operator_policy_changes)
            .attribute("replicaOperations", &Amqp091::replica_operations)
            .many("operatorPolicy", &Amqp091::operator_policies, operator_policy_schema)
            .choice<Amqp091, QueueType>(
                "defaultQueueType", &Amqp091::default_queue_type,
                {{"classic", QueueType::classic}, {"quorum", QueueType::quorum}})
            .done();
    return element;
}

constexpr Support kTemporary =
    no_effect("a temporary destination goes with its connection, at once");

/// What has a field in the model.
Element modelled() {
    return SchemaOf<Broker>()
        .attribute("brokerName", &Broker::name)
        .attribute("dataDirectory", &Broker::data_directory)
        .alias("dataDirectoryFile", &Broker::data_directory)
        .attribute("persistent", &Broker::persistent)
        .attribute("deleteAllMessagesOnStartup", &Broker::delete_all_messages_on_startup)
        .attribute("start", &Broker::start,
                   no_effect("a daemon starts the broker that it is given"))
        .attribute("useVirtualTopics", &Broker::use_virtual_topics)
        .attribute("useMirroredQueues", &Broker::use_mirrored_queues)
        .attribute("useTempMirroredQueues", &Broker::use_temp_mirrored_queues)
        .attribute("useVirtualDestSubs", &Broker::virtual_demand)
        .attribute("useVirtualDestSubsOnCreation", &Broker::virtual_demand_on_creation)
        .attribute("advisorySupport", &Broker::advisory_support)
        .attribute("useJmx", &Broker::use_jmx)
        .attribute("enableStatistics", &Broker::enable_statistics)
        .attribute("populateUserNameInMBeans", &Broker::user_names_in_views)
        .attribute("anonymousProducerAdvisorySupport", &Broker::anonymous_producer_advisories)
        .bytes("maxInflatedDataSize", &Broker::inflated_bytes_max)
        .attribute("schedulerSupport", &Broker::scheduler_support)
        .attribute("maxSchedulerRepeatAllowed", &Broker::scheduler_repeat_max, kApplied, kNatural)
        .attribute("keepDurableSubsActive", &Broker::keep_durable_subscriptions_active,
                   no_effect("durable subscriptions always take what is sent to them"))
        .attribute("offlineDurableSubscriberTimeout", &Broker::offline_subscriber_timeout_ms,
                   kApplied, kLimit)
        .attribute("offlineDurableSubscriberTaskSchedule", &Broker::offline_subscriber_sweep_ms,
                   kApplied, kLimit)
        .attribute("rejectDurableConsumers", &Broker::reject_durable_consumers)
        .attribute("schedulePeriodForDestinationPurge", &Broker::purge_sweep_ms, kApplied, kNatural)
        .attribute("maxPurgedDestinationsPerSweep", &Broker::purged_per_sweep_max, kApplied,
                   kNatural)
        .attribute("allowTempAutoCreationOnSend", &Broker::allow_temp_creation_on_send)
        .attribute("populateJMSXUserID", &Broker::populate_user_id)
        .attribute("qualifiedQueueNames", &Broker::qualified_queue_names)
        .attribute("maxUncommittedCount", &Broker::uncommitted_max, kApplied, kNatural)
        .group("transportConnectors", transport_connectors_schema)
        .group("destinations", startup_destinations_schema)
        .group("destinationPolicy", destination_policy_schema)
        .maybe("destinationInterceptors", &Broker::interceptors, interceptors_schema)
        .group("diverts", diverts_schema)
        .group("resourceLimits", resource_limits_schema)
        .maybe("wildcardAddresses", &Broker::wildcards, wildcards_schema)
        .one("persistenceAdapter", &Broker::persistence, persistence_schema)
        .read_only_one("persistenceFactory", &Broker::persistence, persistence_schema)
        .one("systemUsage", &Broker::system_usage, system_usage_schema)
        .one("plugins", &Broker::plugins, plugins_schema)
        .group("sslContext", ssl_contexts_schema)
        .group("managementContext", management_contexts_schema)
        .one("amqp091", &Broker::amqp091, amqp091_schema)
        .done();
}

/// What documents may have and nothing here depends on.
Element others() {
    return SchemaOf<Broker>()
        .known<std::string>({"schedulerDirectory", "schedulerDirectoryFile", "tmpDataDirectory"},
                            no_effect("everything is kept in the data directory"))
        .known<bool>({"useAuthenticatedPrincipalForJMSXUserID"},
                     no_effect("messages never name another user than the one that was let in"))
        .known<bool>({"enableMessageExpirationOnActiveDurableSubs"},
                     no_effect("messages expire in time, whoever waits for them"))
        .known<bool>({"cacheTempDestinations"}, kTemporary)
        .known<bool>({"startAsync"}, no_effect("a daemon starts the broker that it is given"))
        .short_form("useLocalHostBrokerName",
                    [](Broker&, const std::string& text) -> std::optional<std::string> {
                        const auto value = parse_bool(text);
                        if (!value) return value.error();
                        return *value ? std::optional<std::string>("false: write a brokerName")
                                      : std::nullopt;
                    })
        .known<std::string>({"brokerId"}, no_effect("the broker makes an id of its own"))
        .known<std::string>({"vmConnectorURI"}, kJava)
        .known<bool>({"networkConnectorStartAsync"}, kNoNetwork)
        .attribute("splitSystemUsageForProducersConsumers", &Broker::split_usage)
        .attribute("producerSystemUsagePortion", &Broker::producer_usage_percent, kApplied,
                   kPercent)
        .known<std::int32_t>({"consumerSystemUsagePortion"},
                             no_effect("consumers never wait for memory"), kPercent)
        .known<bool>({"adjustUsageLimits"},
                     no_effect("what the disk has left is looked at all the time"))
        .known<bool>({"rollbackOnlyOnAsyncException"},
                     no_effect("a transaction of which a send was refused is never committed"))
        .known<std::int32_t>({"timeBeforePurgeTempDestinations"}, kTemporary)
        .attribute("diskUsageCheckRegrowThreshold", &Broker::disk_regrow_bytes, kApplied, kLimit)
        .attribute("schedulePeriodForDiskUsageCheck", &Broker::disk_check_ms, kApplied, kNatural)
        .known<bool>({"restartAllowed", "useShutdownHook", "useLoggingForShutdownErrors",
                      "systemExitOnShutdown", "dedicatedTaskRunner", "monitorConnectionSplits",
                      "virtualThreadTaskRunner"},
                     kJava)
        .known<std::int32_t>({"systemExitOnShutdownExitCode", "taskRunnerPriority",
                              "persistenceThreadPriority", "mbeanInvocationTimeout"},
                             kJava)
        .known<bool>({"waitForSlave", "passiveSlave", "shutdownOnMasterFailure",
                      "shutdownOnSlaveFailure", "supportFailOver"},
                     no_effect("of a kind of pair that ActiveMQ itself has given up"))
        .known<std::int64_t>({"waitForSlaveTimeout"},
                             no_effect("of a kind of pair that ActiveMQ itself has given up"))
        .known<std::int32_t>({"storeOpenWireVersion"},
                             no_effect("messages are stored as they came in"))
        .known<std::string>({"transportConnectorURIs", "networkConnectorURIs"},
                            rejected("write transportConnector and networkConnector elements"))
        .opaque({"ioExceptionHandler"},
                no_effect("a broker that cannot write to its disk always leaves service"))
        .opaque({"networkConnectors"}, kNoNetwork)
        .opaque({"jmsBridgeConnectors", "jmsConnectors", "proxyConnectors"},
                no_effect("bridges are not available"))
        .opaque({"services", "shutdownHooks", "brokerContext", "destinationFactory"}, kJava)
        .opaque({"tempDataStore", "jobSchedulerStore"},
                no_effect("everything is kept in the data directory"))
        .opaque({"messageAuthorizationPolicy"},
                rejected("Java classes cannot decide here who may read a message"))
        .done();
}

}  // namespace

const Element& broker_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .with(modelled())
            .with(others())
            .check([](const Broker& broker) -> std::optional<std::string> {
                for (const PolicyEntry& entry : broker.policy_entries) {
                    if (!entry.destination()) return "has a policyEntry that is for no destination";
                }
                if (broker.plugins.redelivery && !broker.scheduler_support) {
                    return "has a redeliveryPlugin, which needs schedulerSupport=\"true\"";
                }
                return {};
            })
            .done();
    return element;
}

}  // namespace tern::config
