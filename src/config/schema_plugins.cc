#include "broker/selector/regex.h"
#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

#include <algorithm>

namespace tern::config {
namespace {

constexpr Support kNoSecurity =
    rejected("nothing here would enforce it: use <simpleAuthenticationPlugin>");
constexpr Range kMilliseconds{0, std::int64_t{10} * 365 * 24 * 3600 * 1000};

const Element& runtime_configuration_schema() {
    static const Element element =
        SchemaOf<RuntimeConfiguration>()
            .attribute("checkPeriod", &RuntimeConfiguration::check_period_ms, kApplied,
                       {0, 86'400'000})
            .done();
    return element;
}

const Element& path_separator_schema() {
    static const Element element =
        SchemaOf<PathSeparator>()
            .attribute("pathSeparator", &PathSeparator::separator)
            .check([](const PathSeparator& plugin) {
                return plugin.separator.empty()
                           ? std::optional<std::string>("needs a pathSeparator")
                           : std::nullopt;
            })
            .done();
    return element;
}

const Element& selector_cache_schema() {
    static const Element element =
        SchemaOf<SelectorCache>()
            .known<std::string>({"persistFile"}, no_effect("the journal has it"))
            .known<std::int64_t>({"persistInterval"}, no_effect("the journal has it at once"))
            .known<bool>({"singleSelectorPerDestination", "ignoreWildcardSelectors"},
                         no_effect("all selectors of a queue are remembered"))
            .done();
    return element;
}

const Element& logging_schema() {
    static const Element element =
        SchemaOf<LoggingPlugin>()
            .attribute("logAll", &LoggingPlugin::all)
            .attribute("logConnectionEvents", &LoggingPlugin::connections)
            .attribute("logSessionEvents", &LoggingPlugin::sessions)
            .attribute("logConsumerEvents", &LoggingPlugin::consumers)
            .attribute("logProducerEvents", &LoggingPlugin::producers)
            .attribute("logTransactionEvents", &LoggingPlugin::transactions)
            .attribute("logInternalEvents", &LoggingPlugin::internals)
            .known<bool>({"perDestinationLogger"},
                         no_effect("the lines name the destinations in any case"))
            .done();
    return element;
}

const Element& connections_graph_schema() {
    static const Element element =
        SchemaOf<ConnectionsGraph>().attribute("file", &ConnectionsGraph::file).done();
    return element;
}

const Element& destinations_graph_schema() {
    static const Element element =
        SchemaOf<DestinationsGraph>().attribute("file", &DestinationsGraph::file).done();
    return element;
}

const Element& statistics_schema() {
    static const Element element = SchemaOf<Statistics>().done();
    return element;
}

const Element& time_stamping_schema() {
    using broker::TimeStamping;
    static const Element element =
        SchemaOf<TimeStamping>()
            .attribute("zeroExpirationOverride", &TimeStamping::zero_expiration_ms, kApplied,
                       kMilliseconds)
            .attribute("ttlCeiling", &TimeStamping::life_ms_max, kApplied, kMilliseconds)
            .attribute("futureOnly", &TimeStamping::future_only)
            .attribute("processNetworkMessages", &TimeStamping::network_messages, kNoNetwork)
            .done();
    return element;
}

const Element& force_persistence_schema() {
    using broker::ForcePersistence;
    static const Element element = SchemaOf<ForcePersistence>()
                                       .attribute("persistenceFlag", &ForcePersistence::persistent)
                                       .done();
    return element;
}

/// Regular expressions between blanks.
std::optional<std::string> set_only(broker::DiscardDeadLetters& plugin, const std::string& text) {
    std::string words = text;
    std::ranges::replace_if(words, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    for (const std::string& word : split(words, ' ')) {
        const auto regex = selector::Regex::compile(word);
        if (!regex) return "regular expressions between blanks: " + word + ": " + regex.error();
    }
    plugin.only = text;
    return {};
}

const Element& discarding_schema() {
    using broker::DiscardDeadLetters;
    static const Element element =
        SchemaOf<DiscardDeadLetters>()
            .attribute("dropAll", &DiscardDeadLetters::all)
            .attribute("dropTemporaryTopics", &DiscardDeadLetters::temporary_topics)
            .attribute("dropTemporaryQueues", &DiscardDeadLetters::temporary_queues)
            .text("dropOnly", set_only,
                  [](const DiscardDeadLetters& plugin) -> std::optional<std::string> {
                      if (plugin.only.empty()) return {};
                      return plugin.only;
                  })
            .attribute("reportInterval", &DiscardDeadLetters::report_every, kApplied, kNatural)
            .done();
    return element;
}

const Element& redelivery_policy_schema() {
    constexpr Support kClients = no_effect("it is for clients");
    static const Element element =
        SchemaOf<RedeliveryPolicy>()
            .attribute("queue", &RedeliveryPolicy::queue)
            .attribute("topic", &RedeliveryPolicy::topic)
            .attribute("tempQueue", &RedeliveryPolicy::temp_queue)
            .attribute("tempTopic", &RedeliveryPolicy::temp_topic)
            .attribute("maximumRedeliveries", &RedeliveryPolicy::redeliveries_max, kApplied, kLimit)
            .attribute("initialRedeliveryDelay", &RedeliveryPolicy::initial_delay_ms, kApplied,
                       kMilliseconds)
            .attribute("redeliveryDelay", &RedeliveryPolicy::delay_ms, kApplied, kMilliseconds)
            .attribute("maximumRedeliveryDelay", &RedeliveryPolicy::delay_ms_max, kApplied, kLimit)
            .attribute("useExponentialBackOff", &RedeliveryPolicy::exponential)
            .attribute("backOffMultiplier", &RedeliveryPolicy::multiplier)
            .attribute("useCollisionAvoidance", &RedeliveryPolicy::collision_avoidance)
            .attribute("collisionAvoidancePercent", &RedeliveryPolicy::collision_avoidance_percent,
                       kApplied, kPercent)
            .attribute("preDispatchCheck", &RedeliveryPolicy::check_before_dispatch, kClients)
            .check([](const RedeliveryPolicy& policy) -> std::optional<std::string> {
                // As in ActiveMQ: its scheduler does not know shorter times.
                constexpr std::int64_t kShortestMs = 1000;
                if (policy.initial_delay_ms >= kShortestMs && policy.delay_ms >= kShortestMs) {
                    return {};
                }
                return "needs an initialRedeliveryDelay and a redeliveryDelay of at least 1000";
            })
            .done();
    return element;
}

const Element& redelivery_entries_schema() {
    static const Element element =
        SchemaOf<RedeliveryPlugin>()
            .many("redeliveryPolicy", &RedeliveryPlugin::entries, redelivery_policy_schema)
            .done();
    return element;
}

const Element& redelivery_default_schema() {
    static const Element element =
        SchemaOf<RedeliveryPlugin>()
            .maybe("redeliveryPolicy", &RedeliveryPlugin::otherwise, redelivery_policy_schema)
            .done();
    return element;
}

const Element& redelivery_map_schema() {
    static const Element element = SchemaOf<RedeliveryPlugin>()
                                       .group("redeliveryPolicyEntries", redelivery_entries_schema)
                                       .group("defaultEntry", redelivery_default_schema)
                                       .done();
    return element;
}

const Element& redelivery_map_property_schema() {
    static const Element element =
        SchemaOf<RedeliveryPlugin>().group("redeliveryPolicyMap", redelivery_map_schema).done();
    return element;
}

const Element& redelivery_schema() {
    static const Element element =
        SchemaOf<RedeliveryPlugin>()
            .attribute("fallbackToDeadLetter", &RedeliveryPlugin::fall_back)
            .attribute("sendToDlqIfMaxRetriesExceeded",
                       &RedeliveryPlugin::dead_letter_when_exceeded)
            .group("redeliveryPolicyMap", redelivery_map_property_schema)
            .check([](const RedeliveryPlugin& plugin) -> std::optional<std::string> {
                for (const RedeliveryPolicy& entry : plugin.entries) {
                    if (!entry.destination()) {
                        return "has a redeliveryPolicy that is for no destination";
                    }
                }
                return {};
            })
            .done();
    return element;
}

const Element& header_rule_schema() {
    using broker::HeaderRule;
    using broker::TimeStamping;
    static const Element element =
        SchemaOf<HeaderRule>()
            .attribute("forceExpiration", &HeaderRule::forces_expiry)
            .attribute("zeroExpirationOverride", &TimeStamping::zero_expiration_ms, kApplied,
                       kMilliseconds)
            .attribute("expirationCeiling", &TimeStamping::life_ms_max, kApplied, kMilliseconds)
            .attribute("futureOnly", &TimeStamping::future_only)
            .attribute("processNetworkMessages", &TimeStamping::network_messages, kNoNetwork)
            .attribute("forceDeliveryMode", &HeaderRule::forces_persistence)
            .attribute("persistent", &HeaderRule::persistent)
            .done();
    return element;
}

const Element& header_chain_schema() {
    static const Element element =
        SchemaOf<broker::HeaderRules>()
            .read_only_group("messageInterceptorStrategies", header_rules_schema)
            .done();
    return element;
}

}  // namespace

const Element& header_rules_schema() {
    static const Element element =
        SchemaOf<broker::HeaderRules>()
            .many("headerMessageInterceptorStrategy", &broker::HeaderRules::rules,
                  header_rule_schema)
            .read_only_group("chainMessageInterceptorStrategy", header_chain_schema)
            .done();
    return element;
}

const Element& plugins_schema() {
    static const Element element =
        SchemaOf<Plugins>()
            .maybe("destinationPathSeparatorPlugin", &Plugins::path_separator,
                   path_separator_schema)
            .maybe("runtimeConfigurationPlugin", &Plugins::runtime_configuration,
                   runtime_configuration_schema)
            .maybe("simpleAuthenticationPlugin", &Plugins::simple_authentication,
                   simple_authentication_schema)
            .maybe("authorizationPlugin", &Plugins::authorization, authorization_schema)
            .maybe("jaasAuthenticationPlugin", &Plugins::jaas_authentication,
                   jaas_authentication_schema)
            .maybe("jaasCertificateAuthenticationPlugin", &Plugins::jaas_certificate_authentication,
                   jaas_authentication_schema)
            .maybe("jaasDualAuthenticationPlugin", &Plugins::jaas_dual_authentication,
                   jaas_dual_authentication_schema)
            .opaque({"shiroPlugin"}, kNoSecurity)
            .maybe("timeStampingBrokerPlugin", &Plugins::time_stamping, time_stamping_schema)
            .maybe("forcePersistencyModeBrokerPlugin", &Plugins::force_persistence,
                   force_persistence_schema)
            .opaque({"forcePersistencyModeBroker"},
                    rejected("use <forcePersistencyModeBrokerPlugin/>"))
            .maybe("discardingDLQBrokerPlugin", &Plugins::discard_dead_letters, discarding_schema)
            .maybe("redeliveryPlugin", &Plugins::redelivery, redelivery_schema)
            .maybe("statisticsBrokerPlugin", &Plugins::statistics, statistics_schema)
            .maybe("loggingBrokerPlugin", &Plugins::logging, logging_schema)
            .maybe("connectionDotFilePlugin", &Plugins::connections_graph, connections_graph_schema)
            .maybe("destinationDotFilePlugin", &Plugins::destinations_graph,
                   destinations_graph_schema)
            .opaque({"traceBrokerPathPlugin", "udpTraceBrokerPlugin", "multicastTraceBrokerPlugin",
                     "camelRoutesBrokerPlugin", "managementContextPlugin"},
                    no_effect("it only tells what happens, and this broker tells it otherwise"))
            .maybe("virtualSelectorCacheBrokerPlugin", &Plugins::selector_cache,
                   selector_cache_schema)
            .opaque({"destinationsPlugin"},
                    no_effect("queues are there until somebody removes them"))
            .opaque({"partitionBrokerPlugin"}, kNoNetwork)
            .opaque({"bean", "ref"}, rejected("Java classes cannot be plugins here"))
            .check([](const Plugins& plugins) -> std::optional<std::string> {
                const int realms =
                    static_cast<int>(plugins.simple_authentication.has_value()) +
                    static_cast<int>(plugins.jaas_authentication.has_value()) +
                    static_cast<int>(plugins.jaas_certificate_authentication.has_value()) +
                    static_cast<int>(plugins.jaas_dual_authentication.has_value());
                if (realms > 1) return "has several plugins that say who clients are";
                if (!plugins.authorization || realms == 1) return {};
                return "has an authorizationPlugin, but nothing that says who clients are: nobody "
                       "could do anything";
            })
            .done();
    return element;
}

}  // namespace tern::config
