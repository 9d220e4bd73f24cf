#include "broker/selector/literal.h"

#include "broker/selector/numbers.h"

#include <charconv>
#include <limits>
#include <string_view>

namespace tern::selector {
namespace {

using Int32 = std::numeric_limits<std::int32_t>;

Value narrowest(std::int64_t value) {
    if (value >= Int32::min() && value <= Int32::max()) return static_cast<std::int32_t>(value);
    return value;
}

std::string_view without_suffix(std::string_view digits) {
    if (digits.ends_with('l') || digits.ends_with('L')) digits.remove_suffix(1);
    return digits;
}

std::optional<Value> integer(std::string_view digits, int base) {
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (read.ec != std::errc{}) return std::nullopt;
    return narrowest(value);
}

std::optional<Value> floating(std::string_view text) {
    if (text.ends_with('f') || text.ends_with('F')) return parse_float(text);
    return parse_double(text);
}

}  // namespace

std::optional<Value> number_literal(const Token& token) {
    switch (token.kind) {
        case TokenKind::decimal:
            return integer(without_suffix(token.text), 10);
        case TokenKind::hexadecimal:
            return integer(without_suffix(token.text).substr(2), 16);
        case TokenKind::octal:
            return integer(without_suffix(token.text), 8);
        default:
            return floating(token.text);
    }
}

std::optional<Value> negative_number_literal(const Token& token) {
    const auto value = number_literal(token);
    if (!value) {
        if (without_suffix(token.text) != "9223372036854775808") return std::nullopt;
        return Value(std::numeric_limits<std::int64_t>::min());
    }
    switch (value->type()) {
        case Type::float32:
            return Value(static_cast<float>(-value->floating()));
        case Type::float64:
            return Value(-value->floating());
        case Type::int32:
            return Value(static_cast<std::int32_t>(-value->integer()));
        // The width is that before the sign, as in Java: -2147483648 is an int64.
        default:
            return Value(-value->integer());
    }
}

std::string string_literal(const Token& token) {
    const std::string_view inside = token.text.substr(1, token.text.size() - 2);
    std::string value;
    value.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size(); ++at) {
        if (inside[at] == '\'') ++at;
        value += inside[at];
    }
    return value;
}

}  // namespace tern::selector
