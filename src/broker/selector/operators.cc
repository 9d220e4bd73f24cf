#include "broker/selector/operators.h"

#include "broker/selector/numbers.h"
#include "broker/selector/utf8.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace tern::selector {
namespace {

template <class T>
constexpr int order(T left, T right) {
    return static_cast<int>(left > right) - static_cast<int>(left < right);
}

/// Double.compareTo.
int order_floating(double left, double right) {
    if (left < right) return -1;
    if (left > right) return 1;
    if (std::isnan(left) || std::isnan(right)) return order(std::isnan(left), std::isnan(right));
    return order(std::signbit(right), std::signbit(left));
}

/// As the type that Java promotes an operand to when the other one is `other`. Both are numbers,
/// one at least is floating.
double promoted(const Value& value, const Value& other) {
    const bool single = value.type() != Type::float64 && other.type() != Type::float64;
    if (!value.is_integer()) return value.floating();
    if (single) return static_cast<double>(static_cast<float>(value.integer()));
    return static_cast<double>(value.integer());
}

int order_numbers(const Value& left, const Value& right) {
    if (left.is_integer() && right.is_integer()) return order(left.integer(), right.integer());
    return order_floating(promoted(left, right), promoted(right, left));
}

template <class T>
std::optional<Value> integer_from(std::string_view text) {
    using Bounds = std::numeric_limits<T>;
    const auto value = parse_integer(text, Bounds::min(), Bounds::max());
    if (!value) return std::nullopt;
    return Value(static_cast<T>(*value));
}

bool is_true_text(std::string_view text) {
    return std::ranges::equal(text, std::string_view("true"), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// A string as the type of what it is compared with. None when it does not read as that.
std::optional<Value> converted(std::string_view text, Type type) {
    switch (type) {
        case Type::boolean:
            return Value(is_true_text(text));
        case Type::int8:
            return integer_from<std::int8_t>(text);
        case Type::int16:
            return integer_from<std::int16_t>(text);
        case Type::int32:
            return integer_from<std::int32_t>(text);
        case Type::int64:
            return integer_from<std::int64_t>(text);
        case Type::float32:
            return parse_float(text);
        case Type::float64:
            return parse_double(text);
        case Type::null:
        case Type::string:
        case Type::object:
            return std::nullopt;
    }
    return std::nullopt;
}

/// None when the two do not compare. Neither is null.
std::optional<int> order_values(const Value& left, const Value& right, bool convert_strings) {
    if (left.is_number() && right.is_number()) return order_numbers(left, right);
    if (left.type() == right.type()) {
        if (left.type() == Type::string) return compare_texts(left.text(), right.text());
        if (left.type() == Type::boolean) return order(left.boolean(), right.boolean());
        if (identical(left, right)) return 0;
        return std::nullopt;
    }
    if (!convert_strings) return std::nullopt;
    if (left.type() == Type::string) {
        const auto value = converted(left.text(), right.type());
        return value ? order_values(*value, right, false) : std::nullopt;
    }
    if (right.type() == Type::string) {
        const auto value = converted(right.text(), left.type());
        return value ? order_values(left, *value, false) : std::nullopt;
    }
    return std::nullopt;
}

Value equals(const Value& left, const Value& right, bool convert_strings) {
    if (left.is_null()) return right.is_null() ? Value(true) : Value();
    if (right.is_null()) return false;
    const bool texts = left.type() == Type::string && right.type() == Type::string;
    if (texts) return left.text() == right.text();
    return order_values(left, right, convert_strings) == 0;
}

/// int32 and narrower compute in int32, as in Java.
enum class Width : std::uint8_t { int32, int64, float64 };

Width width_of(const Value& left, const Value& right) {
    if (left.is_floating() || right.is_floating()) return Width::float64;
    const bool wide = left.type() == Type::int64 || right.type() == Type::int64;
    return wide ? Width::int64 : Width::int32;
}

/// In unsigned numbers, which wrap.
std::uint64_t compute_integer(Op op, std::uint64_t left, std::uint64_t right) {
    switch (op) {
        case Op::add:
            return left + right;
        case Op::subtract:
            return left - right;
        default:
            return left * right;
    }
}

double compute_floating(Op op, double left, double right) {
    switch (op) {
        case Op::add:
            return left + right;
        case Op::subtract:
            return left - right;
        case Op::multiply:
            return left * right;
        case Op::divide:
            return left / right;
        default:
            return std::fmod(left, right);
    }
}

bool is(const Value& value, bool wanted) {
    return value.type() == Type::boolean && value.boolean() == wanted;
}

}  // namespace

Value compare(Comparison comparison, const Value& left, const Value& right, bool convert_strings) {
    if (comparison == Comparison::equal) return equals(left, right, convert_strings);
    if (comparison == Comparison::not_equal) {
        return logical_not(equals(left, right, convert_strings));
    }
    if (left.is_null() || right.is_null()) return {};
    if (left.type() == Type::object || right.type() == Type::object) return {};
    const auto found = order_values(left, right, convert_strings);
    if (!found) return false;
    switch (comparison) {
        case Comparison::less:
            return *found < 0;
        case Comparison::less_equal:
            return *found <= 0;
        case Comparison::greater:
            return *found > 0;
        default:
            return *found >= 0;
    }
}

Value arithmetic(Op op, const Value& left, const Value& right) {
    if (!left.is_number() || !right.is_number()) return {};
    const bool always_floating = op == Op::divide || op == Op::modulo;
    const Width width = always_floating ? Width::float64 : width_of(left, right);
    if (width == Width::float64) {
        return compute_floating(op, left.as_double(), right.as_double());
    }
    const std::uint64_t result = compute_integer(op, static_cast<std::uint64_t>(left.integer()),
                                                 static_cast<std::uint64_t>(right.integer()));
    if (width == Width::int32) return static_cast<std::int32_t>(result);
    return static_cast<std::int64_t>(result);
}

Value negate(const Value& value) {
    switch (value.type()) {
        case Type::int8:
        case Type::int16:
        case Type::int32:
        case Type::int64:
            return arithmetic(Op::subtract, Value(0), value);
        case Type::float32:
            return static_cast<float>(-value.floating());
        case Type::float64:
            return -value.floating();
        default:
            return {};
    }
}

Value logical_not(const Value& value) {
    if (value.type() != Type::boolean) return {};
    return !value.boolean();
}

Value logical_and(const Value& left, const Value& right) {
    if (is(left, false) || is(right, false)) return false;
    return is(left, true) && is(right, true) ? Value(true) : Value();
}

Value logical_or(const Value& left, const Value& right) {
    if (is(left, true) || is(right, true)) return true;
    return is(left, false) && is(right, false) ? Value(false) : Value();
}

bool identical(const Value& left, const Value& right) {
    if (left.type() != right.type()) return false;
    switch (left.type()) {
        case Type::null:
            return true;
        case Type::string:
            return left.text() == right.text();
        case Type::float32:
        case Type::float64:
            return order_floating(left.floating(), right.floating()) == 0;
        case Type::object:
            return left.is_list() && right.is_list() &&
                   std::ranges::equal(left.items(), right.items(), identical);
        default:
            return left.integer() == right.integer();
    }
}

}  // namespace tern::selector
