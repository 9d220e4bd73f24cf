#include "protocol/mqtt/codec/decoder.h"

#include "protocol/mqtt/codec/text.h"
#include "protocol/mqtt/codec/topics.h"

#include <algorithm>

namespace tern::mqtt {
namespace {

constexpr std::uint8_t kReservedFlags = 0x02;  // of PUBREL, SUBSCRIBE and UNSUBSCRIBE

constexpr std::uint8_t kUserName = 0x80;
constexpr std::uint8_t kPassword = 0x40;
constexpr std::uint8_t kWillRetain = 0x20;
constexpr std::uint8_t kWillQos = 0x18;
constexpr std::uint8_t kWill = 0x04;
constexpr std::uint8_t kCleanStart = 0x02;
constexpr std::uint8_t kConnectReserved = 0x01;

constexpr std::uint8_t kBridge = 0x80;

Result<Properties> read_properties(ByteReader& in, Version version, PropertySite site) {
    if (version != Version::v5) return Properties{};
    const Bytes bytes = in.take(decode_varint(in));
    if (in.failed()) return failure(Errc::malformed_packet);
    return decode_properties(bytes, site);
}

bool flags_are_valid(PacketType type, std::uint8_t flags, Version version) {
    switch (type) {
        case PacketType::publish:
            return true;  // judged where they are read
        case PacketType::pubrel:
        case PacketType::subscribe:
        case PacketType::unsubscribe:
            // 3.1 gives these a DUP flag.
            if (version == Version::v3_1) return (flags & ~0x08) == kReservedFlags;
            return flags == kReservedFlags;
        default:
            return flags == 0;
    }
}

Result<Version> read_version(ByteReader& in, bool& bridge) {
    const std::string_view name = read_text(in);
    const std::uint8_t level = in.u8();
    if (in.failed()) return failure(Errc::malformed_packet);
    bridge = (level & kBridge) != 0;
    const auto version = static_cast<Version>(level & ~kBridge);
    if (name == "MQIsdp" && version == Version::v3_1) return version;
    if (name != "MQTT") {
        return failure(name == "MQIsdp" ? Errc::unsupported_protocol_version
                                        : Errc::protocol_error);
    }
    if (version == Version::v3_1_1 || (version == Version::v5 && !bridge)) return version;
    return failure(Errc::unsupported_protocol_version);
}

Result<void> read_will(ByteReader& in, std::uint8_t flags, Connect& connect) {
    const auto qos = static_cast<std::uint8_t>((flags & kWillQos) >> 3);
    if ((flags & kWill) == 0) {
        const bool stray = qos != 0 || (flags & kWillRetain) != 0;
        if (stray && connect.version != Version::v3_1) return failure(Errc::malformed_packet);
        return {};
    }
    if (qos > 2) return failure(Errc::malformed_packet);
    auto properties = read_properties(in, connect.version, PropertySite::will);
    if (!properties) return failure(properties.error());
    Will& will = connect.will.emplace();
    will.qos = static_cast<Qos>(qos);
    will.retain = (flags & kWillRetain) != 0;
    will.properties = *std::move(properties);
    will.topic = read_text(in);
    will.payload = read_binary(in);
    if (in.failed()) return failure(Errc::malformed_packet);
    if (!is_topic_name(will.topic)) return failure(Errc::topic_name_invalid);
    return {};
}

Result<Packet> decode_connect(ByteReader in) {
    Connect connect;
    const auto version = read_version(in, connect.bridge);
    if (!version) return failure(version.error());
    connect.version = *version;
    const std::uint8_t flags = in.u8();
    connect.keep_alive_s = in.u16();
    connect.clean_start = (flags & kCleanStart) != 0;
    if ((flags & kConnectReserved) != 0 && connect.version != Version::v3_1) {
        return failure(Errc::malformed_packet);
    }
    auto properties = read_properties(in, connect.version, PropertySite::connect);
    if (!properties) return failure(properties.error());
    connect.properties = *std::move(properties);
    connect.client_id = read_text(in);
    if (const auto will = read_will(in, flags, connect); !will) return failure(will.error());
    // 3.1 lets a flag stand without its text.
    const bool lenient = connect.version == Version::v3_1;
    if ((flags & kUserName) != 0 && !(lenient && in.remaining() == 0)) {
        connect.user_name = read_text(in);
    }
    if ((flags & kPassword) != 0 && !(lenient && in.remaining() == 0)) {
        connect.password = read_binary(in);
    }
    if (!in.done()) return failure(Errc::malformed_packet);
    if (connect.password && !connect.user_name && connect.version == Version::v3_1_1) {
        return failure(Errc::malformed_packet);  // MQTT-3.1.2-22
    }
    return connect;
}

Result<Packet> decode_connack(ByteReader in, Version version) {
    ConnAck ack;
    const std::uint8_t flags = in.u8();
    ack.session_present = (flags & 1) != 0;
    ack.code = in.u8();
    auto properties = read_properties(in, version, PropertySite::connack);
    if (!properties) return failure(properties.error());
    ack.properties = *std::move(properties);
    if (!in.done() || (flags & ~1) != 0) return failure(Errc::malformed_packet);
    return ack;
}

/// The reason and the properties at the end of a packet of version 5, both of which may be left
/// out.
Result<Reason> read_reason(ByteReader& in, Version version, PropertySite site,
                           Properties& properties) {
    if (version != Version::v5 || in.done()) {
        if (!in.done()) return failure(Errc::malformed_packet);
        return Reason::success;
    }
    const auto reason = static_cast<Reason>(in.u8());
    if (in.done()) return reason;
    auto read = read_properties(in, version, site);
    if (!read) return failure(read.error());
    properties = *std::move(read);
    if (!in.done()) return failure(Errc::malformed_packet);
    return reason;
}

Result<Packet> decode_ack(PacketType type, ByteReader in, Version version) {
    Ack ack{.type = type, .packet_id = in.u16()};
    if (in.failed() || ack.packet_id == 0) return failure(Errc::malformed_packet);
    const auto reason = read_reason(in, version, PropertySite::puback, ack.properties);
    if (!reason) return failure(reason.error());
    ack.reason = *reason;
    return ack;
}

Result<SubscribeOptions> read_options(ByteReader& in, Version version) {
    const std::uint8_t byte = in.u8();
    const std::uint8_t reserved = version == Version::v5 ? 0xC0 : 0xFC;
    if (in.failed() || (byte & 0x03) == 3) return failure(Errc::malformed_packet);
    if ((byte & reserved) != 0 && version != Version::v3_1) return failure(Errc::malformed_packet);
    SubscribeOptions options{.qos = static_cast<Qos>(byte & 0x03)};
    if (version != Version::v5) return options;
    const int handling = byte >> 4 & 0x03;
    if (handling == 3) return failure(Errc::protocol_error);
    options.no_local = (byte & 0x04) != 0;
    options.retain_as_published = (byte & 0x08) != 0;
    options.retain_handling = static_cast<RetainHandling>(handling);
    return options;
}

Result<Packet> decode_subscribe(ByteReader in, Version version) {
    Subscribe subscribe;
    subscribe.packet_id = in.u16();
    auto properties = read_properties(in, version, PropertySite::subscribe);
    if (!properties) return failure(properties.error());
    subscribe.properties = *std::move(properties);
    while (in.remaining() > 0) {
        const std::string_view filter = read_text(in);
        const auto options = read_options(in, version);
        if (!options) return failure(options.error());
        subscribe.filters.push_back({filter, *options});
    }
    if (in.failed() || subscribe.packet_id == 0) return failure(Errc::malformed_packet);
    if (subscribe.filters.empty()) return failure(Errc::protocol_error);
    return subscribe;
}

Result<Packet> decode_unsubscribe(ByteReader in, Version version) {
    Unsubscribe unsubscribe;
    unsubscribe.packet_id = in.u16();
    auto properties = read_properties(in, version, PropertySite::unsubscribe);
    if (!properties) return failure(properties.error());
    unsubscribe.properties = *std::move(properties);
    while (in.remaining() > 0) unsubscribe.filters.push_back(read_text(in));
    if (in.failed() || unsubscribe.packet_id == 0) return failure(Errc::malformed_packet);
    if (unsubscribe.filters.empty()) return failure(Errc::protocol_error);
    return unsubscribe;
}

Result<Packet> decode_suback(PacketType type, ByteReader in, Version version) {
    SubAck ack{.type = type, .packet_id = in.u16()};
    auto properties = read_properties(in, version, PropertySite::suback);
    if (!properties) return failure(properties.error());
    ack.properties = *std::move(properties);
    while (in.remaining() > 0) ack.codes.push_back(static_cast<Reason>(in.u8()));
    const bool codes = type == PacketType::suback || version == Version::v5;
    if (in.failed() || ack.packet_id == 0 || codes == ack.codes.empty()) {
        return failure(Errc::malformed_packet);
    }
    return ack;
}

Result<Packet> decode_disconnect(ByteReader in, Version version) {
    Disconnect disconnect;
    const auto reason = read_reason(in, version, PropertySite::disconnect, disconnect.properties);
    if (!reason) return failure(reason.error());
    disconnect.reason = *reason;
    return disconnect;
}

Result<Packet> decode_auth(ByteReader in, Version version) {
    if (version != Version::v5) return failure(Errc::protocol_error);
    Auth auth;
    const auto reason = read_reason(in, version, PropertySite::auth, auth.properties);
    if (!reason) return failure(reason.error());
    auth.reason = *reason;
    return auth;
}

template <class T>
Result<Packet> decode_empty(const ByteReader& in) {
    if (!in.done()) return failure(Errc::malformed_packet);
    return T{};
}

}  // namespace

bool Publish::operator==(const Publish& other) const {
    return dup == other.dup && qos == other.qos && retain == other.retain && topic == other.topic &&
           packet_id == other.packet_id && std::ranges::equal(properties, other.properties) &&
           std::ranges::equal(payload, other.payload);
}

Result<Publish> decode_publish(std::uint8_t first, Bytes body, Version version) {
    ByteReader in(body);
    Publish publish;
    publish.dup = (first & 0x08) != 0;
    publish.retain = (first & 0x01) != 0;
    const int qos = first >> 1 & 0x03;
    publish.qos = static_cast<Qos>(qos);
    publish.topic = read_text(in);
    if (qos > 0) publish.packet_id = in.u16();
    if (version == Version::v5) publish.properties = in.take(decode_varint(in));
    publish.payload = in.take(in.remaining());
    if (!in.done() || qos == 3) return failure(Errc::malformed_packet);
    if (qos > 0 && publish.packet_id == 0) return failure(Errc::malformed_packet);
    // 3.1 does not forbid it.
    if (qos == 0 && publish.dup && version != Version::v3_1) return failure(Errc::malformed_packet);
    if (!publish.properties.empty()) {
        const auto valid = decode_properties(publish.properties, PropertySite::publish);
        if (!valid) return failure(valid.error());
        if (publish.topic.empty() && !valid->topic_alias) return failure(Errc::protocol_error);
    } else if (publish.topic.empty()) {
        return failure(version == Version::v5 ? Errc::protocol_error : Errc::topic_name_invalid);
    }
    if (!publish.topic.empty() && !is_topic_name(publish.topic)) {
        return failure(Errc::topic_name_invalid);
    }
    return publish;
}

std::optional<PlainAck> decode_plain_ack(std::uint8_t first, Bytes body) {
    const auto type = static_cast<PacketType>(first >> 4);
    const bool release = type == PacketType::pubrel;
    const bool ack = release || type == PacketType::puback || type == PacketType::pubrec ||
                     type == PacketType::pubcomp;
    if (!ack || (first & 0x0F) != (release ? 0x02 : 0x00) || body.size() != 2) return {};
    const PlainAck plain{.type = type, .packet_id = ByteReader(body).u16()};
    return plain.packet_id == 0 ? std::nullopt : std::optional(plain);
}

Result<Packet> decode(std::uint8_t first, Bytes body, Version version) {
    const auto type = static_cast<PacketType>(first >> 4);
    if (type == PacketType::publish) {
        auto publish = decode_publish(first, body, version);
        if (!publish) return failure(publish.error());
        return *publish;
    }
    const std::uint8_t flags = first & 0x0F;
    if (!flags_are_valid(type, flags, version)) return failure(Errc::malformed_packet);
    const ByteReader in(body);
    switch (type) {
        case PacketType::connect:
            return decode_connect(in);
        case PacketType::connack:
            return decode_connack(in, version);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return decode_ack(type, in, version);
        case PacketType::subscribe:
            return decode_subscribe(in, version);
        case PacketType::suback:
        case PacketType::unsuback:
            return decode_suback(type, in, version);
        case PacketType::unsubscribe:
            return decode_unsubscribe(in, version);
        case PacketType::pingreq:
            return decode_empty<PingReq>(in);
        case PacketType::pingresp:
            return decode_empty<PingResp>(in);
        case PacketType::disconnect:
            return decode_disconnect(in, version);
        case PacketType::auth:
            return decode_auth(in, version);
        case PacketType::publish:
            break;
    }
    return failure(Errc::malformed_packet);
}

}  // namespace tern::mqtt
