#pragma once

#include "bytes/byte_reader.h"

#include <algorithm>

namespace tern::openwire {

/// The boolean stream of a tight frame, least significant bit first. OpenWire reference, 3.5. Like
/// a ByteReader it fails for good, and gives zeros then.
class BitReader {
public:
    BitReader() = default;
    explicit BitReader(Bytes bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool bit() {
        if (left_ == 0) refill();
        const bool value = (window_ & 1) != 0;
        window_ >>= 1;
        --left_;
        return value;
    }

    /// Bits not read yet, those that fill the last byte up included.
    [[nodiscard]] std::size_t remaining() const {
        if (failed_) return 0;
        return left_ + static_cast<std::size_t>(end_ - next_) * 8;
    }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    void refill() {
        const auto count = std::min(static_cast<std::size_t>(end_ - next_), sizeof window_);
        window_ = 0;
        if (count == 0) {
            failed_ = true;
            left_ = 64;
            return;
        }
        for (std::size_t i = 0; i < count; ++i) window_ |= std::uint64_t{next_[i]} << (8 * i);
        next_ += count;
        left_ = static_cast<unsigned>(count * 8);
    }

    const std::uint8_t* next_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    std::uint64_t window_ = 0;
    unsigned left_ = 0;
    bool failed_ = false;
};

}  // namespace tern::openwire
