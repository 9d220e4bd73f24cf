#pragma once

#include <string>
#include <string_view>

namespace tern::openwire {

// Java's modified UTF-8 (OpenWire reference, 3.3): NUL takes two bytes, and what lies beyond U+FFFF
// is written as two surrogates of three bytes each. Everything else is as in standard UTF-8.

/// Whether every byte is in 0x01 to 0x7F: the text is the same in all encodings concerned, and a
/// "one-byte string" in tight frames.
[[nodiscard]] bool is_one_byte(std::string_view text);

/// From standard UTF-8. What is not UTF-8 becomes U+FFFD; surrogates of three bytes are kept.
[[nodiscard]] std::string to_modified_utf8(std::string_view utf8);

/// To standard UTF-8. Takes standard UTF-8 as well; what is neither, lone surrogates included,
/// becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view modified);

/// Each byte is a character of its own.
[[nodiscard]] std::string latin1_to_modified_utf8(std::string_view latin1);

/// The longest beginning that has at most `bytes_max` bytes and does not end inside a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes_max);

/// The length as Java counts it, in UTF-16 units.
[[nodiscard]] std::size_t utf16_length(std::string_view modified);

}  // namespace tern::openwire
