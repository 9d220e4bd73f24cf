#pragma once

#include <string>

namespace tern {

/// Appends a code point, up to U+10FFFF, in UTF-8 (RFC 3629); a surrogate as if it were a
/// character.
void append_utf8(std::string& out, char32_t code);

}  // namespace tern
