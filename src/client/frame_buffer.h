#pragma once

#include "base/result.h"
#include "bytes/buffer.h"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tern::client {

/// Puts frames together from what a socket delivers. Grows as the bytes of a large frame really
/// arrive, and gives the memory back after it.
class FrameBuffer {
public:
    FrameBuffer() : bytes_(kBytes) {}

    /// Frames with a larger size prefix are refused.
    void set_frame_bytes_max(std::int64_t bytes) { frame_bytes_max_ = bytes; }

    /// Where the next bytes go; never empty. Ends the life of frames taken before.
    [[nodiscard]] std::span<std::uint8_t> prepare();
    void commit(std::size_t count) { end_ += count; }

    /// The next whole frame without its size prefix, or none when bytes are missing.
    /// Errors: what openwire::frame_length may find; the connection is useless then.
    [[nodiscard]] tern::Result<Bytes> next();

private:
    static constexpr std::size_t kBytes = std::size_t{64} * 1024;

    std::vector<std::uint8_t> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::int64_t frame_bytes_max_ = std::numeric_limits<std::int32_t>::max();
};

}  // namespace tern::client
