#pragma once

#include "broker/selector/token.h"
#include "broker/selector/value.h"

#include <optional>
#include <string>

namespace tern::selector {

/// The value of a decimal, hexadecimal, octal or floating token: int32 where it fits, else int64;
/// float64, or float32 with the suffix f. None when it does not fit.
[[nodiscard]] std::optional<Value> number_literal(const Token& token);

/// The value of such a token behind a minus sign: the only place for the smallest int64.
[[nodiscard]] std::optional<Value> negative_number_literal(const Token& token);

/// The text between the quotes; each pair of quotes in it makes one.
[[nodiscard]] std::string string_literal(const Token& token);

}  // namespace tern::selector
