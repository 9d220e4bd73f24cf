#pragma once

#include <string>
#include <string_view>

namespace tern {

/// Appends a code point, up to U+10FFFF, in UTF-8 (RFC 3629); a surrogate as if it were a
/// character.
void append_utf8(std::string& out, char32_t code);

/// UTF-8 as it is; what is none has replacement characters in its place, so that the result always
/// is text.
[[nodiscard]] std::string clean_utf8(std::string_view text);

}  // namespace tern
