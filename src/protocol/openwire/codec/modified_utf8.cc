#include "protocol/openwire/codec/modified_utf8.h"

#include <cstdint>
#include <cstring>

namespace tern::openwire {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr bool is_high_surrogate(char32_t c) {
    return c >= 0xD800 && c <= 0xDBFF;
}
constexpr bool is_low_surrogate(char32_t c) {
    return c >= 0xDC00 && c <= 0xDFFF;
}
constexpr bool is_continuation(char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0) == 0x80;
}

struct Decoded {
    char32_t character;
    std::size_t bytes;
};

constexpr Decoded kInvalid{kReplacement, 1};

/// The first character of `text`, which is not empty. Surrogates come one by one; NUL in two bytes
/// is the only overlong form taken.
Decoded decode(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC0 || lead > 0xF4 || text.size() < length) return kInvalid;

    char32_t character = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return kInvalid;
        character = character << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool overlong = character < kSmallest[length] && !(length == 2 && character == 0);
    if (overlong || character > 0x10FFFF) return kInvalid;
    return {character, length};
}

void append(std::string& out, std::uint32_t byte) {
    out.push_back(static_cast<char>(byte));
}

void append_two(std::string& out, char32_t c) {
    append(out, 0xC0 | c >> 6);
    append(out, 0x80 | (c & 0x3F));
}

void append_three(std::string& out, char32_t c) {
    append(out, 0xE0 | c >> 12);
    append(out, 0x80 | (c >> 6 & 0x3F));
    append(out, 0x80 | (c & 0x3F));
}

void append_modified(std::string& out, char32_t c) {
    if (c != 0 && c < 0x80) return append(out, c);
    if (c < 0x800) return append_two(out, c);
    if (c < 0x10000) return append_three(out, c);
    append_three(out, 0xD800 + ((c - 0x10000) >> 10));
    append_three(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

void append_standard(std::string& out, char32_t c) {
    if (c < 0x80) return append(out, c);
    if (c < 0x800) return append_two(out, c);
    if (c < 0x10000) return append_three(out, c);
    append(out, 0xF0 | c >> 18);
    append(out, 0x80 | (c >> 12 & 0x3F));
    append(out, 0x80 | (c >> 6 & 0x3F));
    append(out, 0x80 | (c & 0x3F));
}

/// Like `decode`, but puts two surrogates together and refuses a lone one.
Decoded decode_pair(std::string_view text) {
    const Decoded first = decode(text);
    if (is_low_surrogate(first.character)) return {kReplacement, first.bytes};
    if (!is_high_surrogate(first.character)) return first;
    if (text.size() > first.bytes) {
        const Decoded second = decode(text.substr(first.bytes));
        if (is_low_surrogate(second.character)) {
            const char32_t high = first.character - 0xD800;
            const char32_t low = second.character - 0xDC00;
            return {0x10000 + (high << 10 | low), first.bytes + second.bytes};
        }
    }
    return {kReplacement, first.bytes};
}

/// Has its high bit set where `word` has a byte that is 0 or above 0x7F, and nowhere else unless
/// there is such a byte.
constexpr std::uint64_t suspicious(std::uint64_t word) {
    return ((word - 0x0101010101010101ULL) | word) & 0x8080808080808080ULL;
}

template <class T>
std::uint64_t load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

}  // namespace

bool is_one_byte(std::string_view text) {
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
        std::uint64_t found = suspicious(load<std::uint64_t>(data + size - 8));
        for (std::size_t i = 0; i + 8 <= size; i += 8) {
            found |= suspicious(load<std::uint64_t>(data + i));
        }
        return found == 0;
    }
    // Bytes not there are filled up with 0x01, which nobody suspects.
    constexpr std::uint64_t kFill = 0x0101010100000000ULL;
    if (size >= 4) {
        return (suspicious(load<std::uint32_t>(data) | kFill) |
                suspicious(load<std::uint32_t>(data + size - 4) | kFill)) == 0;
    }
    for (const char byte : text) {
        if (byte <= 0) return false;
    }
    return true;
}

std::string to_modified_utf8(std::string_view utf8) {
    if (is_one_byte(utf8)) return std::string(utf8);
    std::string out;
    out.reserve(utf8.size() + utf8.size() / 2);
    while (!utf8.empty()) {
        const auto [character, bytes] = decode(utf8);
        append_modified(out, character);
        utf8.remove_prefix(bytes);
    }
    return out;
}

std::string to_utf8(std::string_view modified) {
    if (is_one_byte(modified)) return std::string(modified);
    std::string out;
    out.reserve(modified.size());
    while (!modified.empty()) {
        const auto [character, bytes] = decode_pair(modified);
        append_standard(out, character);
        modified.remove_prefix(bytes);
    }
    return out;
}

std::string latin1_to_modified_utf8(std::string_view latin1) {
    std::string out;
    out.reserve(latin1.size() * 2);
    for (const char byte : latin1) append_modified(out, static_cast<std::uint8_t>(byte));
    return out;
}

std::string_view cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && is_continuation(text[end])) --end;
    return text.substr(0, end);
}

std::size_t utf16_length(std::string_view modified) {
    std::size_t units = 0;
    for (const char byte : modified) {
        if (!is_continuation(byte)) ++units;
    }
    return units;
}

}  // namespace tern::openwire
