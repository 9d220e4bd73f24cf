#pragma once

#include <string>
#include <string_view>

namespace tern::security {

/// What a stranger sent, fit for a line of a log: without control characters, and not too long.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace tern::security
