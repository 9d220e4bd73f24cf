#pragma once

#include "base/result.h"

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>

namespace tern::store::tools {

/// A value, or why there is none, in words for whoever called the tool.
template <class T>
using Answer = std::expected<T, std::string>;

/// The unexpected half of an answer.
template <class... Args>
[[nodiscard]] std::unexpected<std::string> problem(fmt::format_string<Args...> format,
                                                   Args&&... args) {
    return std::unexpected(fmt::format(format, std::forward<Args>(args)...));
}

/// What the disk said of `what`.
[[nodiscard]] inline std::unexpected<std::string> problem_with(std::string_view what,
                                                               std::error_code error) {
    return problem("{}: {}", what, error.message());
}

}  // namespace tern::store::tools
