#pragma once

#include "protocol/mqtt/codec/frame.h"
#include "protocol/mqtt/codec/packets.h"

#include <optional>

namespace tern::mqtt {

/// A packet from the bytes behind its fixed header. `version` is what CONNECT agreed on; CONNECT
/// itself says it. Errors: those of Errc, the client's fault all of them.
[[nodiscard]] Result<Packet> decode(std::uint8_t first, Bytes body, Version version);

/// The same for PUBLISH alone, which is most of what comes.
[[nodiscard]] Result<Publish> decode_publish(std::uint8_t first, Bytes body, Version version);

/// An acknowledgement that says nothing but that all is well.
struct PlainAck {
    PacketType type = PacketType::puback;
    std::uint16_t packet_id = 0;
};

/// The same for these, which are most of the others; nothing: it is something else, or nonsense.
[[nodiscard]] std::optional<PlainAck> decode_plain_ack(std::uint8_t first, Bytes body);

}  // namespace tern::mqtt
