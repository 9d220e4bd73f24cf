#include "protocol/mqtt/codec/encoder.h"

#include "protocol/mqtt/codec/text.h"

#include <limits>

namespace tern::mqtt {
namespace {

/// Writes the part behind the fixed header of each packet.
class BodyWriter {
public:
    BodyWriter(ByteWriter& out, Version version) : out_(out), version_(version) {}

    Result<void> operator()(const Connect& connect) {
        version_ = connect.version;
        text(version_ == Version::v3_1 ? "MQIsdp" : "MQTT");
        out_.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(version_) |
                                          (connect.bridge ? 0x80 : 0)));
        out_.u8(flags(connect));
        out_.u16(connect.keep_alive_s);
        properties(connect.properties);
        text(connect.client_id);
        if (connect.will) {
            properties(connect.will->properties);
            text(connect.will->topic);
            text(connect.will->payload);
        }
        if (connect.user_name) text(*connect.user_name);
        if (connect.password) text(*connect.password);
        return outcome_;
    }

    Result<void> operator()(const ConnAck& ack) {
        out_.u8(ack.session_present ? 1 : 0);
        out_.u8(ack.code);
        properties(ack.properties);
        return outcome_;
    }

    Result<void> operator()(const Publish& publish) {
        text(publish.topic);
        if (publish.qos != Qos::at_most_once) out_.u16(publish.packet_id);
        if (version_ == Version::v5) {
            encode_varint(out_, static_cast<std::uint32_t>(publish.properties.size()));
            out_.append(publish.properties);
        }
        out_.append(publish.payload);
        return outcome_;
    }

    Result<void> operator()(const Ack& ack) {
        out_.u16(ack.packet_id);
        reason(ack.reason, ack.properties);
        return outcome_;
    }

    Result<void> operator()(const Subscribe& subscribe) {
        out_.u16(subscribe.packet_id);
        properties(subscribe.properties);
        for (const Subscribe::Filter& one : subscribe.filters) {
            text(one.filter);
            out_.u8(options(one.options));
        }
        return outcome_;
    }

    Result<void> operator()(const SubAck& ack) {
        out_.u16(ack.packet_id);
        properties(ack.properties);
        if (ack.type == PacketType::unsuback && version_ != Version::v5) return outcome_;
        for (const Reason code : ack.codes) out_.u8(static_cast<std::uint8_t>(code));
        return outcome_;
    }

    Result<void> operator()(const Unsubscribe& unsubscribe) {
        out_.u16(unsubscribe.packet_id);
        properties(unsubscribe.properties);
        for (const std::string_view filter : unsubscribe.filters) text(filter);
        return outcome_;
    }

    Result<void> operator()(const PingReq&) { return outcome_; }
    Result<void> operator()(const PingResp&) { return outcome_; }
    Result<void> operator()(const Disconnect& disconnect) {
        reason(disconnect.reason, disconnect.properties);
        return outcome_;
    }
    Result<void> operator()(const Auth& auth) {
        reason(auth.reason, auth.properties);
        return outcome_;
    }

private:
    static std::uint8_t flags(const Connect& connect) {
        unsigned flags = connect.clean_start ? 0x02 : 0;
        if (connect.will) {
            flags |= 0x04U | static_cast<unsigned>(connect.will->qos) << 3 |
                     (connect.will->retain ? 0x20U : 0);
        }
        if (connect.user_name) flags |= 0x80;
        if (connect.password) flags |= 0x40;
        return static_cast<std::uint8_t>(flags);
    }

    std::uint8_t options(const SubscribeOptions& options) const {
        auto byte = static_cast<unsigned>(options.qos);
        if (version_ == Version::v5) {
            byte |= (options.no_local ? 0x04U : 0) | (options.retain_as_published ? 0x08U : 0) |
                    static_cast<unsigned>(options.retain_handling) << 4;
        }
        return static_cast<std::uint8_t>(byte);
    }

    void text(std::string_view text) { note(write_binary(out_, text)); }

    void properties(const Properties& properties) {
        if (version_ != Version::v5) return;
        ByteWriter encoded;
        note(encode_properties(encoded, properties));
        if (encoded.size() > kVarintMax) note(failure(Errc::does_not_fit));
        encode_varint(out_, static_cast<std::uint32_t>(encoded.size()));
        out_.append(encoded.bytes());
    }

    void reason(Reason reason, const Properties& given) {
        if (version_ != Version::v5) return;
        const bool plain = given == Properties{};
        if (plain && reason == Reason::success) return;
        out_.u8(static_cast<std::uint8_t>(reason));
        if (!plain) properties(given);
    }

    void note(Result<void> written) {
        if (!written) outcome_ = written;
    }

    ByteWriter& out_;
    Version version_;
    Result<void> outcome_;
};

struct FirstByte {
    static std::uint8_t byte(PacketType type, unsigned flags = 0) {
        return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags);
    }
    std::uint8_t operator()(const Connect&) const { return byte(PacketType::connect); }
    std::uint8_t operator()(const ConnAck&) const { return byte(PacketType::connack); }
    std::uint8_t operator()(const Publish& publish) const {
        return byte(PacketType::publish, (publish.dup ? 0x08U : 0) |
                                             static_cast<unsigned>(publish.qos) << 1 |
                                             (publish.retain ? 0x01U : 0));
    }
    std::uint8_t operator()(const Ack& ack) const {
        return byte(ack.type, ack.type == PacketType::pubrel ? 0x02 : 0);
    }
    std::uint8_t operator()(const Subscribe&) const { return byte(PacketType::subscribe, 0x02); }
    std::uint8_t operator()(const SubAck& ack) const { return byte(ack.type); }
    std::uint8_t operator()(const Unsubscribe&) const {
        return byte(PacketType::unsubscribe, 0x02);
    }
    std::uint8_t operator()(const PingReq&) const { return byte(PacketType::pingreq); }
    std::uint8_t operator()(const PingResp&) const { return byte(PacketType::pingresp); }
    std::uint8_t operator()(const Disconnect&) const { return byte(PacketType::disconnect); }
    std::uint8_t operator()(const Auth&) const { return byte(PacketType::auth); }
};

}  // namespace

Result<void> encode(ByteWriter& out, const Packet& packet, Version version) {
    ByteWriter body;
    if (auto written = std::visit(BodyWriter(body, version), packet); !written) return written;
    if (body.size() > kVarintMax) return failure(Errc::does_not_fit);
    out.u8(std::visit(FirstByte(), packet));
    encode_varint(out, static_cast<std::uint32_t>(body.size()));
    out.append(body.bytes());
    return {};
}

Result<void> encode_publish_head(ByteWriter& out, const Publish& publish, std::size_t payload_bytes,
                                 Version version) {
    const bool v5 = version == Version::v5;
    const std::size_t property_bytes = publish.properties.size();
    const std::size_t body =
        2 + publish.topic.size() + (publish.qos != Qos::at_most_once ? 2 : 0) +
        (v5 ? varint_bytes(static_cast<std::uint32_t>(property_bytes)) + property_bytes : 0) +
        payload_bytes;
    if (body > kVarintMax || publish.topic.size() > std::numeric_limits<std::uint16_t>::max()) {
        return failure(Errc::does_not_fit);
    }
    out.u8(FirstByte()(publish));
    encode_varint(out, static_cast<std::uint32_t>(body));
    out.u16(static_cast<std::uint16_t>(publish.topic.size()));
    out.append(publish.topic);
    if (publish.qos != Qos::at_most_once) out.u16(publish.packet_id);
    if (v5) {
        encode_varint(out, static_cast<std::uint32_t>(property_bytes));
        out.append(publish.properties);
    }
    return {};
}

}  // namespace tern::mqtt
