#include "client/frame_buffer.h"

#include "protocol/openwire/codec/frame.h"

#include <cstring>

namespace tern::client {

std::span<std::uint8_t> FrameBuffer::prepare() {
    if (begin_ > 0) {
        end_ -= begin_;
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_);
        begin_ = 0;
    }
    if (end_ == 0 && bytes_.size() > kBytes) {
        bytes_ = std::vector<std::uint8_t>(kBytes);
    } else if (end_ == bytes_.size()) {
        bytes_.resize(2 * bytes_.size());
    }
    return std::span(bytes_).subspan(end_);
}

tern::Result<Bytes> FrameBuffer::next() {
    const Bytes received = Bytes(bytes_).subspan(begin_, end_ - begin_);
    const auto length = openwire::frame_length(received, frame_bytes_max_);
    if (!length) return failure(length.error());
    if (*length == 0 || received.size() < *length) return Bytes();
    begin_ += *length;
    return received.first(*length).subspan(openwire::kSizePrefixBytes);
}

}  // namespace tern::client
