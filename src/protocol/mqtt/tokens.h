#pragma once

#include "broker/api/ids.h"
#include "protocol/mqtt/codec/version.h"

#include <cstdint>

namespace tern::mqtt {

// Most answers of the broker's lead to one packet with one identifier: a token that says so by
// itself needs nothing remembered.

struct PacketToken {
    PacketType type = PacketType::puback;
    std::uint16_t packet_id = 0;  ///< 0: the token is something else
};

inline constexpr std::uint64_t kPacketToken = std::uint64_t{1} << 63;

[[nodiscard]] inline broker::Token packet_token(PacketType type, std::uint16_t packet_id) {
    return broker::Token{kPacketToken | static_cast<std::uint64_t>(type) << 16 | packet_id};
}

[[nodiscard]] inline PacketToken read_token(broker::Token token) {
    if ((token.value & kPacketToken) == 0) return {};
    return {static_cast<PacketType>(token.value >> 16 & 0x0F),
            static_cast<std::uint16_t>(token.value)};
}

}  // namespace tern::mqtt
