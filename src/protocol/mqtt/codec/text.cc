#include "protocol/mqtt/codec/text.h"

#include <cstring>
#include <limits>

namespace tern::mqtt {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;
constexpr std::uint64_t kOnes = 0x0101010101010101;

/// The length of the character at the front, which is not ASCII; 0: invalid.
std::size_t character_bytes(Bytes text) {
    const std::uint8_t first = text[0];
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > text.size()) return 0;
    std::uint32_t point = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((text[i] & 0xC0) != 0x80) return 0;
        point = point << 6 | (text[i] & 0x3FU);
    }
    constexpr std::uint32_t kSmallest[] = {0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (surrogate || point < kSmallest[length - 2] || point > 0x10FFFF) return 0;
    return length;
}

}  // namespace

bool is_valid_text(std::string_view text) {
    Bytes rest = as_bytes(text);
    while (!rest.empty()) {
        if (rest.size() >= 8) {
            std::uint64_t word;
            std::memcpy(&word, rest.data(), sizeof word);
            // No byte is above 0x7F or 0: eight characters at once.
            if (((word | (word - kOnes)) & kHighBits) == 0) {
                rest = rest.subspan(8);
                continue;
            }
        }
        if (rest[0] == 0) return false;
        const std::size_t length = rest[0] < 0x80 ? 1 : character_bytes(rest);
        if (length == 0) return false;
        rest = rest.subspan(length);
    }
    return true;
}

std::string_view read_binary(ByteReader& in) {
    return as_text(in.take(in.u16()));
}

std::string_view read_text(ByteReader& in) {
    const std::string_view text = read_binary(in);
    if (is_valid_text(text)) return text;
    in.fail();
    return {};
}

Result<void> write_binary(ByteWriter& out, std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint16_t>::max()) return failure(Errc::does_not_fit);
    out.u16(static_cast<std::uint16_t>(text.size()));
    out.append(text);
    return {};
}

}  // namespace tern::mqtt
