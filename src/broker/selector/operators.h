#pragma once

#include "broker/selector/program.h"
#include "broker/selector/value.h"

namespace tern::selector {

// The operators on values. Where Classic fails on a message (a string minus a number), the result
// is null, which makes the comparison around it unknown. Conditions are booleans and null.

/// Numbers compare by value, in floating point when one is. NaN equals itself and is larger than
/// all others, and -0.0 is less than 0.0. Values that do not compare are unequal and unordered:
/// false. Null equals null; else null makes the result unknown, but for `5 = null`, which is false.
[[nodiscard]] Value compare(Comparison comparison, const Value& left, const Value& right,
                            bool convert_strings);

/// add (of numbers), subtract, multiply, divide, modulo. int32 and int64 wrap; division and
/// remainder are those of double, whatever their operands.
[[nodiscard]] Value arithmetic(Op op, const Value& left, const Value& right);

[[nodiscard]] Value negate(const Value& value);

[[nodiscard]] Value logical_not(const Value& value);
[[nodiscard]] Value logical_and(const Value& left, const Value& right);
[[nodiscard]] Value logical_or(const Value& left, const Value& right);

/// Object.equals: of the same type and the same value, lists item by item.
[[nodiscard]] bool identical(const Value& left, const Value& right);

}  // namespace tern::selector
