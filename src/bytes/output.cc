#include "bytes/output.h"

#include <algorithm>
#include <cstring>

namespace tern {
namespace {

/// An answer or two need no more; more than that is a stream, most likely.
constexpr std::size_t kFewBytes = 512;

}  // namespace

void Output::append(Bytes bytes) {
    append({&bytes, 1});
}

void Output::append(std::span<const Bytes> pieces) {
    std::size_t bytes = 0;
    for (const Bytes& piece : pieces) bytes += piece.size();
    if (bytes == 0) return;
    std::uint8_t* at = room(bytes);
    for (const Bytes& piece : pieces) {
        if (!piece.empty()) std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    }
}

std::uint8_t* Output::room(std::size_t bytes) {
    if (!tail_.empty() && tail_.size() + bytes > kTailBytes) seal_tail();
    const std::size_t before = tail_.size();
    const bool grows = before <= kFewBytes && before + bytes > kFewBytes;
    if (bytes < kTailBytes && (grows || (before == 0 && !sealed_.empty()))) {
        // At once: growing step by step would copy most of it another time.
        ByteWriter larger(kTailBytes);
        larger.append(tail_.bytes());
        tail_ = std::move(larger);
    }
    size_ += bytes;
    return tail_.room(bytes);
}

void Output::append(const Buffer& buffer) {
    if (buffer.size() < kReferenceBytesMin) {
        append(buffer.bytes());
        return;
    }
    seal_tail();
    sealed_.push_back(buffer);
    size_ += buffer.size();
}

std::size_t Output::gather(std::span<Bytes> views) {
    std::size_t count = 0;
    for (const Buffer& buffer : sealed_) {
        if (count == views.size()) return count;
        views[count++] = buffer.bytes();
    }
    if (tail_.size() > tail_consumed_ && count < views.size()) {
        views[count++] = tail_.bytes().subspan(tail_consumed_);
    }
    return count;
}

void Output::consume(std::size_t count) {
    TERN_ASSERT(count <= size_);
    size_ -= count;
    while (count > 0 && !sealed_.empty()) {
        Buffer& first = sealed_.front();
        const std::size_t taken = std::min(count, first.size());
        count -= taken;
        if (taken == first.size()) {
            sealed_.pop_front();
        } else {
            first = first.slice(taken, first.size() - taken);
        }
    }
    tail_consumed_ += count;
    if (size_ == 0) {
        tail_ = ByteWriter();
        tail_consumed_ = 0;
    }
}

void Output::seal_tail() {
    if (tail_.empty()) return;
    Buffer whole = tail_.freeze();
    const std::size_t start = std::exchange(tail_consumed_, 0);
    if (start < whole.size()) sealed_.push_back(whole.slice(start, whole.size() - start));
}

}  // namespace tern
