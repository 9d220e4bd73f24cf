#pragma once

#include "bytes/byte_writer.h"

namespace tern::openwire {

/// The boolean stream of a tight frame, least significant bit first. OpenWire reference, 3.5.
class BitWriter {
public:
    static constexpr std::size_t kBytesMax = 32767;

    void bit(bool value) {
        window_ |= std::uint64_t{value} << used_;
        if (++used_ == 64) flush();
    }

    /// Bytes of the stream without its length.
    [[nodiscard]] std::size_t size() const { return full_.size() + (used_ + 7) / 8; }
    /// Bytes that `append_to` will append.
    [[nodiscard]] std::size_t encoded_size() const;
    void append_to(ByteWriter& out);

    void clear() {
        full_.clear();
        window_ = 0;
        used_ = 0;
    }

private:
    void flush();

    ByteWriter full_;
    std::uint64_t window_ = 0;
    unsigned used_ = 0;
};

}  // namespace tern::openwire
