#include "config/artemis_schema.h"

#include "broker/selector/selector.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config::artemis {
namespace {

constexpr Support kOneFolder = no_effect("everything lies in the journal-directory");
constexpr Support kJournal = no_effect("the journal here has nothing of the kind to tune");
constexpr Support kCore = no_effect("about Artemis's own protocol, which is not spoken here");
constexpr Support kManagement =
    no_effect("operators come by HTTP, and the daemon's settings say which groups may");
constexpr Support kAlways = no_effect("holds here in any case");
constexpr Support kThreads = no_effect("threads are as many as suit this broker");

/// The text of `-1`, or a number of bytes.
std::expected<std::int64_t, std::string> parse_size(const std::string& text) {
    return parse_bytes(text, {-1, std::numeric_limits<std::int64_t>::max()});
}

std::optional<std::string> set_directory(Core& core, const std::string& text) {
    if (text.empty()) return "the name of a directory";
    core.data_directory = text;
    return {};
}

std::optional<std::string> set_file_size(Core& core, const std::string& text) {
    constexpr std::int64_t kLeast = std::int64_t{64} * 1024;
    const auto size = parse_bytes(text, {kLeast, std::int64_t{4} << 30});
    if (!size) return size.error();
    core.persistence.kaha_db.journal_file_max = Bytes{*size};
    return {};
}

std::optional<std::string> set_memory(Core& core, const std::string& text) {
    const auto size = parse_size(text);
    if (!size) return size.error();
    core.system_usage.memory.limit.reset();
    if (*size >= 0) core.system_usage.memory.limit = Bytes{*size};
    return {};
}

std::optional<std::string> set_datasync(Core& core, const std::string& text) {
    const auto syncs = parse_bool(text);
    if (!syncs) return syncs.error();
    core.persistence.kaha_db.sync = *syncs ? DiskSync::always : DiskSync::never;
    return {};
}

std::optional<std::string> set_refresh(Core& core, const std::string& text) {
    constexpr std::int64_t kDayMs = 86'400'000;
    const auto period = parse_integer(text, {-1, kDayMs});
    if (!period) return period.error();
    core.plugins.runtime_configuration.reset();
    if (*period > 0) core.plugins.runtime_configuration.emplace().check_period_ms = *period;
    return {};
}

const Element& wildcards_schema() {
    static const Element element =
        SchemaOf<WildcardAddresses>()
            .attribute("delimiter", &WildcardAddresses::delimiter)
            .attribute("any-words", &WildcardAddresses::any_words)
            .attribute("single-word", &WildcardAddresses::single_word)
            .known<bool>({"routing-enabled"}, no_effect("who consumes from a pattern gets what it "
                                                        "matches"))
            .values_as_elements()
            .check([](const WildcardAddresses& one) -> std::optional<std::string> {
                if (!one.delimiter.empty() && !one.any_words.empty() && !one.single_word.empty()) {
                    return {};
                }
                return "needs a delimiter, any-words and a single-word that are not empty";
            })
            .done();
    return element;
}

Element core_values() {
    return SchemaOf<Core>()
        .attribute("name", &Broker::name)
        .attribute("persistence-enabled", &Broker::persistent)
        .attribute("security-enabled", &Core::security_enabled)
        .attribute("populate-validated-user", &Broker::populate_user_id)
        .short_form("journal-directory", set_directory)
        .short_form("journal-datasync", set_datasync)
        .short_form("journal-file-size", set_file_size)
        .short_form("global-max-size", set_memory)
        .short_form("configuration-file-refresh-period", set_refresh)
        .maybe("wildcard-addresses", &Broker::wildcards, wildcards_schema)
        .opaque({"acceptors", "security-settings", "address-settings", "addresses", "diverts",
                 "resource-limit-settings"},
                kApplied)
        .done();
}

Element journal_hints() {
    return SchemaOf<Core>()
        .known<std::string>({"bindings-directory", "paging-directory", "large-messages-directory",
                             "node-manager-lock-directory"},
                            kOneFolder)
        .known<bool>({"create-bindings-dir", "create-journal-dir"}, kOneFolder)
        .opaque({"journal-retention-directory"}, no_effect("what was consumed is not kept"))
        .known<std::string>({"journal-type", "journal-device-block-size", "journal-buffer-size",
                             "journal-max-atticFilesize", "perf-blast-pages"},
                            kJournal)
        .known<std::int64_t>(
            {"journal-buffer-timeout", "journal-min-files", "journal-pool-files", "journal-max-io",
             "journal-compact-percentage", "journal-compact-min-files", "page-sync-timeout",
             "journal-file-open-timeout", "journal-lock-acquisition-timeout",
             "page-max-concurrent-io", "max-redelivery-records"},
            kJournal)
        .known<bool>({"log-journal-write-rate", "run-sync-speed-test", "large-message-sync",
                      "mirror-page-transaction"},
                     kJournal)
        .known<bool>({"journal-sync-transactional", "journal-sync-non-transactional",
                      "persist-delivery-count-before-delivery", "persist-id-cache"},
                     kAlways)
        .known<std::string>({"max-disk-usage", "min-disk-free"},
                            no_effect("sends wait when the disk has no room for four of the "
                                      "journal's files"))
        .known<std::int64_t>({"disk-scan-period"}, no_effect("the disk is looked at all the time"))
        .known<std::int64_t>({"global-max-messages"},
                             no_effect("memory is counted in bytes, by global-max-size"))
        .known<std::int64_t>({"id-cache-size"}, kHint)
        .done();
}

Element other_hints() {
    return SchemaOf<Core>()
        .known<std::int64_t>({"scheduled-thread-pool-max-size", "thread-pool-max-size",
                              "message-expiry-thread-priority", "critical-analyzer-timeout",
                              "critical-analyzer-check-period", "memory-warning-threshold",
                              "memory-measure-interval", "server-dump-interval"},
                             kThreads)
        .known<bool>({"critical-analyzer", "async-connection-execution-enabled"}, kThreads)
        .known<std::string>({"critical-analyzer-policy"}, kThreads)
        .known<std::int64_t>({"security-invalidation-interval", "authentication-cache-size",
                              "authorization-cache-size"},
                             no_effect("rights count as soon as they change"))
        .known<std::int64_t>({"message-expiry-scan-period", "address-queue-scan-period"},
                             no_effect("messages expire, and queues go, in time"))
        .known<std::int64_t>({"connection-ttl-override", "connection-ttl-check-interval"}, kCore)
        .known<std::int64_t>({"transaction-timeout", "transaction-timeout-scan-period"},
                             no_effect("a transaction ends with its connection"))
        .known<bool>({"message-counter-enabled", "jmx-management-enabled", "jmx-use-broker-name",
                      "management-message-rbac", "graceful-shutdown-enabled",
                      "suppress-session-notifications"},
                     kManagement)
        .known<std::int64_t>({"message-counter-sample-period", "message-counter-max-day-history",
                              "graceful-shutdown-timeout"},
                             kManagement)
        .known<std::string>({"management-address", "management-notification-address", "jmx-domain",
                             "view-permission-method-match-pattern"},
                            kManagement)
        .known<std::string>({"cluster-user", "cluster-password"}, kNoNetwork)
        .known<bool>({"mask-password"}, no_effect("what is in ENC(…) is decrypted"))
        .known<bool>({"wild-card-routing-enabled", "resolve-protocols",
                      "reject-empty-validated-user", "amqp-use-core-subscription-naming"},
                     kHint)
        .known<std::string>(
            {"system-property-prefix", "internal-naming-prefix", "temporary-queue-namespace",
             "uuid-namespace", "literal-match-markers"},
            kHint)
        .known<std::string>({"password-codec"},
                            rejected("Java classes cannot decrypt here: use "
                                     "ENC(…) with ACTIVEMQ_ENCRYPTION_PASSWORD"))
        .known<std::int64_t>({"network-check-period", "network-check-timeout"}, kNoNetwork)
        .known<std::string>({"network-check-list", "network-check-NIC", "network-check-URL-list",
                             "network-check-ping-command", "network-check-ping6-command"},
                            kNoNetwork)
        .opaque({"connectors", "cluster-connections", "broadcast-groups", "discovery-groups",
                 "grouping-handler", "federations", "broker-connections", "amqp-connections",
                 "connection-routers", "balancers"},
                kNoNetwork)
        .opaque({"bridges"}, no_effect("bridges are not available"))
        .opaque({"ha-policy"},
                no_effect("two brokers on one data directory stand by for each other"))
        .opaque({"metrics", "metrics-plugin"}, no_effect("there are always numbers at /metrics"))
        .opaque({"queues"}, rejected("name queues within <addresses>"))
        .opaque({"broker-plugins", "remoting-incoming-interceptors",
                 "remoting-outgoing-interceptors", "remoting-interceptors"},
                rejected("Java classes cannot intercept here"))
        .done();
}

const Element& permission_schema() {
    static const Element element = SchemaOf<Permission>()
                                       .attribute("type", &Permission::type)
                                       .required()
                                       .attribute("roles", &Permission::roles)
                                       .required()
                                       .done();
    return element;
}

const Element& divert_filter_schema() {
    static const Element element =
        SchemaOf<Divert>()
            .alias("string", &Divert::filter)
            .required()
            .check([](const Divert& divert) -> std::optional<std::string> {
                const auto parsed = selector::Selector::parse(divert.filter);
                if (parsed) return {};
                return "is no selector: " + parsed.error().text();
            })
            .done();
    return element;
}

}  // namespace

const Element& core_schema() {
    static const Element element = SchemaOf<Core>()
                                       .with(core_values())
                                       .with(journal_hints())
                                       .with(other_hints())
                                       .values_as_elements()
                                       .done();
    return element;
}

const Element& acceptor_schema() {
    static const Element element = SchemaOf<Acceptor>()
                                       .attribute("name", &Acceptor::name)
                                       .attribute("uri", &Acceptor::uri)
                                       .required()
                                       .as_text()
                                       .done();
    return element;
}

const Element& security_setting_schema() {
    static const Element element =
        SchemaOf<SecuritySetting>()
            .attribute("match", &SecuritySetting::match)
            .required()
            .many("permission", &SecuritySetting::permissions, permission_schema)
            .opaque({"role-mapping"}, rejected("name the roles themselves as groups"))
            .opaque({"security-setting-plugin"},
                    rejected("Java classes cannot decide here: use <permission> elements"))
            .done();
    return element;
}

const Element& address_schema() {
    static const Element element = SchemaOf<Address>()
                                       .attribute("name", &Address::name)
                                       .required()
                                       .opaque({"anycast", "multicast"}, kApplied)
                                       .done();
    return element;
}

const Element& divert_schema() {
    using Routing = Divert::Routing;
    static const Element element = SchemaOf<Divert>()
                                       .attribute("name", &Divert::name)
                                       .attribute("address", &Divert::address)
                                       .required()
                                       .attribute("forwarding-address", &Divert::forwarding_address)
                                       .required()
                                       .attribute("exclusive", &Divert::exclusive)
                                       .choice<Divert, Routing>("routing-type", &Divert::routing,
                                                                {{"STRIP", Routing::as_before},
                                                                 {"PASS", Routing::as_before},
                                                                 {"ANYCAST", Routing::to_queues},
                                                                 {"MULTICAST", Routing::to_topics}})
                                       .known<std::string>({"routing-name"}, kHint)
                                       .read_only_group("filter", divert_filter_schema)
                                       .opaque({"transformer", "transformer-class-name"},
                                               rejected("Java classes cannot change messages here"))
                                       .values_as_elements()
                                       .done();
    return element;
}

const Element& resource_limit_schema() {
    static const Element element = SchemaOf<ResourceLimit>()
                                       .attribute("match", &ResourceLimit::user)
                                       .required()
                                       .attribute("max-sessions", &ResourceLimit::sessions_max)
                                       .attribute("max-queues", &ResourceLimit::queues_max)
                                       .values_as_elements()
                                       .done();
    return element;
}

const Element& jms_destination_schema() {
    static const Element element = SchemaOf<StartupDestination>()
                                       .attribute("name", &StartupDestination::name)
                                       .required()
                                       .done();
    return element;
}

}  // namespace tern::config::artemis
