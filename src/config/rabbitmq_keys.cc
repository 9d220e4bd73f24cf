#include "config/rabbitmq_keys.h"

#include "config/connector_uri.h"
#include "config/schema_tables.h"
#include "config/values.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace tern::config::rabbitmq {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Support kSocket = no_effect("sockets are set up as suits this broker");
constexpr Support kRuntime = no_effect("about RabbitMQ's own machine, which there is none of here");
constexpr Support kOperators = no_effect(
    "operators come by HTTP: --listen http=HOST:PORT, or management=HOST:PORT for RabbitMQ's "
    "tools");
constexpr Support kLog = no_effect("the log goes to standard error: the setting log.level");
constexpr const char* kNotEmpty = "a text that is not empty";
constexpr Support kRealms = rejected(
    "users are those of definitions, of an authentication plugin in activemq.xml or of "
    "login.config "
    "(docs/guides/realms.md)");
constexpr Support kDisk =
    no_effect("sends wait when the disk has no room for four of the journal's files");

/// As RabbitMQ counts: `kB` is 1000, `k` and `kiB` are 1024 bytes.
std::expected<std::int64_t, std::string> parse_size(const std::string& text) {
    struct Unit {
        std::string_view name;
        std::int64_t bytes;
    };
    constexpr std::int64_t kK = 1000;
    constexpr std::int64_t kKi = 1024;
    constexpr std::array<Unit, 19> kUnits{{{"", 1},
                                           {"k", kKi},
                                           {"K", kKi},
                                           {"kiB", kKi},
                                           {"KiB", kKi},
                                           {"Ki", kKi},
                                           {"kB", kK},
                                           {"KB", kK},
                                           {"M", kKi * kKi},
                                           {"MiB", kKi * kKi},
                                           {"Mi", kKi * kKi},
                                           {"MB", kK * kK},
                                           {"G", kKi * kKi * kKi},
                                           {"GiB", kKi * kKi * kKi},
                                           {"Gi", kKi * kKi * kKi},
                                           {"GB", kK * kK * kK},
                                           {"T", kKi * kKi * kKi * kKi},
                                           {"TiB", kKi * kKi * kKi * kKi},
                                           {"TB", kK * kK * kK * kK}}};
    const std::string_view all = trim(text);
    const std::size_t digits = std::min(all.find_first_not_of("0123456789"), all.size());
    const auto number = parse_integer(all.substr(0, digits), {0, INT64_MAX});
    const auto unit = std::ranges::find(kUnits, trim(all.substr(digits)), &Unit::name);
    std::int64_t bytes = 0;
    const bool fits =
        number && unit != kUnits.end() && !__builtin_mul_overflow(*number, unit->bytes, &bytes);
    if (fits) return bytes;
    return std::unexpected("a number of bytes, such as 2GB or 512MiB");
}

/// Of `PORT` or `HOST:PORT`, as URIs have it; nothing: it is neither.
std::optional<std::string> address_of(const std::string& value) {
    std::string at = value;
    if (at.find(':') == std::string::npos) at.insert(0, "0.0.0.0:");
    // `::1:5672` is RabbitMQ's way to write what others put in brackets.
    const std::size_t colon = at.rfind(':');
    if (at.find(':') != colon && !at.starts_with('[')) {
        at = "[" + at.substr(0, colon) + "]" + at.substr(colon);
    }
    if (at.find_first_of("/?#@,() ") != std::string::npos) return {};
    if (!parse_connector_uri("amqp://" + at)) return {};
    return at;
}

Key listener(std::string_view name, Listeners File::* field) {
    return {name, kApplied,
            [field](File& file, std::string_view key,
                    const std::string& value) -> std::optional<std::string> {
                const auto address = address_of(value);
                if (!address) return "a port, or HOST:PORT";
                (file.*field)[std::string(key.substr(key.rfind('.') + 1))] = *address;
                return {};
            }};
}

/// `listeners.tcp = none`.
Key no_listeners(std::string_view name, Listeners File::* field) {
    return {name, kApplied,
            [field](File& file, std::string_view,
                    const std::string& value) -> std::optional<std::string> {
                if (value != "none") return "none, or listeners one by one: listeners.tcp.1 = …";
                (file.*field).clear();
                return {};
            }};
}

template <class M>
Key number(std::string_view name, Support support, M Amqp091::* field, Range range) {
    return {name, support,
            [field, range](File& file, std::string_view,
                           const std::string& value) -> std::optional<std::string> {
                const auto number = parse_integer(value, range);
                if (!number) return number.error();
                using Value = typename M::value_type;
                file.broker.amqp091.*field = static_cast<Value>(*number);
                return {};
            }};
}

/// `what`: the value should be that.
Key text(std::string_view name, const char* what, std::string& (*field)(File&)) {
    return {
        name, kApplied,
        [=](File& file, std::string_view, const std::string& value) -> std::optional<std::string> {
            if (value.empty()) return what;
            field(file) = value;
            return {};
        }};
}

Key path(std::string_view name, std::string& (*field)(File&)) {
    return text(name, "the name of a file", field);
}

Key flag(std::string_view name, Support support, bool File::* field = nullptr) {
    return {name, support,
            [field](File& file, std::string_view,
                    const std::string& value) -> std::optional<std::string> {
                const auto is = parse_bool(value);
                if (!is) return is.error();
                if (field != nullptr) file.*field = *is;
                return {};
            }};
}

/// What is not `disabled` is allowed.
Key restriction(std::string_view name, bool Amqp091::* allowed) {
    return {name, kApplied,
            [allowed](File& file, std::string_view,
                      const std::string& value) -> std::optional<std::string> {
                const auto disabled = parse_bool(value);
                if (!disabled) return disabled.error();
                file.broker.amqp091.*allowed = !*disabled;
                return {};
            }};
}

/// A number that has no field here.
Key count(std::string_view name, Support support, Range range = kNatural) {
    return {
        name, support,
        [range](File&, std::string_view, const std::string& value) -> std::optional<std::string> {
            const auto number = parse_integer(value, range);
            return number ? std::nullopt : std::optional(number.error());
        }};
}

Key any(std::string_view name, Support support) {
    return {name, support, nullptr};
}

std::optional<std::string> set_memory_share(File& file, std::string_view,
                                            const std::string& value) {
    const auto share = parse_double(value);
    if (!share || *share <= 0 || *share > 1) return "a number above 0, at most 1";
    constexpr double kPercent = 100;
    file.broker.system_usage.memory = {};
    file.broker.system_usage.memory.percent =
        std::max(1, static_cast<std::int32_t>(*share * kPercent));
    return {};
}

std::optional<std::string> set_memory(File& file, std::string_view, const std::string& value) {
    const auto bytes = parse_size(value);
    if (!bytes) return bytes.error();
    file.broker.system_usage.memory = {};
    file.broker.system_usage.memory.limit = Bytes{*bytes};
    return {};
}

std::optional<std::string> set_verify(File& file, std::string_view, const std::string& value) {
    if (value != "verify_none" && value != "verify_peer") return "verify_none or verify_peer";
    file.verifies_clients = value == "verify_peer";
    return {};
}

std::optional<std::string> need_size(File&, std::string_view, const std::string& value) {
    const auto bytes = parse_size(value);
    return bytes ? std::nullopt : std::optional(bytes.error());
}

std::vector<Key> listener_keys() {
    return {
        no_listeners("listeners.tcp", &File::plain),
        no_listeners("listeners.ssl", &File::encrypted),
        listener("listeners.tcp.*", &File::plain),
        listener("listeners.ssl.*", &File::encrypted),
        listener("stomp.listeners.tcp.*", &File::stomp),
        listener("stomp.listeners.ssl.*", &File::stomp_encrypted),
        listener("mqtt.listeners.tcp.*", &File::mqtt),
        listener("mqtt.listeners.ssl.*", &File::mqtt_encrypted),
        flag("proxy_protocol", kApplied, &File::proxied),
        {"connection_max", kApplied,
         [](File& file, std::string_view, const std::string& value) -> std::optional<std::string> {
             if (value == "infinity") return {};
             const auto most = parse_integer(value, kNatural);
             if (!most) return most.error();
             file.connections_max = *most;
             return {};
         }},
        path("ssl_options.certfile",
             [](File& file) -> std::string& { return file.broker.ssl_context.key_store; }),
        path("ssl_options.keyfile",
             [](File& file) -> std::string& { return file.broker.ssl_context.key; }),
        path("ssl_options.cacertfile",
             [](File& file) -> std::string& { return file.broker.ssl_context.trust_store; }),
        path("ssl_options.password",
             [](File& file) -> std::string& { return file.broker.ssl_context.key_password; }),
        {"ssl_options.verify", kApplied, set_verify},
        flag("ssl_options.fail_if_no_peer_cert", kApplied, &File::needs_certificates),
        any("ssl_options.>", no_effect("the daemon's settings tls.… say which versions and ciphers "
                                       "there are")),
        any("tcp_listen_options.>", kSocket),
        count("num_acceptors.*", kSocket),
        flag("reverse_dns_lookups", kSocket),
        any("net_ticktime", kNoNetwork),
    };
}

std::vector<Key> protocol_keys() {
    constexpr Range kU16{0, UINT16_MAX};
    return {
        number("heartbeat", kApplied, &Amqp091::heartbeat_s, kU16),
        number("channel_max", kApplied, &Amqp091::channels_max, kU16),
        number("frame_max", kApplied, &Amqp091::frame_bytes_max, {8192, INT32_MAX}),
        number("max_message_size", kApplied, &Amqp091::message_bytes_max,
               {1, std::int64_t{512} << 20}),
        number("handshake_timeout", kApplied, &Amqp091::handshake_timeout_ms, {100, kDayMs}),
        path("load_definitions",
             [](File& file) -> std::string& { return file.broker.amqp091.definitions; }),
        number("consumer_timeout", kApplied, &Amqp091::consumer_timeout_ms, {0, INT32_MAX}),
        {"vm_memory_high_watermark.relative", kApplied, set_memory_share},
        {"vm_memory_high_watermark.absolute", kApplied, set_memory},
        count("vm_memory_high_watermark_paging_ratio",
              no_effect("messages leave memory for the disk long before")),
        {"disk_free_limit.absolute", kDisk, need_size},
        any("disk_free_limit.relative", kDisk),
        {"default_queue_type", kApplied,
         [](File& file, std::string_view, const std::string& value) -> std::optional<std::string> {
             if (value != "classic" && value != "quorum") return "classic or quorum";
             using Type = Amqp091::QueueType;
             file.broker.amqp091.default_queue_type =
                 value == "quorum" ? Type::quorum : Type::classic;
             return {};
         }},
        text("cluster_name", kNotEmpty,
             [](File& file) -> std::string& { return file.broker.name; }),
    };
}

std::vector<Key> user_keys() {
    return {
        text("default_user", kNotEmpty, [](File& file) -> std::string& { return file.user; }),
        text("default_pass", kNotEmpty, [](File& file) -> std::string& { return file.password; }),
        {"default_vhost", kApplied,
         [](File&, std::string_view, const std::string& value) -> std::optional<std::string> {
             if (value == "/") return {};
             return "/: others are made by definitions";
         }},
        any("default_user_tags.*", no_effect("the default user may do everything")),
        any("default_permissions.*", no_effect("the default user may do everything")),
        any("loopback_users", no_effect("the user guest is let in from this machine alone, unless "
                                        "users are named")),
        any("loopback_users.*", no_effect("the user guest is let in from this machine alone, "
                                          "unless users are named")),
        {"auth_backends.*", kApplied,
         [](File&, std::string_view, const std::string& value) -> std::optional<std::string> {
             if (value == "internal" || value == "rabbit_auth_backend_internal") return {};
             return "internal: users elsewhere are looked for as login.config says "
                    "(docs/guides/realms.md)";
         }},
        any("auth_mechanisms.*", no_effect("PLAIN, AMQPLAIN and EXTERNAL are offered where they "
                                           "can be used")),
        any("anonymous_login_user", no_effect("nobody is let in without a name but where nobody "
                                              "says who clients are")),
        any("anonymous_login_pass", no_effect("nobody is let in without a name but where nobody "
                                              "says who clients are")),
        any("auth_ldap.>", kRealms),
        any("auth_oauth2.>", kRealms),
        any("auth_http.>", kRealms),
        any("auth_cache.>", kRealms),
        any("ssl_cert_login_from", no_effect("a certificate stands for whom login.config says")),
        any("ssl_cert_login_san_type",
            no_effect("a certificate stands for whom login.config says")),
        count("ssl_cert_login_san_index",
              no_effect("a certificate stands for whom login.config says")),
        any("definitions.>", rejected("write load_definitions = FILE")),
        any("management.load_definitions", rejected("write load_definitions = FILE")),
        any("aws.>", rejected("name files: nothing is fetched from elsewhere")),
        any("config_entry_decoder.>",
            rejected("values are not decrypted: name them by ${…} from the environment")),
    };
}

/// As RabbitMQ counts: `1h`, `1d12h`, or a number of milliseconds.
std::expected<std::int64_t, std::string> parse_duration(const std::string& text) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kUnits{{{"ms", 1},
                                                                               {"s", 1000},
                                                                               {"m", 60'000},
                                                                               {"h", 3'600'000},
                                                                               {"d", kDayMs},
                                                                               {"w", 7 * kDayMs}}};
    const std::string wrong = "a time, such as 1h or 90s";
    if (const auto plain = parse_integer(text, kNatural)) return *plain;
    std::int64_t sum = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        const auto number = parse_integer(rest.substr(0, digits), kNatural);
        rest.remove_prefix(digits);
        const std::size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
        const auto unit = std::ranges::find(kUnits, rest.substr(0, letters),
                                            &std::pair<std::string_view, std::int64_t>::first);
        rest.remove_prefix(letters);
        std::int64_t part = 0;
        const bool fits = number && unit != kUnits.end() &&
                          !__builtin_mul_overflow(*number, unit->second, &part) &&
                          !__builtin_add_overflow(sum, part, &sum);
        if (!fits) return std::unexpected(wrong);
    }
    if (text.empty()) return std::unexpected(wrong);
    return sum;
}

/// The policy that a key such as `default_policies.operator.NAME.expires` is about.
OperatorPolicy& policy_of(File& file, std::string_view key) {
    constexpr std::string_view kBefore = "default_policies.operator.";
    std::string_view name = key.substr(kBefore.size());
    name = name.substr(0, name.find('.'));
    auto& all = file.broker.amqp091.operator_policies;
    const auto known = std::ranges::find(all, name, &OperatorPolicy::name);
    if (known != all.end()) return *known;
    all.push_back({.name = std::string(name), .definition = "{}"});
    return all.back();
}

using ReadNumber = std::expected<std::int64_t, std::string> (*)(const std::string&);

/// Sets a member of its definition.
Key policy_number(std::string_view name, std::string_view member, ReadNumber read) {
    return {name, kApplied,
            [member, read](File& file, std::string_view key,
                           const std::string& value) -> std::optional<std::string> {
                const auto number = read(value);
                if (!number) return number.error();
                std::string& definition = policy_of(file, key).definition;
                definition.pop_back();
                if (definition.size() > 1) definition += ',';
                definition.append("\"").append(member).append("\":");
                definition.append(std::to_string(*number)).append("}");
                return {};
            }};
}

Key policy_text(std::string_view name, std::string OperatorPolicy::* field) {
    return {name, kApplied,
            [field](File& file, std::string_view key,
                    const std::string& value) -> std::optional<std::string> {
                policy_of(file, key).*field = value;
                return {};
            }};
}

std::vector<Key> default_policy_keys() {
    const ReadNumber natural = [](const std::string& value) {
        return parse_integer(value, kNatural);
    };
    constexpr Support kMirrors = no_effect("there are no mirrors");
    return {
        policy_text("default_policies.operator.*.vhost_pattern", &OperatorPolicy::vhost_pattern),
        policy_text("default_policies.operator.*.queue_pattern", &OperatorPolicy::queue_pattern),
        policy_number("default_policies.operator.*.expires", "expires", parse_duration),
        policy_number("default_policies.operator.*.message_ttl", "message-ttl", parse_duration),
        policy_number("default_policies.operator.*.max_length", "max-length", natural),
        policy_number("default_policies.operator.*.max_length_bytes", "max-length-bytes",
                      parse_size),
        policy_number("default_policies.operator.*.delivery_limit", "delivery-limit", natural),
        policy_number("default_policies.operator.*.max_in_memory_length", "max-in-memory-length",
                      natural),
        policy_number("default_policies.operator.*.max_in_memory_bytes", "max-in-memory-bytes",
                      parse_size),
        policy_number("default_policies.operator.*.target_group_size", "target-group-size",
                      natural),
        any("default_policies.operator.*.classic_queues.>", kMirrors),
    };
}

std::vector<Key> hint_keys() {
    return {
        restriction("management.restrictions.operator_policy_changes.disabled",
                    &Amqp091::operator_policy_changes),
        restriction("management.restrictions.quorum_queue_replica_operations.disabled",
                    &Amqp091::replica_operations),
        flag("secure.management.http.headers.enabled", kOperators),
        flag("quorum_queue.property_equivalence.relaxed_checks_on_redeclaration", kHint),
        any("management.>", kOperators),
        any("management_agent.>", kOperators),
        any("prometheus.>", kOperators),
        any("log.>", kLog),
        any("cluster_formation.>", kNoNetwork),
        any("cluster_partition_handling", kNoNetwork),
        any("cluster_partition_handling.>", kNoNetwork),
        any("cluster_keepalive_interval", kNoNetwork),
        any("mirroring_sync_batch_size", kNoNetwork),
        any("queue_master_locator", kNoNetwork),
        any("queue_leader_locator", kNoNetwork),
        any("raft.>", kNoNetwork),
        any("quorum_queue.>", kHint),
        any("collect_statistics", kHint),
        count("collect_statistics_interval", kHint),
        any("classic_queue.>", kHint),
        any("queue_index_embed_msgs_below", kHint),
        any("msg_store_file_size_limit", kHint),
        any("lazy_queue_explicit_gc_run_operation_threshold", kHint),
        any("background_gc_enabled", kRuntime),
        any("background_gc_target_interval", kRuntime),
        any("hipe_compile", kRuntime),
        any("total_memory_available_override_value", kRuntime),
        any("vm_memory_calculation_strategy", kRuntime),
        any("memory_monitor_interval", kRuntime),
        any("delegate_count", kRuntime),
        any("socket_writer.>", kRuntime),
        any("tracing.>", no_effect("tern trace follows a queue")),
        count("channel_max_per_node", no_effect("channel_max counts for each connection")),
        count("consumer_max_per_channel", no_effect("a policy's maxConsumers counts for a queue")),
        count("cluster_queue_limit", no_effect("a policy's maxDestinations counts")),
        count("cluster_exchange_limit", kHint),
        count("vhost_max", kHint),
        any("runtime_parameters.>", kHint),
        any("default_limits.>", rejected("name limits in definitions")),
        any("stomp.>", no_effect("STOMP is as its connector's options in activemq.xml say")),
        any("mqtt.>", no_effect("MQTT is as its connector's options in activemq.xml say")),
        any("web_stomp.>", no_effect("the ports of stomp.listeners take WebSockets if activemq.xml "
                                     "says so")),
        any("web_mqtt.>", no_effect("the ports of mqtt.listeners take WebSockets if activemq.xml "
                                    "says so")),
    };
}

}  // namespace

const std::vector<Key>& keys() {
    static const std::vector<Key> all = [] {
        std::vector<Key> made = listener_keys();
        for (std::vector<Key> more :
             {protocol_keys(), user_keys(), default_policy_keys(), hint_keys()}) {
            std::ranges::move(more, std::back_inserter(made));
        }
        return made;
    }();
    return all;
}

}  // namespace tern::config::rabbitmq
