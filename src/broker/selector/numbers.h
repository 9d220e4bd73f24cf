#pragma once

#include "broker/selector/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::selector {

// Numbers and texts, as java.lang converts them.

/// Integer.valueOf and its kin: an optional sign and digits, nothing else, within `min` and `max`.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t min,
                                                        std::int64_t max);

/// Double.valueOf and Float.valueOf, without hexadecimal: control characters and blanks around, a
/// sign, NaN, Infinity, a suffix. What is too large is infinite.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
[[nodiscard]] std::optional<float> parse_float(std::string_view text);

/// Double.toString and Float.toString: at least one digit behind the point, an exponent outside of
/// 10^-3 to 10^7.
[[nodiscard]] std::string double_text(double value);
[[nodiscard]] std::string float_text(float value);

/// At least the length of `to_text(value)`.
[[nodiscard]] std::size_t text_size_max(const Value& value);
/// String.valueOf.
[[nodiscard]] std::string to_text(const Value& value);

}  // namespace tern::selector
