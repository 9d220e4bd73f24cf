#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern::selector {

enum class TokenKind : std::uint8_t {
    end,
    invalid,  ///< `text` says why
    identifier,
    string,  ///< with its quotes
    decimal,
    hexadecimal,
    octal,
    floating,
    // signs
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    plus,
    minus,
    star,
    slash,
    percent,
    left_parenthesis,
    right_parenthesis,
    comma,
    // reserved words
    kw_and,
    kw_between,
    kw_escape,
    kw_false,
    kw_in,
    kw_is,
    kw_like,
    kw_not,
    kw_null,
    kw_or,
    kw_true,
    kw_xpath,
    kw_xquery,
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::size_t offset = 0;  ///< bytes from the start of the text
    std::string_view text;
};

}  // namespace tern::selector
