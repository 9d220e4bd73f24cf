#include "protocol/mqtt/codec/frame.h"

namespace tern::mqtt {

Result<Frame> next_frame(Bytes input, std::size_t bytes_max) {
    constexpr std::size_t kHeaderBytesMax = 5;
    if (input.empty()) return Frame{};
    Frame frame{.first = input[0]};
    std::size_t rest = 0;
    for (std::size_t i = 1; i < kHeaderBytesMax; ++i) {
        if (i == input.size()) return frame;
        rest |= static_cast<std::size_t>(input[i] & 0x7F) << (7 * (i - 1));
        if ((input[i] & 0x80) != 0) continue;
        frame.header_bytes = i + 1;
        frame.bytes = frame.header_bytes + rest;
        if (frame.bytes > bytes_max) return failure(Errc::packet_too_large);
        return frame;
    }
    return failure(Errc::malformed_packet);
}

}  // namespace tern::mqtt
