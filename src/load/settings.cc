#include "load/settings.h"

#include "load/protocol.h"
#include "load/result.h"

#include <fmt/format.h>

namespace tern::load {
namespace {

std::optional<std::string> check_mqtt(Settings& settings) {
    if (!settings.topic) return "MQTT has topics only: --destination topic://NAME";
    settings.confirmed = settings.qos > 0;
    settings.persistent = settings.qos > 0;
    return std::nullopt;
}

std::optional<std::string> check_nats(Settings& settings) {
    if (settings.tls) return "--url ssl://: NATS begins without TLS, which is not for this load";
    if (settings.transacted > 0) return "--transacted: NATS has no transactions";
    if (settings.persistent && settings.topic) {
        return "--persistent: of NATS for queues only, which are streams then";
    }
    settings.confirmed = settings.persistent;
    return std::nullopt;
}

std::optional<std::string> check_durable(const Settings& settings) {
    if (!settings.durable) return std::nullopt;
    if (!settings.topic) return "--durable is for topics: -d topic://NAME";
    if (settings.protocol == ProtocolName::mqtt) return "--durable: of MQTT, --qos 1 says it";
    if (settings.protocol == ProtocolName::amqp091)
        return "--durable: AMQP 0-9-1 has queues for it";
    if (settings.protocol == ProtocolName::nats) return "--durable: not for NATS";
    return std::nullopt;
}

std::optional<std::string> check_destinations(const Settings& settings) {
    if (settings.destinations == 1) return std::nullopt;
    for (const int clients : {settings.publishers, settings.subscribers}) {
        if (clients > 0 && clients < settings.destinations) {
            return "--destinations: each needs a publisher and a subscriber of its own";
        }
    }
    if (settings.topic && settings.subscribers % settings.destinations != 0) {
        return "--destinations: topics need as many subscribers each";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> complete(Settings& settings) {
    const bool mqtt = settings.protocol == ProtocolName::mqtt;
    // Lengths of both AMQPs are one byte.
    constexpr std::size_t kNameMax = 200;
    if (settings.destination.size() > kNameMax || settings.exchange.size() > kNameMax) {
        return "--destination: a name has at most 200 bytes";
    }
    if (settings.user.size() + settings.password.size() > kNameMax) {
        return "--user and --password have at most 200 bytes";
    }
    if (settings.publishers + settings.subscribers + settings.idle + settings.storm == 0) {
        return "nothing to do: no --publishers, --subscribers, --idle or --storm";
    }
    if (auto wrong = check_destinations(settings)) return wrong;
    if (auto wrong = check_durable(settings)) return wrong;
    if (!mqtt && settings.qos != 0) return "--qos is MQTT's";
    if (settings.size < kStampBytes) {
        return "--size: a message has at least 24 bytes, which say when it was to be sent";
    }
    if (settings.transacted > 0) {
        if (mqtt) return "--transacted: MQTT has no transactions";
        settings.confirmed = true;
        // Otherwise none would ever become whole.
        const long open = settings.transacted * settings.publishers;
        if (settings.window < settings.transacted) settings.window = settings.transacted;
        if (settings.ahead > 0 && settings.ahead < open) settings.ahead = open;
    }
    if (settings.mode == Mode::backlog) {
        if (settings.topic) return "--backlog: nothing waits on a topic";
        if (settings.publishers == 0 || settings.subscribers == 0) {
            return "--backlog needs publishers and subscribers";
        }
        if (settings.rate > 0) return "--backlog goes as fast as it can, without --rate";
        settings.ahead = 0;
    }
    if (settings.publishers == 0 && settings.rate > 0) return "--rate needs publishers";
    if (mqtt) return check_mqtt(settings);
    if (settings.protocol == ProtocolName::nats) return check_nats(settings);
    return std::nullopt;
}

const char* to_text(ProtocolName protocol) {
    switch (protocol) {
        case ProtocolName::openwire:
            return "openwire";
        case ProtocolName::stomp:
            return "stomp";
        case ProtocolName::mqtt:
            return "mqtt";
        case ProtocolName::amqp:
            return "amqp";
        case ProtocolName::amqp091:
            return "amqp091";
        case ProtocolName::nats:
            return "nats";
    }
    return "";
}

namespace {

const char* full_name(ProtocolName protocol) {
    switch (protocol) {
        case ProtocolName::openwire:
            return "OpenWire";
        case ProtocolName::stomp:
            return "STOMP";
        case ProtocolName::mqtt:
            return "MQTT";
        case ProtocolName::amqp:
            return "AMQP 1.0";
        case ProtocolName::amqp091:
            return "AMQP 0-9-1";
        case ProtocolName::nats:
            return "NATS";
    }
    return "";
}

}  // namespace

std::string title(const Settings& settings) {
    std::string text =
        fmt::format("{}, {}:{}", full_name(settings.protocol), settings.host, settings.port);
    if (settings.idle > 0) text += fmt::format(", {} idle connections", settings.idle);
    if (settings.mode == Mode::storm) {
        return text + fmt::format(", a storm of {} connections at a time", settings.storm);
    }
    const char* const kind = settings.topic ? "topic" : "queue";
    if (settings.destinations > 1) {
        text += fmt::format(", {} {}s {}.*", settings.destinations, kind, settings.destination);
    } else {
        text += fmt::format(", {} {}", kind, settings.destination);
    }
    if (settings.mode == Mode::backlog) text += ", backlog";
    text +=
        fmt::format(", {} → {}, {} B", settings.publishers, settings.subscribers, settings.size);
    if (settings.protocol == ProtocolName::mqtt) {
        text += fmt::format(", QoS {}", settings.qos);
    } else {
        text += settings.persistent ? ", persistent" : ", transient";
    }
    if (settings.durable) text += ", durable subscriptions";
    if (settings.tls) text += ", TLS";
    if (settings.transacted > 0) text += fmt::format(", {} a transaction", settings.transacted);
    if (settings.confirmed) text += fmt::format(", {} ahead of confirms", settings.window);
    if (settings.ahead > 0) text += fmt::format(", {} under way", settings.ahead);
    if (settings.rate > 0) text += fmt::format(", {:g} a second", settings.rate);
    return text;
}

std::unique_ptr<Protocol> make_protocol(const Settings& settings) {
    switch (settings.protocol) {
        case ProtocolName::openwire:
            return make_openwire(settings);
        case ProtocolName::stomp:
            return make_stomp(settings);
        case ProtocolName::mqtt:
            return make_mqtt(settings);
        case ProtocolName::amqp:
            return make_amqp(settings);
        case ProtocolName::amqp091:
            return make_amqp091(settings);
        case ProtocolName::nats:
            return make_nats(settings);
    }
    return nullptr;
}

}  // namespace tern::load
