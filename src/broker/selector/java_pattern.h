#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace tern::selector {

/// Rewrites a pattern of java.util.regex for RE2 where the two spell the same thing differently,
/// and refuses what both read, but not alike. What RE2 cannot read it refuses itself.
[[nodiscard]] std::expected<std::string, std::string> translate_java_pattern(
    std::string_view pattern);

}  // namespace tern::selector
