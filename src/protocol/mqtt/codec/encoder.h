#pragma once

#include "protocol/mqtt/codec/packets.h"

namespace tern::mqtt {

/// Appends a packet. Error: does_not_fit, with nothing appended.
[[nodiscard]] Result<void> encode(ByteWriter& out, const Packet& packet, Version version);

/// Appends a PUBLISH up to its payload, which has `payload_bytes` and is to follow.
/// Error: does_not_fit, with nothing appended.
[[nodiscard]] Result<void> encode_publish_head(ByteWriter& out, const Publish& publish,
                                               std::size_t payload_bytes, Version version);

}  // namespace tern::mqtt
