#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

[[nodiscard]] std::string_view trim(std::string_view text);
/// The parts between separators, trimmed; none for an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// A number of bytes: written with a unit, as in `64mb`, `100 gb`.
struct Bytes {
    std::int64_t value = 0;

    auto operator<=>(const Bytes&) const = default;
};

/// What a number may be.
struct Range {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

inline constexpr Range kNatural{0, std::numeric_limits<std::int64_t>::max()};
/// -1 stands for "no limit".
inline constexpr Range kLimit{-1, std::numeric_limits<std::int64_t>::max()};
inline constexpr Range kPercent{0, 100};

// A value from its text, or what the text should have been, as in "true or false".
[[nodiscard]] std::expected<bool, std::string> parse_bool(std::string_view text);
[[nodiscard]] std::expected<std::int64_t, std::string> parse_integer(std::string_view text,
                                                                     Range range);
[[nodiscard]] std::expected<double, std::string> parse_double(std::string_view text);
[[nodiscard]] std::expected<std::int64_t, std::string> parse_bytes(std::string_view text,
                                                                   Range range);

/// `parse_bytes` of it gives the same.
[[nodiscard]] std::string bytes_to_text(std::int64_t bytes);
/// `parse_double` of it gives the same.
[[nodiscard]] std::string double_to_text(double value);

/// The one of `names` that `name` probably was meant to be; empty when none is near.
[[nodiscard]] std::string nearest(std::string_view name,
                                  const std::vector<std::string_view>& names);

}  // namespace tern::config
