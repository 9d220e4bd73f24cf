#include "config/connector_uri.h"

#include "config/uri.h"
#include "config/values.h"

#include <algorithm>
#include <array>
#include <functional>

namespace tern::config {
namespace {

using Protocol = ConnectorUri::Protocol;

struct Option {
    std::string_view name;
    Support support;
    /// Sets what it is about; what the value should have been, if it is no such thing.
    std::function<std::optional<std::string>(ConnectorUri&, const std::string&)> set;
};

constexpr Support kNotYet = no_effect("this version does not act on it");
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
        flag("wireFormat.tcpNoDelayEnabled", kNegotiated),
        flag("wireFormat.stackTraceEnabled", kNegotiated),
        flag("wireFormat.sizePrefixDisabled", kNegotiated),
        number("wireFormat.maxDataLength", kNotYet),
        number("wireFormat.connectAttemptTimeout", kNotYet),
        number("connectAttemptTimeout", kNotYet),
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
        flag("transport.verifyHostName", kNotYet),
        word("transport.enabledProtocols", kNotYet),
        word("transport.enabledCipherSuites", kNotYet),
        word("transport.defaultHeartBeat", kNotYet),
        word("transport.hbGracePeriodMultiplier", kNotYet),
        number("transport.defaultKeepAlive", kNotYet),
        word("transport.subscriptionStrategy", kNotYet),
        number("transport.activeMQSubscriptionPrefetch", kNotYet),
        flag("transport.publishDollarTopics", kNotYet),
        word("transport.transformer", kNotYet),
        number("transport.maxInactivityDuration", kNotYet),
        number("transport.prefetch", kNotYet),
        number("transport.producerCredit", kNotYet),
        number("amqp.idleTimeout", kNotYet),
        number("transport.soWriteTimeout", kNotYet),
        number("soWriteTimeout", kNotYet),
        flag("allowLinkStealing", kNotYet),
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
