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
            .attribute("keyStoreKeyPassword", &SslContext::key_password)
            .attribute("trustStore", &SslContext::trust_store)
            .attribute("trustStorePassword", &SslContext::trust_store_password)
            .known<std::string>({"keyStoreType", "trustStoreType"},
                                no_effect("a key store says itself what it is"))
            .known<std::string>({"id", "protocol", "provider", "keyStoreAlgorithm",
                                 "trustStoreAlgorithm", "secureRandomAlgorithm"},
                                kJava)
            .known<std::string>({"crlPath"},
                                rejected("revoked certificates are not looked up here"))
            .done();
    return element;
}

const Element& ssl_contexts_schema() {
    static const Element element =
        SchemaOf<Broker>().one("sslContext", &Broker::ssl_context, ssl_context_schema).done();
    return element;
}

/// What has a field in the model.
Element modelled() {
    return SchemaOf<Broker>()
        .attribute("brokerName", &Broker::name)
        .attribute("dataDirectory", &Broker::data_directory)
        .attribute("persistent", &Broker::persistent)
        .attribute("deleteAllMessagesOnStartup", &Broker::delete_all_messages_on_startup)
        .attribute("start", &Broker::start, kNotYet)
        .attribute("useVirtualTopics", &Broker::use_virtual_topics)
        .attribute("useMirroredQueues", &Broker::use_mirrored_queues)
        .attribute("useTempMirroredQueues", &Broker::use_temp_mirrored_queues)
        .attribute("advisorySupport", &Broker::advisory_support)
        .attribute("schedulerSupport", &Broker::scheduler_support)
        .attribute("maxSchedulerRepeatAllowed", &Broker::scheduler_repeat_max, kApplied, kNatural)
        .attribute("keepDurableSubsActive", &Broker::keep_durable_subscriptions_active, kNotYet)
        .attribute("offlineDurableSubscriberTimeout", &Broker::offline_subscriber_timeout_ms,
                   kNotYet, kLimit)
        .attribute("offlineDurableSubscriberTaskSchedule", &Broker::offline_subscriber_sweep_ms,
                   kNotYet, kLimit)
        .attribute("rejectDurableConsumers", &Broker::reject_durable_consumers, kNotYet)
        .attribute("schedulePeriodForDestinationPurge", &Broker::purge_sweep_ms, kApplied, kNatural)
        .attribute("maxPurgedDestinationsPerSweep", &Broker::purged_per_sweep_max, kApplied,
                   kNatural)
        .attribute("allowTempAutoCreationOnSend", &Broker::allow_temp_creation_on_send, kNotYet)
        .attribute("maxUncommittedCount", &Broker::uncommitted_max, kApplied, kNatural)
        .group("transportConnectors", transport_connectors_schema)
        .group("destinations", startup_destinations_schema)
        .group("destinationPolicy", destination_policy_schema)
        .maybe("destinationInterceptors", &Broker::interceptors, interceptors_schema)
        .one("persistenceAdapter", &Broker::persistence, persistence_schema)
        .one("systemUsage", &Broker::system_usage, system_usage_schema)
        .one("plugins", &Broker::plugins, plugins_schema)
        .group("sslContext", ssl_contexts_schema)
        .done();
}

/// What documents may have and nothing here depends on.
Element others() {
    return SchemaOf<Broker>()
        .known<std::string>({"id"}, no_effect("names the element within a Spring document"))
        .known<std::string>({"schedulerDirectory", "tmpDataDirectory"},
                            no_effect("everything is kept in the data directory"))
        .known<bool>({"enableStatistics", "useJmx"}, no_effect("there are always numbers"))
        .known<bool>(
            {"anonymousProducerAdvisorySupport", "populateJMSXUserID",
             "useAuthenticatedPrincipalForJMSXUserID", "populateUserNameInMBeans",
             "enableMessageExpirationOnActiveDurableSubs", "cacheTempDestinations",
             "useVirtualDestSubs", "useVirtualDestSubsOnCreation", "networkConnectorStartAsync"},
            kNotYet)
        .attribute("splitSystemUsageForProducersConsumers", &Broker::split_usage)
        .attribute("producerSystemUsagePortion", &Broker::producer_usage_percent, kApplied,
                   kPercent)
        .known<std::int32_t>({"consumerSystemUsagePortion"},
                             no_effect("consumers never wait for memory"), kPercent)
        .known<bool>({"adjustUsageLimits"},
                     no_effect("what the disk has left is looked at all the time"))
        .known<bool>({"rollbackOnlyOnAsyncException"},
                     no_effect("a transaction of which a send was refused is never committed"))
        .known<std::int32_t>({"timeBeforePurgeTempDestinations"}, kNotYet)
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
        .known<Bytes>({"maxInflatedDataSize"}, kNotYet, kNatural)
        .known<std::string>({"transportConnectorURIs", "networkConnectorURIs"},
                            rejected("write transportConnector and networkConnector elements"))
        .opaque({"managementContext"}, kJava)
        .opaque({"ioExceptionHandler"},
                no_effect("a broker that cannot write to its disk always leaves service"))
        .opaque({"networkConnectors"}, no_effect("networks of brokers are not available"))
        .opaque({"jmsBridgeConnectors", "jmsConnectors", "proxyConnectors"},
                no_effect("bridges are not available"))
        .opaque({"services", "shutdownHooks", "brokerContext", "destinationFactory"}, kJava)
        .opaque({"tempDataStore", "jobSchedulerStore"},
                no_effect("everything is kept in the data directory"))
        .opaque({"messageAuthorizationPolicy"},
                rejected("Java classes cannot decide here who may read a message"))
        .opaque({"persistenceFactory"}, rejected("use <persistenceAdapter><kahaDB/>"))
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
