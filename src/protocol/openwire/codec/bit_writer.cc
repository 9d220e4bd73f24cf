#include "protocol/openwire/codec/bit_writer.h"

#include <bit>

namespace tern::openwire {
namespace {

constexpr std::size_t kPlainLengthMax = 63;
constexpr std::size_t kOneByteLengthMax = 255;
constexpr std::uint8_t kOneByteLength = 0xC0;
constexpr std::uint8_t kTwoByteLength = 0x80;

}  // namespace

std::size_t BitWriter::encoded_size() const {
    const std::size_t bytes = size();
    return bytes + (bytes <= kPlainLengthMax ? 1 : bytes <= kOneByteLengthMax ? 2 : 3);
}

void BitWriter::append_to(ByteWriter& out) {
    const std::size_t bytes = size();
    if (bytes > kOneByteLengthMax) {
        out.u8(kTwoByteLength);
        out.u16(static_cast<std::uint16_t>(bytes));
    } else {
        if (bytes > kPlainLengthMax) out.u8(kOneByteLength);
        out.u8(static_cast<std::uint8_t>(bytes));
    }
    out.append(full_.bytes());
    for (unsigned bit = 0; bit < used_; bit += 8) out.u8((window_ >> bit) & 0xFF);
}

void BitWriter::flush() {
    full_.u64(std::byteswap(window_));
    window_ = 0;
    used_ = 0;
}

}  // namespace tern::openwire
