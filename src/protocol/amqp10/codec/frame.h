#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/errc.h"
#include "protocol/amqp10/codec/item.h"

#include <array>
#include <span>

namespace tern::amqp10 {

inline constexpr std::size_t kProtocolHeaderBytes = 8;
inline constexpr std::size_t kFrameHeaderBytes = 8;
/// What every peer must take: part 2, 2.4.1.
inline constexpr std::uint32_t kFrameBytesMin = 512;

enum class ProtocolId : std::uint8_t { amqp = 0, tls = 2, sasl = 3 };

[[nodiscard]] std::array<std::uint8_t, kProtocolHeaderBytes> protocol_header(ProtocolId id);
/// Errors: bad_protocol.
[[nodiscard]] Result<ProtocolId> read_protocol_header(Bytes eight);

enum class FrameType : std::uint8_t { amqp = 0, sasl = 1 };

struct Frame {
    FrameType type = FrameType::amqp;
    std::uint16_t channel = 0;
    Bytes body;  ///< empty: a sign of life
};

/// The size of the frame that `bytes` begin with; 0 when too little has come to know.
/// Errors: bad_frame_size.
[[nodiscard]] Result<std::size_t> frame_size(Bytes bytes, std::uint32_t frame_bytes_max);
/// Takes a whole frame apart. Errors: bad_frame_size, unexpected (a type that does not exist).
[[nodiscard]] Result<Frame> read_frame(Bytes frame);

/// Starts a frame in `out`; `end_frame` fills in its size, to which `payload` bytes that follow
/// elsewhere count.
[[nodiscard]] std::size_t begin_frame(ByteWriter& out, FrameType type, std::uint16_t channel);
void end_frame(ByteWriter& out, std::size_t begun_at, std::size_t payload = 0);

}  // namespace tern::amqp10
