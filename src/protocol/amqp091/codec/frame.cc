#include "protocol/amqp091/codec/frame.h"

#include "protocol/amqp091/codec/errc.h"

#include <algorithm>

namespace tern::amqp091 {
namespace {

constexpr std::size_t kShortTextMax = 255;

bool known(std::uint8_t type) {
    return (type >= 1 && type <= 3) || type == static_cast<std::uint8_t>(FrameType::heartbeat);
}

}  // namespace

Result<std::size_t> frame_size(Bytes input, std::size_t frame_max) {
    if (input.empty()) return 0;
    if (!known(input[0])) return failure(Errc::unknown_frame_type);
    if (input.size() < kFrameHeadBytes) return 0;
    const std::size_t payload = load_big_endian<std::uint32_t>(input.data() + 3);
    if (frame_max != 0 && payload > frame_max) return failure(Errc::frame_too_large);
    return payload + kFrameOverhead;
}

Result<Frame> split_frame(Bytes whole) {
    if (whole.back() != kFrameEnd) return failure(Errc::bad_frame_end);
    return Frame{.type = static_cast<FrameType>(whole[0]),
                 .channel = load_big_endian<std::uint16_t>(whole.data() + 1),
                 .payload = whole.subspan(kFrameHeadBytes, whole.size() - kFrameOverhead),
                 .size = whole.size()};
}

std::size_t begin_frame(ByteWriter& out, FrameType type, std::uint16_t channel) {
    out.u8(static_cast<std::uint8_t>(type));
    out.u16(channel);
    out.u32(0);
    return out.size();
}

void end_frame(ByteWriter& out, std::size_t begun) {
    out.patch_u32(begun - 4, static_cast<std::uint32_t>(out.size() - begun));
    out.u8(kFrameEnd);
}

void put_short(ByteWriter& out, std::string_view text) {
    const std::string_view fits = shortened(text);
    out.u8(static_cast<std::uint8_t>(fits.size()));
    out.append(fits);
}

std::string_view shortened(std::string_view text) {
    if (text.size() <= kShortTextMax) return text;
    std::size_t size = kShortTextMax;
    const auto continues = [&](std::size_t at) {
        return (static_cast<std::uint8_t>(text[at]) & 0xC0) == 0x80;
    };
    while (size > kShortTextMax - 4 && continues(size)) --size;
    return text.substr(0, size);
}

}  // namespace tern::amqp091
