#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

constexpr Support kNoSecurity = rejected(
    "nothing here would enforce it: remove it, and let only those reach the listeners who "
    "may use the broker");
constexpr Support kChangesMessages =
    rejected("this version does not do it, and leaving it out would change what consumers get");

const Element& runtime_configuration_schema() {
    static const Element element =
        SchemaOf<RuntimeConfiguration>()
            .attribute("checkPeriod", &RuntimeConfiguration::check_period_ms, kApplied,
                       {0, 86'400'000})
            .known<std::string>({"id"}, kHint)
            .done();
    return element;
}

const Element& statistics_schema() {
    static const Element element = SchemaOf<Statistics>().known<std::string>({"id"}, kHint).done();
    return element;
}

}  // namespace

const Element& plugins_schema() {
    static const Element element =
        SchemaOf<Plugins>()
            .opaque({"destinationPathSeparatorPlugin"}, kNotYet)
            .maybe("runtimeConfigurationPlugin", &Plugins::runtime_configuration,
                   runtime_configuration_schema)
            .opaque({"authorizationPlugin", "simpleAuthenticationPlugin",
                     "jaasAuthenticationPlugin", "jaasCertificateAuthenticationPlugin",
                     "jaasDualAuthenticationPlugin", "cachedLDAPAuthorizationMap", "shiroPlugin"},
                    kNoSecurity)
            .opaque({"timeStampingBrokerPlugin", "forcePersistencyModeBrokerPlugin",
                     "forcePersistencyModeBroker", "redeliveryPlugin", "discardingDLQBrokerPlugin"},
                    kChangesMessages)
            .maybe("statisticsBrokerPlugin", &Plugins::statistics, statistics_schema)
            .opaque({"loggingBrokerPlugin", "traceBrokerPathPlugin", "connectionDotFilePlugin",
                     "destinationDotFilePlugin", "udpTraceBrokerPlugin", "camelRoutesBrokerPlugin",
                     "managementContextPlugin"},
                    no_effect("it only tells what happens, and this broker tells it otherwise"))
            .opaque({"virtualSelectorCacheBrokerPlugin"}, kNotYet)
            .opaque({"bean", "ref"}, rejected("Java classes cannot be plugins here"))
            .done();
    return element;
}

}  // namespace tern::config
