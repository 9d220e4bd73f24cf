#pragma once

#include "protocol/mqtt/codec/frame.h"
#include "protocol/mqtt/codec/packets.h"

namespace tern::mqtt {

/// A packet from the bytes behind its fixed header. `version` is what CONNECT agreed on; CONNECT
/// itself says it. Errors: those of Errc, the client's fault all of them.
[[nodiscard]] Result<Packet> decode(std::uint8_t first, Bytes body, Version version);

/// The same for PUBLISH alone, which is most of what comes.
[[nodiscard]] Result<Publish> decode_publish(std::uint8_t first, Bytes body, Version version);

}  // namespace tern::mqtt
