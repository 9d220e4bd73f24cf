#include "protocol/amqp091/utf8.h"

#include "bytes/utf8.h"

#include <array>
#include <cstdint>

namespace tern::amqp091 {

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto first = static_cast<std::uint8_t>(bytes[at++]);
        if (first < 0x80) continue;
        int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first < 0xC2 || first > 0xF4) return false;
        std::uint32_t code = first & (0x3F >> more);
        constexpr std::array<std::uint32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
        const std::uint32_t least = kLeast[static_cast<std::size_t>(more)];
        for (; more > 0; --more) {
            if (at == bytes.size()) return false;
            const auto next = static_cast<std::uint8_t>(bytes[at++]);
            if ((next & 0xC0) != 0x80) return false;
            code = code << 6 | (next & 0x3FU);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    }
    return true;
}

void append_utf8(std::string& text, char16_t unit) {
    const bool surrogate = unit >= 0xD800 && unit < 0xE000;
    tern::append_utf8(text, surrogate ? u'\uFFFD' : unit);
}

}  // namespace tern::amqp091
