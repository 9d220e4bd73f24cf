#pragma once

#include <cstddef>
#include <string>

namespace tern::selector {

/// Two switches of the language. A selector's prefix sets them for itself.
struct Dialect {
    /// `convert_string_expressions:`: where a string meets a number or a boolean in a comparison,
    /// it is read as one. Rooms whose properties are all texts (STOMP) switch it on.
    bool convert_strings = false;
    /// `hyphenated_props:`: "-" may stand inside an identifier; a minus sign needs a blank before
    /// it.
    bool hyphenated = false;

    bool operator==(const Dialect&) const = default;
};

/// How much of a stranger's selector is read.
struct Limits {
    std::size_t length_max = 65535;  ///< bytes; never more than 65535
    /// Brackets, signs, NOTs and calls inside each other. Bounds the recursion of the parser.
    std::size_t nesting_max = 128;
};

struct ParseOptions {
    Dialect dialect = {};  ///< where no prefix says otherwise
    Limits limits = {};
};

/// Why a text is no selector.
struct ParseError {
    std::size_t column = 1;  ///< in characters, from 1, of the text as it was given
    std::string reason;      ///< "expected a value, found '='"

    /// "at column 12: expected a value, found '='"
    [[nodiscard]] std::string text() const;
};

}  // namespace tern::selector
