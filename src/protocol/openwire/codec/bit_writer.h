#pragma once

#include "bytes/byte_writer.h"

namespace tern::openwire {

/// The boolean stream of a tight frame, least significant bit first. OpenWire reference, 3.5.
class BitWriter {
public:
    static constexpr std::size_t kBytesMax = 32767;

    void bit(bool value) {
        window_ |= std::uint64_t{value} << used_;
        if (++used_ == kWindowBits) [[unlikely]]
            flush();
    }
    void bits(bool first, bool second) {
        if (used_ > kWindowBits - 2) [[unlikely]] {
            bit(first);
            bit(second);
        } else {
            const unsigned both = unsigned{first} | unsigned{second} << 1;
            window_ |= std::uint64_t{both} << used_;
            used_ += 2;
            if (used_ == kWindowBits) [[unlikely]]
                flush();
        }
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
    static constexpr unsigned kWindowBits = 64;

    void flush();

    ByteWriter full_;
    std::uint64_t window_ = 0;
    unsigned used_ = 0;
};

}  // namespace tern::openwire
