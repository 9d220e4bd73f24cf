#pragma once

#include "bytes/buffer.h"

#include <bit>
#include <cstring>

namespace tern {

template <class T>
[[nodiscard]] inline T load_big_endian(const std::uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1) {
        value = std::byteswap(value);
    }
    return value;
}

template <class T>
inline void store_big_endian(std::uint8_t* to, T value) {
    if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1) {
        value = std::byteswap(value);
    }
    std::memcpy(to, &value, sizeof value);
}

/// Reads big-endian fields from bytes a stranger sent. Once a read goes past the end the reader has
/// failed for good: every later read gives zero or nothing, so that fields are read first and
/// judged once, by `failed()`.
class ByteReader {
public:
    explicit ByteReader(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] std::uint8_t u8() { return number<std::uint8_t>(); }
    [[nodiscard]] std::uint16_t u16() { return number<std::uint16_t>(); }
    [[nodiscard]] std::uint32_t u32() { return number<std::uint32_t>(); }
    [[nodiscard]] std::uint64_t u64() { return number<std::uint64_t>(); }
    [[nodiscard]] std::int8_t i8() { return static_cast<std::int8_t>(u8()); }
    [[nodiscard]] std::int16_t i16() { return static_cast<std::int16_t>(u16()); }
    [[nodiscard]] std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }

    /// The next `count` bytes, or none and failure when fewer are left.
    [[nodiscard]] Bytes take(std::size_t count) {
        if (count > remaining()) {
            fail();
            return {};
        }
        const Bytes taken(at_, count);
        at_ += count;
        return taken;
    }

    [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] bool failed() const { return failed_; }
    /// Everything was read, and nothing beyond.
    [[nodiscard]] bool done() const { return !failed_ && at_ == end_; }

    void fail() {
        failed_ = true;
        at_ = end_;
    }

private:
    template <class T>
    T number() {
        if (remaining() < sizeof(T)) {
            fail();
            return 0;
        }
        const T value = load_big_endian<T>(at_);
        at_ += sizeof(T);
        return value;
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool failed_ = false;
};

}  // namespace tern
