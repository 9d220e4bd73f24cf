#include "protocol/amqp10/codec/frame.h"

#include "bytes/byte_reader.h"

#include <tuple>

namespace tern::amqp10 {
namespace {

constexpr std::uint8_t kDataOffsetMin = 2;  // in words of four bytes

}  // namespace

std::array<std::uint8_t, kProtocolHeaderBytes> protocol_header(ProtocolId id) {
    return {'A', 'M', 'Q', 'P', static_cast<std::uint8_t>(id), 1, 0, 0};
}

Result<ProtocolId> read_protocol_header(Bytes eight) {
    const bool name = as_text(eight.first(4)) == "AMQP";
    const auto id = static_cast<ProtocolId>(eight[4]);
    const bool known = id == ProtocolId::amqp || id == ProtocolId::tls || id == ProtocolId::sasl;
    if (!name || !known || eight[5] != 1 || eight[6] != 0 || eight[7] != 0) {
        return failure(Errc::bad_protocol);
    }
    return id;
}

Result<std::size_t> frame_size(Bytes bytes, std::uint32_t frame_bytes_max) {
    if (bytes.size() < 4) return 0;
    const auto size = load_big_endian<std::uint32_t>(bytes.data());
    if (size < kFrameHeaderBytes || size > frame_bytes_max) return failure(Errc::bad_frame_size);
    return size;
}

Result<Frame> read_frame(Bytes frame) {
    ByteReader in(frame);
    std::ignore = in.u32();
    const std::size_t offset = std::size_t{4} * in.u8();
    const std::uint8_t type = in.u8();
    const std::uint16_t channel = in.u16();
    if (in.failed() || offset < std::size_t{4} * kDataOffsetMin || offset > frame.size()) {
        return failure(Errc::bad_frame_size);
    }
    if (type > static_cast<std::uint8_t>(FrameType::sasl)) return failure(Errc::unexpected);
    return Frame{static_cast<FrameType>(type), channel, frame.subspan(offset)};
}

std::size_t begin_frame(ByteWriter& out, FrameType type, std::uint16_t channel) {
    const std::size_t at = out.size();
    out.u32(0);
    out.u8(kDataOffsetMin);
    out.u8(static_cast<std::uint8_t>(type));
    out.u16(channel);
    return at;
}

void end_frame(ByteWriter& out, std::size_t begun_at, std::size_t payload) {
    out.patch_u32(begun_at, static_cast<std::uint32_t>(out.size() - begun_at + payload));
}

}  // namespace tern::amqp10
