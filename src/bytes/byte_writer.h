#pragma once

#include "bytes/buffer.h"
#include "bytes/byte_reader.h"

namespace tern {

/// Appends big-endian fields to a block that grows as needed.
class ByteWriter {
public:
    ByteWriter() = default;
    explicit ByteWriter(std::size_t capacity) : block_(capacity) {}

    void u8(std::uint8_t value) { *room(1) = value; }
    void u16(std::uint16_t value) { store_big_endian(room(sizeof value), value); }
    void u32(std::uint32_t value) { store_big_endian(room(sizeof value), value); }
    void u64(std::uint64_t value) { store_big_endian(room(sizeof value), value); }
    void i8(std::int8_t value) { u8(static_cast<std::uint8_t>(value)); }
    void i16(std::int16_t value) { u16(static_cast<std::uint16_t>(value)); }
    void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
    void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }

    void append(Bytes bytes) {
        if (!bytes.empty()) std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    }
    void append(std::string_view text) { append(as_bytes(text)); }

    /// `count` bytes to be filled by the caller before the next append.
    [[nodiscard]] std::uint8_t* room(std::size_t count) {
        if (block_.capacity() - size_ < count) grow(count);
        std::uint8_t* at = block_.data() + size_;
        size_ += count;
        return at;
    }

    /// Overwrites a field written earlier, such as a length that is known only now.
    void patch_u8(std::size_t offset, std::uint8_t value) {
        TERN_ASSERT(offset < size_);
        block_.data()[offset] = value;
    }
    void patch_u16(std::size_t offset, std::uint16_t value) {
        TERN_ASSERT(offset + sizeof value <= size_);
        store_big_endian(block_.data() + offset, value);
    }
    void patch_u32(std::size_t offset, std::uint32_t value) {
        TERN_ASSERT(offset + sizeof value <= size_);
        store_big_endian(block_.data() + offset, value);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] Bytes bytes() { return {size_ == 0 ? nullptr : block_.data(), size_}; }

    /// Forgets the content, keeps the memory.
    void clear() { size_ = 0; }
    /// Forgets everything behind the first `size` bytes.
    void truncate(std::size_t size) {
        TERN_ASSERT(size <= size_);
        size_ = size;
    }
    /// Gives the content away without a copy; the writer is empty afterwards.
    [[nodiscard]] Buffer freeze();

private:
    void grow(std::size_t count);

    MutableBuffer block_;
    std::size_t size_ = 0;
};

}  // namespace tern
