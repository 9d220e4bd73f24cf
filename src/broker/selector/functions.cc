#include "broker/selector/functions.h"

#include "broker/selector/operators.h"

#include <algorithm>
#include <utility>

namespace tern::selector {
namespace {

using Arguments = std::span<const Value>;

/// INLIST(list, value).
Value in_list(Arguments arguments) {
    if (!arguments[0].is_list()) return {};
    for (const Value& item : arguments[0].items()) {
        if (item.is_null()) return {};
        if (identical(item, arguments[1])) return true;
    }
    return false;
}

/// Calls `use` with the literal's regex, or with that of `pattern`.
template <class Use>
Value with_regex(const Regex* literal, std::string_view pattern, Use use) {
    if (literal != nullptr) return use(*literal);
    const auto compiled = Regex::compile(pattern);
    return compiled ? use(*compiled) : Value();
}

/// REGEX(pattern, value). Anything has a text here.
Value regex_find(Arguments arguments, const Regex* literal, Scratch& scratch) {
    if (arguments[0].is_null() || arguments[1].is_null()) return false;
    const auto pattern = scratch.text_of(arguments[0]);
    const auto text = scratch.text_of(arguments[1]);
    if (!pattern || !text) return {};
    return with_regex(literal, *pattern,
                      [&](const Regex& regex) { return Value(regex.finds(*text)); });
}

bool are_strings(Arguments arguments) {
    return std::ranges::all_of(arguments, [](const Value& v) { return v.type() == Type::string; });
}

/// REPLACE(text, pattern, replacement).
Value replace(Arguments arguments, const Regex* literal, Scratch& scratch) {
    if (!are_strings(arguments)) return {};
    return with_regex(literal, arguments[1].text(), [&](const Regex& regex) {
        auto text =
            regex.replace_all(arguments[0].text(), arguments[2].text(), scratch.bytes_left());
        return text ? scratch.keep(std::move(*text)) : Value();
    });
}

/// SPLIT(text, pattern[, limit]).
Value split(Arguments arguments, const Regex* literal, Scratch& scratch) {
    if (!are_strings(arguments.first(2))) return {};
    std::int32_t limit = 0;
    if (arguments.size() == 3) {
        if (arguments[2].type() != Type::int32) return {};
        limit = static_cast<std::int32_t>(arguments[2].integer());
    }
    return with_regex(literal, arguments[1].text(), [&](const Regex& regex) {
        auto parts = regex.split(arguments[0].text(), limit, scratch.bytes_left() / sizeof(Value));
        return parts ? scratch.keep(std::move(*parts)) : Value();
    });
}

}  // namespace

Value call_function(Function function, std::span<const Value> arguments, const Regex* regex,
                    Scratch& scratch) {
    switch (function) {
        case Function::in_list:
            return in_list(arguments);
        case Function::make_list:
            return scratch.keep(std::vector<Value>(arguments.begin(), arguments.end()));
        case Function::regex:
            return regex_find(arguments, regex, scratch);
        case Function::replace:
            return replace(arguments, regex, scratch);
        case Function::split:
            return split(arguments, regex, scratch);
    }
    return {};
}

}  // namespace tern::selector
