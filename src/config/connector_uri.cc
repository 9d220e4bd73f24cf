#include "config/connector_uri.h"

#include "config/uri.h"
#include "config/values.h"

#include <algorithm>
#include <array>
#include <functional>

namespace tern::config {
namespace {

using Protocol = ConnectorUri::Protocol;

constexpr std::int64_t kKeepAliveMsMax = std::int64_t{65'535} * 1000;
constexpr std::int64_t kPrefetchMax = 1'000'000;
constexpr double kGraceMax = 1000;
constexpr Range kDataBytes{1024, std::numeric_limits<std::int64_t>::max()};
constexpr Range kCredit{1, 1'000'000};
constexpr Range kU16{0, UINT16_MAX};
// Beyond it MQTT cannot count.
constexpr Range kPacketBytes{1024, 268'435'455};

struct Option {
    std::string_view name;
    Support support;
    /// Sets what it is about; what the value should have been, if it is no such thing.
    std::function<std::optional<std::string>(ConnectorUri&, const std::string&)> set;
};

constexpr Support kLarge = no_effect("frames are kept whole");
constexpr Support kNegotiated = no_effect("as the client and this broker agree");
constexpr Support kSocket = no_effect("sockets are set up as suits this broker");

template <class M>
Option integer(std::string_view name, Support support, std::optional<M> ConnectorUri::* field,
               Range range = kNatural) {
    return {
        name, support,
        [field, range](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
            const auto value = parse_integer(text, range);
            if (!value) return value.error();
            uri.*field = *value;
            return {};
        }};
}

Option flag(std::string_view name, Support support,
            std::optional<bool> ConnectorUri::* field = nullptr) {
    return {name, support,
            [field](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
                const auto value = parse_bool(text);
                if (!value) return value.error();
                if (field != nullptr) uri.*field = *value;
                return {};
            }};
}

Option number(std::string_view name, Support support) {
    return {name, support, [](ConnectorUri&, const std::string& text) {
                const auto value = parse_integer(text, kLimit);
                return value ? std::nullopt : std::optional(value.error());
            }};
}

Option word(std::string_view name, Support support) {
    return {name, support,
            [](ConnectorUri&, const std::string&) { return std::optional<std::string>(); }};
}

std::optional<std::string> set_heart_beat(ConnectorUri& uri, const std::string& text) {
    const auto parts = split(text, ',');
    if (parts.size() != 2) return "two numbers of milliseconds, as in 10000,5000";
    const auto sends = parse_integer(parts[0], {0, kKeepAliveMsMax});
    const auto wants = parse_integer(parts[1], {0, kKeepAliveMsMax});
    if (!sends || !wants) return "two numbers of milliseconds, as in 10000,5000";
    uri.heart_beat = ConnectorUri::HeartBeat{*sends, *wants};
    return {};
}

std::optional<std::string> set_subscriptions(ConnectorUri& uri, const std::string& text) {
    using Subscriptions = ConnectorUri::Subscriptions;
    if (text == "mqtt-default-subscriptions") {
        uri.subscriptions = Subscriptions::topics;
    } else if (text == "mqtt-virtual-topic-subscriptions") {
        uri.subscriptions = Subscriptions::virtual_topics;
    } else {
        return "mqtt-default-subscriptions or mqtt-virtual-topic-subscriptions";
    }
    return {};
}

std::optional<std::string> set_transformer(ConnectorUri& uri, const std::string& text) {
    using Transformer = ConnectorUri::Transformer;
    if (text == "jms") {
        uri.transformer = Transformer::jms;
    } else if (text == "native") {
        uri.transformer = Transformer::native;
    } else if (text == "raw") {
        uri.transformer = Transformer::raw;
    } else {
        return "jms, native or raw";
    }
    return {};
}

/// Java's names; older ones than 1.2 are not spoken in any case.
std::optional<std::string> set_tls_versions(ConnectorUri& uri, const std::string& text) {
    const auto versions = split(text, ',');
    const bool newest = std::ranges::find(versions, "TLSv1.3") != versions.end();
    const bool older = std::ranges::find(versions, "TLSv1.2") != versions.end();
    if (!newest && !older) return "a list with TLSv1.2 or TLSv1.3, or both";
    if (newest && !older) uri.only_newest_tls = true;
    return {};
}

/// By the standard's names or Java's old ones, which begin with SSL_.
std::optional<std::string> set_ciphers(ConnectorUri& uri, const std::string& text) {
    for (std::string name : split(text, ',')) {
        if (name.starts_with("SSL_")) name.replace(0, 3, "TLS");
        const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
            return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        });
        if (!plain) return "a list such as TLS_AES_128_GCM_SHA256";
        uri.ciphers += (uri.ciphers.empty() ? "" : ":") + name;
    }
    return {};
}

std::optional<std::string> set_protocols(ConnectorUri& uri, const std::string& text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{
        {"OPENWIRE", "default"},
        {"AMQP", "amqp"},
        {"STOMP", "stomp"},
        {"MQTT", "mqtt"},
        {"CORE", ""},
        {"HORNETQ", ""},
    }};
    for (const std::string& name : split(text, ',')) {
        const auto known = std::ranges::find(kNames, name, &decltype(kNames)::value_type::first);
        if (known == kNames.end()) return "a list of OPENWIRE, AMQP, STOMP, MQTT and CORE";
        if (!known->second.empty()) uri.only.emplace_back(known->second);
    }
    if (uri.only.empty()) return "a list with OPENWIRE, AMQP, STOMP or MQTT";
    return {};
}

const std::vector<Option>& options() {
    static const std::vector<Option> all{
        integer("maximumConnections", kApplied, &ConnectorUri::connections_max),
        {"wireFormat.maxFrameSize", kApplied,
         [](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
             const auto value = parse_bytes(text, {1024, std::numeric_limits<std::int64_t>::max()});
             if (!value) return value.error();
             uri.frame_bytes_max = *value;
             return {};
         }},
        integer("wireFormat.maxInactivityDuration", kApplied, &ConnectorUri::inactivity_ms),
        integer("wireFormat.maxInactivityDurationInitalDelay", kApplied,
                &ConnectorUri::inactivity_initial_delay_ms),
        flag("wireFormat.tightEncodingEnabled", kApplied, &ConnectorUri::tight_encoding),
        flag("wireFormat.cacheEnabled", kApplied, &ConnectorUri::cache),
        number("wireFormat.cacheSize", kNegotiated),
        number("wireFormat.version", kNegotiated),
        flag("wireFormat.tcpNoDelayEnabled", kApplied, &ConnectorUri::tcp_no_delay),
        flag("wireFormat.stackTraceEnabled", kNegotiated),
        flag("wireFormat.sizePrefixDisabled", kNegotiated),
        integer("wireFormat.maxDataLength", kApplied, &ConnectorUri::data_bytes_max, kDataBytes),
        integer("transport.maxDataLength", kApplied, &ConnectorUri::data_bytes_max, kDataBytes),
        integer("wireFormat.connectAttemptTimeout", kApplied, &ConnectorUri::connect_timeout_ms),
        integer("transport.connectAttemptTimeout", kApplied, &ConnectorUri::connect_timeout_ms),
        integer("connectAttemptTimeout", kApplied, &ConnectorUri::connect_timeout_ms),
        integer("protocolDetectionTimeOut", kApplied, &ConnectorUri::detection_timeout_ms),
        {"auto.protocols", kApplied,
         [](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
             constexpr std::array<std::string_view, 4> kNames{"default", "amqp", "stomp", "mqtt"};
             uri.only = split(text, ',');
             for (const std::string& name : uri.only) {
                 if (std::ranges::find(kNames, name) == kNames.end()) {
                     return "a list of default, amqp, stomp and mqtt";
                 }
             }
             return {};
         }},
        flag("proxyProtocolEnabled", kApplied, &ConnectorUri::proxied),
        flag("needClientAuth", kApplied, &ConnectorUri::needs_client_certificate),
        flag("wantClientAuth", kApplied, &ConnectorUri::wants_client_certificate),
        flag("transport.needClientAuth", kApplied, &ConnectorUri::needs_client_certificate),
        flag("transport.wantClientAuth", kApplied, &ConnectorUri::wants_client_certificate),
        flag("transport.verifyHostName", kApplied, &ConnectorUri::verifies_client_address),
        {"transport.enabledProtocols", kApplied, set_tls_versions},
        {"transport.enabledCipherSuites", kApplied, set_ciphers},
        {"transport.defaultHeartBeat", kApplied, set_heart_beat},
        {"transport.hbGracePeriodMultiplier", kApplied,
         [](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
             const auto value = parse_double(text);
             if (!value || *value < 0 || *value > kGraceMax) return "a number from 0 to 1000";
             uri.heart_beat_grace = *value;
             return {};
         }},
        integer("transport.defaultKeepAlive", kApplied, &ConnectorUri::keep_alive_ms,
                {0, kKeepAliveMsMax}),
        {"transport.subscriptionStrategy", kApplied, set_subscriptions},
        integer("transport.activeMQSubscriptionPrefetch", kApplied,
                &ConnectorUri::subscription_prefetch, {-1, kPrefetchMax}),
        flag("transport.publishDollarTopics", kApplied, &ConnectorUri::publishes_dollar_topics),
        {"transport.transformer", kApplied, set_transformer},
        number("transport.maxInactivityDuration",
               no_effect("nor in ActiveMQ: wireFormat.maxInactivityDuration is what counts")),
        number("transport.prefetch", no_effect("the credit of a link says how much it takes")),
        integer("transport.producerCredit", kApplied, &ConnectorUri::producer_credit, kCredit),
        integer("amqp.idleTimeout", kApplied, &ConnectorUri::idle_timeout_ms, {0, UINT32_MAX}),
        integer("wireFormat.idleTimeout", kApplied, &ConnectorUri::idle_timeout_ms,
                {0, UINT32_MAX}),
        integer("transport.soWriteTimeout", kApplied, &ConnectorUri::write_timeout_ms),
        integer("soWriteTimeout", kApplied, &ConnectorUri::write_timeout_ms),
        flag("allowLinkStealing", kApplied, &ConnectorUri::link_stealing),
        flag("transport.closeAsync", kSocket),
        flag("transport.useInactivityMonitor", kSocket),
        flag("transport.useKeepAlive", kSocket),
        number("backlog", kSocket),
        number("socketBufferSize", kSocket),
        number("transport.socketBufferSize", kSocket),
        number("ioBufferSize", kSocket),
        number("transport.ioBufferSize", kSocket),
        number("connectionTimeout", kSocket),
        number("transport.connectionTimeout", kSocket),
        number("soTimeout", kSocket),
        number("transport.soTimeout", kSocket),
        number("soLinger", kSocket),
        number("transport.soLinger", kSocket),
        flag("keepAlive", kSocket),
        flag("transport.keepAlive", kSocket),
        flag("tcpNoDelay", kSocket),
        flag("transport.tcpNoDelay", kSocket),
        flag("daemon", kSocket),
        flag("useLocalHost", kSocket),
        flag("trace", kSocket),
        flag("transport.trace", kSocket),
        word("transport.threadName", kSocket),
        number("stackSize", kSocket),
        number("transport.stackSize", kSocket),
        number("selectorManager.corePoolSize", kSocket),
        number("selectorManager.maximumPoolSize", kSocket),
        number("selectorManager.workQueueCapacity", kSocket),
        flag("selectorManager.rejectWork", kSocket),
        number("selectorManager.maxSelectors", kSocket),
        word("jms.prefetchPolicy.all", kNegotiated),
        // Those of Artemis's acceptors.
        {"protocols", kApplied, set_protocols},
        {"securityDomain", kApplied,
         [](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
             if (text.empty()) return "the name of an entry of login.config";
             uri.security_domain = text;
             return {};
         }},
        {"connectionsAllowed", kApplied,
         [](ConnectorUri& uri, const std::string& text) -> std::optional<std::string> {
             const auto value = parse_integer(text, kLimit);
             if (!value) return value.error();
             uri.connections_max = std::max<std::int64_t>(*value, 0);
             return {};
         }},
        integer("amqpCredits", kApplied, &ConnectorUri::producer_credit, kCredit),
        number("amqpLowCredits", no_effect("credit is topped up at three tenths of amqpCredits")),
        integer("amqpMinLargeMessageSize", kApplied, &ConnectorUri::large_bytes_min,
                {-1, std::numeric_limits<std::int64_t>::max()}),
        number("stompMinLargeMessageSize", kLarge),
        flag("amqpDuplicateDetection", kApplied, &ConnectorUri::detects_duplicates),
        flag("supportAdvisory", kApplied, &ConnectorUri::advisories),
        flag("suppressInternalManagementObjects", no_effect("there are no such objects here")),
        number("connectionTtl", kNegotiated),
        number("tcpSendBufferSize", kSocket),
        number("tcpReceiveBufferSize", kSocket),
        flag("useEpoll", kSocket),
        flag("useKQueue", kSocket),
        flag("useNio", kSocket),
        flag("useGlobalWorkerPool", kSocket),
        number("nioRemotingThreads", kSocket),
        number("remotingThreads", kSocket),
        number("batchDelay", kSocket),
        flag("directDeliver", kSocket),
        number("handshake-timeout", kSocket),
        number("writeBufferLowWaterMark", kSocket),
        number("writeBufferHighWaterMark", kSocket),
        word("anycastPrefix", no_effect("prefixes are /queue/ and /topic/")),
        word("multicastPrefix", no_effect("prefixes are /queue/ and /topic/")),
        number("stompConsumerWindowSize", no_effect("a subscription says how much it takes")),
        integer("topicAliasMaximum", kApplied, &ConnectorUri::topic_alias_max, kU16),
        integer("receiveMaximum", kApplied, &ConnectorUri::receive_maximum, {1, UINT16_MAX}),
        integer("maximumPacketSize", kApplied, &ConnectorUri::packet_bytes_max, kPacketBytes),
        integer("serverKeepAlive", kApplied, &ConnectorUri::server_keep_alive_s, {-1, UINT16_MAX}),
        integer("defaultMqttSessionExpiryInterval", kApplied, &ConnectorUri::session_expiry_s,
                {-1, UINT32_MAX}),
        flag("closeMqttConnectionOnPublishAuthorizationFailure", kApplied,
             &ConnectorUri::closes_refused_publishers),
    };
    return all;
}

/// The parts of a scheme such as `auto+nio+ssl`; false when it asks for nothing that listens here.
bool take_scheme(std::string_view scheme, ConnectorUri& uri) {
    bool named = false;
    for (const std::string& part : split(scheme, '+')) {
        const bool transport = part == "tcp" || part == "nio" || part == "ssl" || part == "wss";
        uri.tls = uri.tls || part == "ssl" || part == "wss";
        uri.web_socket = uri.web_socket || part == "ws" || part == "wss";
        if (part == "amqp") uri.protocol = Protocol::amqp;
        if (part == "stomp") uri.protocol = Protocol::stomp;
        if (part == "mqtt") uri.protocol = Protocol::mqtt;
        if (part == "auto" || uri.web_socket) uri.protocol = Protocol::any;
        const bool protocol = part == "amqp" || part == "stomp" || part == "mqtt" ||
                              part == "auto" || part == "ws" || part == "wss";
        if (protocol && named) return false;
        named = named || protocol;
        if (!transport && !protocol) return false;
    }
    return true;
}

}  // namespace

std::expected<ConnectorUri, std::string> parse_connector_uri(std::string_view text) {
    const auto uri = parse_uri(text);
    if (!uri) return std::unexpected("a URI: " + uri.error());
    ConnectorUri result;
    if (!take_scheme(uri->scheme, result)) {
        return std::unexpected(
            "a URI that begins with tcp, nio, ssl, nio+ssl, auto, amqp, stomp, mqtt, ws or wss, "
            "with "
            "+nio or +ssl behind it");
    }
    if (uri->host.empty() || uri->port < 0) {
        return std::unexpected("a URI with HOST:PORT, as in tcp://0.0.0.0:61616");
    }
    result.host = uri->host;
    result.port = static_cast<std::uint16_t>(uri->port);
    std::vector<std::string_view> names;
    for (const Option& option : options()) names.push_back(option.name);
    for (const UriOption& given : uri->options) {
        const auto known = std::ranges::find(options(), given.name, &Option::name);
        if (known == options().end()) {
            const std::string near = nearest(given.name, names);
            return std::unexpected("without the option '" + given.name + "', which there is not" +
                                   (near.empty() ? "" : ": did you mean '" + near + "'?"));
        }
        if (const auto wanted = known->set(result, given.value)) {
            return std::unexpected("a URI whose option '" + given.name + "' is " + *wanted);
        }
    }
    return result;
}

void note_connector_options(const std::string& text, const Note& note) {
    const auto uri = parse_uri(text);
    if (!uri) return;
    for (const UriOption& given : uri->options) {
        const auto known = std::ranges::find(options(), given.name, &Option::name);
        if (known == options().end()) continue;
        note(given.name, known->support.kind, std::string(known->support.why));
    }
}

}  // namespace tern::config
