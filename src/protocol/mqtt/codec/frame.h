#pragma once

#include "bytes/buffer.h"
#include "protocol/mqtt/codec/errc.h"
#include "protocol/mqtt/codec/version.h"

namespace tern::mqtt {

/// Where a packet lies in bytes that came.
struct Frame {
    std::uint8_t first = 0;
    std::size_t header_bytes = 0;
    std::size_t bytes = 0;  ///< all of it; 0: not known yet

    [[nodiscard]] PacketType type() const { return static_cast<PacketType>(first >> 4); }
};

/// The packet that begins `input`, as far as it is known. Errors: malformed_packet for a length in
/// more than four bytes; packet_too_large for more than `bytes_max`.
[[nodiscard]] Result<Frame> next_frame(Bytes input, std::size_t bytes_max);

}  // namespace tern::mqtt
