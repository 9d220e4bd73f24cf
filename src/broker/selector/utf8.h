#pragma once

#include <cstddef>
#include <string_view>

namespace tern::selector {

// UTF-8, standard or as Java writes it (a surrogate pair of 2 * 3 bytes is one character then).
// What is neither counts a byte as a character.

/// Bytes of the character that begins at `at`.
[[nodiscard]] std::size_t character_length(std::string_view text, std::size_t at);

[[nodiscard]] std::size_t character_count(std::string_view text);

/// Whether the character that begins at `at` may stand in an identifier. For what is beyond ASCII:
/// not the blanks, dashes, quotes and signs that editors slip in.
[[nodiscard]] bool is_identifier_character(std::string_view text, std::size_t at);

/// Less, equal or greater than 0, in the order of Java's strings (by UTF-16 units).
[[nodiscard]] int compare_texts(std::string_view left, std::string_view right);

}  // namespace tern::selector
