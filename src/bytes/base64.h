#pragma once

#include <string>
#include <string_view>

namespace tern {

[[nodiscard]] std::string base64(std::string_view bytes);
/// False when it is none; padding is needed.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& bytes);
/// The same of base64url as tokens have it: without padding (RFC 7515, 2).
[[nodiscard]] bool decode_base64url(std::string_view text, std::string& bytes);

}  // namespace tern
