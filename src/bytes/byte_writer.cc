#include "bytes/byte_writer.h"

#include <algorithm>

namespace tern {

void ByteWriter::grow(std::size_t count) {
    MutableBuffer larger(std::max({std::size_t{64}, block_.capacity() * 2, size_ + count}));
    if (size_ != 0) std::memcpy(larger.data(), block_.data(), size_);
    block_ = std::move(larger);
}

Buffer ByteWriter::freeze() {
    const std::size_t size = std::exchange(size_, 0);
    MutableBuffer block = std::move(block_);
    return std::move(block).freeze(size);
}

}  // namespace tern
