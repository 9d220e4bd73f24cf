#pragma once

#include "broker/selector/parse_options.h"
#include "broker/selector/token.h"

#include <string_view>

namespace tern::selector {

/// Cuts a selector into tokens, as Classic does. Beyond that, identifiers may hold letters that are
/// not ASCII and dots (AMQP annotations, `m.x-opt-key`), and numbers take all suffixes of Java.
class Lexer {
public:
    /// Begins at `offset`, behind the prefixes. `text` outlives the lexer and its tokens.
    Lexer(std::string_view text, std::size_t offset, Dialect dialect);

    /// After the last token: `end`, always again.
    [[nodiscard]] Token next();

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const;
    void skip_blanks_and_comments();
    [[nodiscard]] bool skip_block_comment();
    [[nodiscard]] bool skip_line_comment();

    [[nodiscard]] Token identifier_or_keyword();
    [[nodiscard]] Token string();
    [[nodiscard]] Token number();
    [[nodiscard]] Token integer(std::size_t digits);
    [[nodiscard]] Token sign();

    [[nodiscard]] bool continues_identifier(std::size_t at) const;
    [[nodiscard]] std::size_t digits_from(std::size_t at) const;
    [[nodiscard]] std::size_t exponent_from(std::size_t at) const;
    /// 1 when one of `letters` stands at `at` and ends a word there.
    [[nodiscard]] std::size_t suffix_at(std::size_t at, std::string_view letters) const;

    [[nodiscard]] Token take(TokenKind kind, std::size_t length);
    [[nodiscard]] Token invalid(std::string_view why);

    std::string_view text_;
    std::size_t at_;
    bool hyphenated_;
    std::size_t last_line_end_;  // a line comment begins before it, or it is none
};

}  // namespace tern::selector
