#include "broker/selector/utf8.h"

#include <algorithm>
#include <cstdint>

namespace tern::selector {
namespace {

constexpr unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

constexpr bool is_continuation(unsigned char byte) {
    return (byte & 0xC0U) == 0x80U;
}

/// From the lead byte alone; 1 for what is none.
constexpr std::size_t announced_length(unsigned char lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 1;
}

/// Half of a surrogate pair in Java's encoding: ED A0..AF xx the high one, ED B0..BF xx the low
/// one.
constexpr bool is_surrogate(std::string_view text, std::size_t at, unsigned char second) {
    return at + 3 <= text.size() && byte_at(text, at) == 0xED &&
           (byte_at(text, at + 1) & 0xF0U) == second;
}

/// `length` is at most 4, and the character is complete.
constexpr std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t length) {
    std::uint32_t value = byte_at(text, at);
    if (length == 1) return value;
    value &= 0x7FU >> length;
    for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte_at(text, at + i) & 0x3FU);
    return value;
}

constexpr bool is_sign_or_blank(std::uint32_t c) {
    return c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) ||
           (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE00 && c <= 0xFE6F) || c == 0xFEFF ||
           (c >= 0xFFF0 && c <= 0xFFFF);
}

}  // namespace

std::size_t character_length(std::string_view text, std::size_t at) {
    const std::size_t length = announced_length(byte_at(text, at));
    if (length == 1) return 1;
    if (at + length > text.size()) return 1;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(byte_at(text, at + i))) return 1;
    }
    const bool pair = is_surrogate(text, at, 0xA0) && is_surrogate(text, at + 3, 0xB0);
    return pair ? 6 : length;
}

std::size_t character_count(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += character_length(text, at)) ++count;
    return count;
}

bool is_identifier_character(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) {
        return (lead >= 'a' && lead <= 'z') || (lead >= 'A' && lead <= 'Z') ||
               (lead >= '0' && lead <= '9') || lead == '_' || lead == '$';
    }
    const std::size_t length = character_length(text, at);
    if (length == 1) return false;
    return length == 6 || !is_sign_or_blank(code_point(text, at, length));
}

int compare_texts(std::string_view left, std::string_view right) {
    const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    if (l == left.end() || r == right.end()) {
        return static_cast<int>(l != left.end()) - static_cast<int>(r != right.end());
    }
    // UTF-8 sorts as UTF-16 does, but for characters beyond U+FFFF (four bytes from 0xF0): their
    // surrogates, D800..DFFF, come before U+E000 (lead bytes 0xEE and 0xEF).
    const auto rank = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0xEE || byte == 0xEF) return byte + 0x10;
        return static_cast<int>(byte);
    };
    return rank(*l) < rank(*r) ? -1 : 1;
}

}  // namespace tern::selector
