#include "gateway/utf8.h"

namespace tern::gateway {

bool Utf8Check::feed(Bytes piece) {
    for (const std::uint8_t byte : piece) {
        if (missing_ == 0) {
            if (!begin(byte)) return false;
            continue;
        }
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xBF;
        --missing_;
    }
    return true;
}

/// A first byte decides how many follow; some narrow what the second may be, against overlong
/// forms, surrogates, and what lies beyond the last character.
bool Utf8Check::begin(std::uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) low_ = 0xA0;
    if (byte == 0xED) high_ = 0x9F;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;
    return true;
}

}  // namespace tern::gateway
