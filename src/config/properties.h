#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tern::config {

using Properties = std::map<std::string, std::string, std::less<>>;

/// Reads a `.properties` file: `name = value` a line, `#` and `!` begin comments, `\` escapes a
/// character or continues a line. There is no text that is none.
[[nodiscard]] Properties parse_properties(std::string_view text);

/// Where `${name}` is looked up.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Replaces each `${name}` and `${name:default}`, also within what they stand for. Nothing, and the
/// reason in `problem`, when a name is unknown or the text grows without end.
[[nodiscard]] std::optional<std::string> resolve(std::string_view text, const Lookup& lookup,
                                                 std::string& problem);

}  // namespace tern::config
