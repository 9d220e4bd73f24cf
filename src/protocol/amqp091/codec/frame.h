#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"

#include <array>
#include <optional>

namespace tern::amqp091 {

/// What a client that speaks 0-9-1 sends first.
constexpr std::array<std::uint8_t, 8> kProtocolHeader{'A', 'M', 'Q', 'P', 0, 0, 9, 1};

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

constexpr std::size_t kFrameHeadBytes = 7;
/// Head and end octet: what a frame has besides its payload.
constexpr std::size_t kFrameOverhead = 8;
constexpr std::uint8_t kFrameEnd = 0xCE;

struct Frame {
    FrameType type = FrameType::method;
    std::uint16_t channel = 0;
    Bytes payload;
    std::size_t size = 0;  ///< of the whole frame
};

/// The size of the frame that begins with `input`, 0 when that cannot be told yet.
/// Errors: frame_too_large, unknown_frame_type. Several clients are off by the overhead, so a
/// payload may have `frame_max` octets; 0: no limit.
[[nodiscard]] Result<std::size_t> frame_size(Bytes input, std::size_t frame_max);
/// The frame that `whole`, of the size that `frame_size` told, is. Errors: bad_frame_end.
[[nodiscard]] Result<Frame> split_frame(Bytes whole);

/// Begins a frame whose payload is appended next; returns what `end_frame` needs.
[[nodiscard]] std::size_t begin_frame(ByteWriter& out, FrameType type, std::uint16_t channel);
void end_frame(ByteWriter& out, std::size_t begun);

/// Appends at most 255 octets of `text` with their length in front.
void put_short(ByteWriter& out, std::string_view text);
/// `text` cut to 255 octets, not inside a character of UTF-8.
[[nodiscard]] std::string_view shortened(std::string_view text);

}  // namespace tern::amqp091
