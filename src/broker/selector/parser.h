#pragma once

#include "broker/selector/lexer.h"
#include "broker/selector/program_builder.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tern::selector {

/// Reads a selector and writes its program. The grammar is Classic's; in particular NOT binds as
/// tightly as a sign, so that `NOT a = b` is `(NOT a) = b`.
///
/// A parser that failed stays failed: it sees the end of the text from then on, and the first error
/// is the one that counts.
class Parser {
public:
    /// `text` from `offset` on; columns count from its beginning.
    Parser(std::string_view text, std::size_t offset, Dialect dialect, const Limits& limits);

    [[nodiscard]] std::expected<std::unique_ptr<Program>, ParseError> parse();

private:
    /// What an operand is, as far as the operators care before there is a message.
    enum class Shape : std::uint8_t { identifier, condition, boolean, null, number, string, other };
    struct Operand {
        Shape shape = Shape::other;
        std::size_t offset = 0;
    };

    Operand disjunction();
    Operand conjunction();
    Operand equality();
    Operand comparison();
    Operand sum();
    Operand product();
    Operand unary();
    Operand unary_operation();
    Operand negation();
    Operand primary();
    Operand number();
    Operand xpath();
    Operand call(const Token& name);
    Operand missing();
    Operand out_of_range();

    void null_test();
    void relation(const Operand& left, Comparison comparison);
    void like(bool negated);
    void between(const Operand& left, bool negated);
    void in(const Operand& left, bool negated);
    [[nodiscard]] std::optional<Regex> literal_regex(const Operand& pattern, const Value& value);

    void require_condition(const Operand& operand);
    void require_number(const Operand& operand);
    void require_comparable(const Operand& left, const Operand& right);

    void advance();
    [[nodiscard]] bool at(TokenKind kind) const { return token_.kind == kind; }
    bool accept(TokenKind kind);
    void expect(TokenKind kind, std::string_view what);
    [[nodiscard]] std::string expect_string(std::string_view what);
    void fail(std::size_t offset, std::string reason);
    void fail_expecting(std::string_view what);

    std::string_view text_;
    std::size_t nesting_max_;
    Lexer lexer_;
    Token token_;
    Token following_;
    ProgramBuilder out_;
    std::size_t nesting_ = 0;
    std::optional<ParseError> error_;
};

}  // namespace tern::selector
