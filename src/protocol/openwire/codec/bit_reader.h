#pragma once

#include "bytes/byte_reader.h"

#include <algorithm>
#include <bit>

namespace tern::openwire {

/// The boolean stream of a tight frame, least significant bit first. OpenWire reference, 3.5. Like
/// a ByteReader it fails for good, and gives zeros then.
class BitReader {
public:
    BitReader() = default;
    explicit BitReader(Bytes bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard, gnu::always_inline]] bool bit() {
        if (window_ == kEmpty) [[unlikely]]
            refill();
        const bool value = (window_ & 1) != 0;
        window_ >>= 1;
        return value;
    }

    /// Bits not read yet, those that fill the last byte up included.
    [[nodiscard]] std::size_t remaining() const {
        if (failed_) return 0;
        const auto in_window = static_cast<std::size_t>(std::bit_width(window_)) - 1;
        return in_window + static_cast<std::size_t>(end_ - next_) * 8;
    }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    /// The highest bit that is set ends the window.
    static constexpr std::uint64_t kEmpty = 1;
    static constexpr std::size_t kWindowBytes = 7;

    [[gnu::noinline]] void refill() {
        const auto count = std::min(static_cast<std::size_t>(end_ - next_), kWindowBytes);
        failed_ = failed_ || count == 0;
        window_ = std::uint64_t{1} << (8 * (failed_ ? kWindowBytes : count));
        for (std::size_t i = 0; i < count; ++i) window_ |= std::uint64_t{next_[i]} << (8 * i);
        next_ += count;
    }

    const std::uint8_t* next_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    std::uint64_t window_ = kEmpty;
    bool failed_ = false;
};

}  // namespace tern::openwire
