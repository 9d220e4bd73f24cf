#pragma once

#include "base/frugal_deque.h"
#include "bytes/byte_writer.h"

namespace tern {

/// What a connection has yet to write: small pieces are copied together, large ones are kept by
/// reference, and all of it leaves in one gathered write. An empty output holds no memory.
class Output {
public:
    /// From this size on a buffer is referred to instead of copied: the copy of less costs under a
    /// quarter of a microsecond, an entry of its own in a gathered write costs about as much.
    static constexpr std::size_t kReferenceBytesMin = 4096;

    void append(Bytes bytes);
    void append(const Buffer& buffer);
    /// Small pieces, one after the other.
    void append(std::span<const Bytes> pieces);

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

    /// Fills `views` with the first pieces in order; returns how many.
    [[nodiscard]] std::size_t gather(std::span<Bytes> views);

    /// Forgets the first `count` bytes: they were written.
    void consume(std::size_t count);

private:
    static constexpr std::size_t kTailBytes = std::size_t{16} * 1024;

    /// For so many bytes, which the caller fills.
    [[nodiscard]] std::uint8_t* room(std::size_t bytes);
    void seal_tail();

    FrugalDeque<Buffer> sealed_;
    ByteWriter tail_;
    std::size_t tail_consumed_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tern
