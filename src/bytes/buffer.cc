#include "bytes/buffer.h"

#include "bytes/spare_blocks.h"

#include <cstring>
#include <new>

namespace tern {

Block* Block::allocate(std::size_t capacity) {
    return new (allocate_spare(sizeof(Block) + capacity)) Block(capacity);
}

void Block::free() noexcept {
    const std::size_t bytes = sizeof(Block) + capacity_;
    this->~Block();
    free_spare(this, bytes);
}

Buffer Buffer::copy_of(Bytes bytes) {
    if (bytes.empty()) return {};
    MutableBuffer copy(bytes.size());
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    return std::move(copy).freeze(bytes.size());
}

Buffer Buffer::slice(std::size_t offset, std::size_t length) const {
    TERN_ASSERT(offset <= size_ && length <= size_ - offset);
    if (length == 0) return {};
    block_->hold();
    return {block_, data_ + offset, length};
}

Buffer Buffer::slice_of(Bytes part) const {
    if (part.empty()) return {};
    TERN_ASSERT(part.data() >= data_ && part.data() + part.size() <= data_ + size_);
    return slice(static_cast<std::size_t>(part.data() - data_), part.size());
}

Buffer MutableBuffer::freeze(std::size_t size) && {
    TERN_ASSERT(size <= capacity());
    if (block_ == nullptr) return {};
    Block* block = std::exchange(block_, nullptr);
    return {block, block->data(), size};
}

std::pair<Buffer, Buffer> MutableBuffer::freeze(std::size_t size, Bytes part) && {
    if (part.empty()) return {std::move(*this).freeze(size), Buffer()};
    TERN_ASSERT(part.data() >= data() && part.data() + part.size() <= data() + size);
    block_->hold_unshared();
    Buffer slice(block_, part.data(), part.size());
    return {std::move(*this).freeze(size), std::move(slice)};
}

}  // namespace tern
