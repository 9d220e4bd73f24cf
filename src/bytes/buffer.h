#pragma once

#include "base/assert.h"
#include "base/shared_count.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace tern {

/// Bytes that belong to somebody else.
using Bytes = std::span<const std::uint8_t>;

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One allocation: a count and the bytes behind it. Used through Buffer and MutableBuffer only.
class Block {
public:
    /// Never fails: out of memory ends the process.
    static Block* allocate(std::size_t capacity);

    std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    void hold() noexcept { count_.hold(); }
    void hold_unshared() noexcept { count_.hold_unshared(); }
    void drop() noexcept {
        if (count_.drop()) free();
    }

private:
    explicit Block(std::size_t capacity) : capacity_(capacity) {}
    void free() noexcept;

    SharedCount count_;
    std::size_t capacity_;
};

/// An immutable slice of a counted block. Copies share the bytes, from any thread. Whoever keeps a
/// small slice for long keeps its whole block: copy it out instead (`Buffer::copy_of`).
class Buffer {
public:
    Buffer() = default;
    Buffer(const Buffer& other) noexcept
        : block_(other.block_), data_(other.data_), size_(other.size_) {
        if (block_ != nullptr) block_->hold();
    }
    Buffer(Buffer&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    Buffer& operator=(Buffer other) noexcept {
        swap(other);
        return *this;
    }
    ~Buffer() {
        if (block_ != nullptr) block_->drop();
    }

    [[nodiscard]] static Buffer copy_of(Bytes bytes);

    [[nodiscard]] const std::uint8_t* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] Bytes bytes() const { return {data_, size_}; }

    /// `offset + length` must lie inside.
    [[nodiscard]] Buffer slice(std::size_t offset, std::size_t length) const;
    /// The slice that `part`, a view into this buffer's bytes, covers.
    [[nodiscard]] Buffer slice_of(Bytes part) const;
    /// Bytes held in memory because of this slice.
    [[nodiscard]] std::size_t pinned() const { return block_ == nullptr ? 0 : block_->capacity(); }

    void swap(Buffer& other) noexcept {
        std::swap(block_, other.block_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

private:
    friend class MutableBuffer;
    Buffer(Block* block, const std::uint8_t* data, std::size_t size)
        : block_(block), data_(data), size_(size) {}

    Block* block_ = nullptr;
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// A block while it has one owner who fills it.
class MutableBuffer {
public:
    MutableBuffer() = default;
    explicit MutableBuffer(std::size_t capacity) : block_(Block::allocate(capacity)) {}
    MutableBuffer(MutableBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    MutableBuffer& operator=(MutableBuffer&& other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    MutableBuffer(const MutableBuffer&) = delete;
    MutableBuffer& operator=(const MutableBuffer&) = delete;
    ~MutableBuffer() {
        if (block_ != nullptr) block_->drop();
    }

    explicit operator bool() const { return block_ != nullptr; }
    [[nodiscard]] std::uint8_t* data() { return block_->data(); }
    [[nodiscard]] std::size_t capacity() const {
        return block_ == nullptr ? 0 : block_->capacity();
    }

    /// Gives the first `size` bytes away as immutable; this object is empty afterwards.
    [[nodiscard]] Buffer freeze(std::size_t size) &&;
    /// The same, and a slice of it: that which `part`, a view into it, covers.
    [[nodiscard]] std::pair<Buffer, Buffer> freeze(std::size_t size, Bytes part) &&;

private:
    Block* block_ = nullptr;
};

}  // namespace tern
