#include "broker/selector/parser.h"

#include "broker/selector/literal.h"
#include "broker/selector/utf8.h"
#include "broker/selector/xpath.h"

#include <array>
#include <utility>
#include <vector>

namespace tern::selector {
namespace {

using enum TokenKind;

struct FunctionRule {
    std::string_view name;
    Function function;
    std::size_t arguments_min;
    std::size_t arguments_max;
    bool is_condition;
    std::size_t pattern;  ///< which argument is a regular expression
};

constexpr std::size_t kAny = static_cast<std::size_t>(-1);
constexpr std::array<FunctionRule, 5> kFunctions = {{
    {"INLIST", Function::in_list, 2, 2, true, kAny},
    {"MAKELIST", Function::make_list, 1, kAny, false, kAny},
    {"REGEX", Function::regex, 2, 2, true, 0},
    {"REPLACE", Function::replace, 3, 3, false, 1},
    {"SPLIT", Function::split, 2, 3, false, 1},
}};

/// As Classic, it wants them in capitals.
const FunctionRule* find_function(std::string_view name) {
    for (const FunctionRule& rule : kFunctions) {
        if (rule.name == name) return &rule;
    }
    return nullptr;
}

std::optional<Comparison> relation_sign(TokenKind kind) {
    switch (kind) {
        case less:
            return Comparison::less;
        case less_equal:
            return Comparison::less_equal;
        case greater:
            return Comparison::greater;
        case greater_equal:
            return Comparison::greater_equal;
        default:
            return std::nullopt;
    }
}

std::optional<Op> product_sign(TokenKind kind) {
    switch (kind) {
        case star:
            return Op::multiply;
        case slash:
            return Op::divide;
        case percent:
            return Op::modulo;
        default:
            return std::nullopt;
    }
}

bool is_number(TokenKind kind) {
    return kind == decimal || kind == hexadecimal || kind == octal || kind == floating;
}

std::string found(const Token& token) {
    constexpr std::size_t kShownMax = 40;
    if (token.kind == end) return "found the end";
    if (token.kind == string) return "found a string";
    if (token.text.size() > kShownMax) return "found a long word";
    return "found '" + std::string(token.text) + "'";
}

}  // namespace

Parser::Parser(std::string_view text, std::size_t offset, Dialect dialect, const Limits& limits)
    : text_(text),
      nesting_max_(limits.nesting_max),
      lexer_(text, offset, dialect),
      token_(lexer_.next()),
      following_(lexer_.next()),
      out_(dialect) {}

std::expected<std::unique_ptr<Program>, ParseError> Parser::parse() {
    if (at(invalid)) fail_expecting("");
    const Operand whole = disjunction();
    if (!error_ && !at(end)) fail_expecting("an operator or the end");
    if (!error_) require_condition(whole);
    if (error_) return std::unexpected(*error_);
    return out_.finish();
}

// --- The grammar, from the loosest operators to the tightest ---

Parser::Operand Parser::disjunction() {
    Operand left = conjunction();
    while (at(kw_or)) {
        require_condition(left);
        advance();
        const auto jump = out_.jump(Op::jump_if_true);
        require_condition(conjunction());
        out_.operation(Op::logical_or);
        out_.land(jump);
        left.shape = Shape::condition;
    }
    return left;
}

Parser::Operand Parser::conjunction() {
    Operand left = equality();
    while (at(kw_and)) {
        require_condition(left);
        advance();
        const auto jump = out_.jump(Op::jump_if_false);
        require_condition(equality());
        out_.operation(Op::logical_and);
        out_.land(jump);
        left.shape = Shape::condition;
    }
    return left;
}

Parser::Operand Parser::equality() {
    Operand left = comparison();
    for (;; left.shape = Shape::condition) {
        if (at(kw_is)) {
            null_test();
        } else if (at(equal) || at(not_equal)) {
            const auto sign = at(equal) ? Comparison::equal : Comparison::not_equal;
            advance();
            require_comparable(left, comparison());
            out_.compare(sign);
        } else {
            return left;
        }
    }
}

void Parser::null_test() {
    advance();
    const bool negated = accept(kw_not);
    expect(kw_null, negated ? "NULL after IS NOT" : "NULL or NOT NULL after IS");
    out_.operation(Op::is_null, negated);
}

Parser::Operand Parser::comparison() {
    Operand left = sum();
    for (;; left.shape = Shape::condition) {
        const bool negated = at(kw_not);
        if (const auto sign = relation_sign(token_.kind)) {
            relation(left, *sign);
            continue;
        }
        if (negated) advance();
        if (at(kw_like)) {
            like(negated);
        } else if (at(kw_between)) {
            between(left, negated);
        } else if (at(kw_in)) {
            in(left, negated);
        } else {
            if (negated) fail_expecting("LIKE, BETWEEN or IN after NOT");
            return left;
        }
    }
}

void Parser::relation(const Operand& left, Comparison comparison) {
    require_number(left);
    advance();
    require_number(sum());
    out_.compare(comparison);
}

void Parser::like(bool negated) {
    advance();
    const std::string pattern = expect_string("a string after LIKE");
    std::optional<std::string> escape;
    if (accept(kw_escape)) {
        const std::size_t offset = token_.offset;
        escape = expect_string("a string after ESCAPE");
        if (character_count(*escape) != 1) fail(offset, "expected a single character after ESCAPE");
    }
    out_.like(LikePattern(pattern, escape), negated);
}

void Parser::between(const Operand& left, bool negated) {
    require_number(left);
    advance();
    require_number(sum());
    expect(kw_and, "AND between the bounds of BETWEEN");
    require_number(sum());
    out_.operation(Op::between, negated);
}

void Parser::in(const Operand& left, bool negated) {
    if (left.shape != Shape::identifier) {
        fail(left.offset, "expected an identifier before IN, found an expression");
    }
    advance();
    expect(left_parenthesis, "'(' after IN");
    std::vector<std::string> strings;
    do {
        strings.push_back(expect_string("a string in the list of IN"));
    } while (accept(comma));
    expect(right_parenthesis, "',' or ')' in the list of IN");
    out_.in(strings, negated);
}

Parser::Operand Parser::sum() {
    Operand left = product();
    while (at(plus) || at(minus)) {
        const Op op = at(plus) ? Op::add : Op::subtract;
        advance();
        std::ignore = product();
        out_.operation(op);
        left.shape = Shape::other;
    }
    return left;
}

Parser::Operand Parser::product() {
    Operand left = unary();
    while (const auto op = product_sign(token_.kind)) {
        advance();
        std::ignore = unary();
        out_.operation(*op);
        left.shape = Shape::other;
    }
    return left;
}

// Every recursion of the grammar comes through here.
Parser::Operand Parser::unary() {
    const Operand start{Shape::other, token_.offset};
    if (nesting_ == nesting_max_) {
        fail(start.offset, "nested deeper than " + std::to_string(nesting_max_) + " levels");
        return missing();
    }
    ++nesting_;
    Operand operand = unary_operation();
    --nesting_;
    operand.offset = start.offset;
    return operand;
}

Parser::Operand Parser::unary_operation() {
    if (accept(plus)) return unary();
    if (at(minus)) return negation();
    if (accept(kw_not)) {
        require_condition(unary());
        out_.operation(Op::logical_not);
        return {Shape::condition};
    }
    if (at(kw_xpath)) return xpath();
    return primary();
}

Parser::Operand Parser::negation() {
    advance();
    if (is_number(token_.kind)) {
        const auto value = negative_number_literal(token_);
        if (!value) return out_of_range();
        out_.constant(*value);
        advance();
        return {};
    }
    std::ignore = unary();
    out_.operation(Op::negate);
    return {};
}

Parser::Operand Parser::xpath() {
    advance();
    const std::size_t offset = token_.offset;
    std::string expression = expect_string("a string after XPATH");
    if (!is_xpath(expression)) fail(offset, "this is no XPath expression");
    out_.xpath({std::move(expression), character_count(text_.substr(0, offset)) + 1});
    return {Shape::condition};
}

Parser::Operand Parser::primary() {
    const Token token = token_;
    switch (token.kind) {
        case identifier:
            advance();
            if (at(left_parenthesis)) return call(token);
            out_.load(token.text);
            return {Shape::identifier};
        case string:
            out_.constant(Value(expect_string("")));
            return {Shape::string};
        case decimal:
        case hexadecimal:
        case octal:
        case floating:
            return number();
        case kw_true:
        case kw_false:
            advance();
            out_.constant(Value(token.kind == kw_true));
            return {Shape::boolean};
        case kw_null:
            advance();
            out_.constant(Value());
            return {Shape::null};
        case left_parenthesis: {
            advance();
            const Operand inside = disjunction();
            expect(right_parenthesis, "an operator or ')'");
            return inside;
        }
        case kw_xquery:
            fail(token.offset, "XQUERY is not supported");
            return missing();
        default:
            fail_expecting("a value");
            return missing();
    }
}

// Keeps the code in balance after an error.
Parser::Operand Parser::missing() {
    out_.constant(Value());
    return {};
}

Parser::Operand Parser::number() {
    const auto value = number_literal(token_);
    if (!value) return out_of_range();
    out_.constant(*value);
    advance();
    return {Shape::number};
}

Parser::Operand Parser::out_of_range() {
    fail(token_.offset, "the number is out of range");
    return missing();
}

Parser::Operand Parser::call(const Token& name) {
    const FunctionRule* const rule = find_function(name.text);
    if (rule == nullptr) {
        fail(name.offset, "there is no function " + std::string(name.text) +
                              "; there are INLIST, MAKELIST, REGEX, REPLACE and SPLIT");
        return missing();
    }
    advance();
    std::optional<Regex> regex;
    std::size_t arguments = 0;
    do {
        const Operand argument = unary();
        if (arguments == rule->pattern && !error_ && argument.shape == Shape::string) {
            regex = literal_regex(argument, out_.constant_of(out_.last()));
        }
        ++arguments;
    } while (accept(comma));
    expect(right_parenthesis, "',' or ')' in the arguments of " + std::string(name.text));
    if (arguments < rule->arguments_min || arguments > rule->arguments_max) {
        fail(name.offset, std::string(name.text) + " does not take " + std::to_string(arguments) +
                              (arguments == 1 ? " argument" : " arguments"));
    }
    out_.call(rule->function, arguments, std::move(regex));
    return {rule->is_condition ? Shape::condition : Shape::other};
}

std::optional<Regex> Parser::literal_regex(const Operand& pattern, const Value& value) {
    auto regex = Regex::compile(value.text());
    if (regex) return std::move(*regex);
    fail(pattern.offset, "no regular expression: " + regex.error());
    return std::nullopt;
}

// --- What operators accept ---

void Parser::require_condition(const Operand& operand) {
    switch (operand.shape) {
        case Shape::condition:
        case Shape::boolean:
        case Shape::null:
            return;
        case Shape::identifier:
            return out_.operation(Op::to_boolean);
        case Shape::number:
            return fail(operand.offset, "expected a condition, found a number");
        case Shape::string:
            return fail(operand.offset, "expected a condition, found a string");
        case Shape::other:
            return fail(operand.offset, "expected a condition, found an expression that is none");
    }
}

void Parser::require_number(const Operand& operand) {
    switch (operand.shape) {
        case Shape::identifier:
        case Shape::number:
        case Shape::other:
            return;
        case Shape::string:
            return fail(operand.offset, "strings have no order: expected a number");
        case Shape::null:
            return fail(operand.offset, "NULL has no order: expected a number");
        case Shape::boolean:
        case Shape::condition:
            return fail(operand.offset,
                        "conditions have no order: expected a number (NOT binds tighter than "
                        "comparison)");
    }
}

void Parser::require_comparable(const Operand& left, const Operand& right) {
    for (const Operand& operand : {left, right}) {
        if (operand.shape == Shape::null) {
            fail(operand.offset, "NULL equals nothing: expected a value, or IS NULL instead");
        }
    }
    if (left.shape == Shape::boolean &&
        (right.shape == Shape::number || right.shape == Shape::string)) {
        fail(right.offset, "expected a condition to compare with TRUE or FALSE");
    }
}

// --- Tokens and errors ---

void Parser::advance() {
    if (error_) return;
    token_ = std::exchange(following_, lexer_.next());
    if (at(invalid)) fail_expecting("");
}

bool Parser::accept(TokenKind kind) {
    if (!at(kind)) return false;
    advance();
    return true;
}

void Parser::expect(TokenKind kind, std::string_view what) {
    if (!accept(kind)) fail_expecting(what);
}

std::string Parser::expect_string(std::string_view what) {
    if (!at(string)) {
        fail_expecting(what);
        return {};
    }
    std::string value = string_literal(token_);
    advance();
    return value;
}

void Parser::fail(std::size_t offset, std::string reason) {
    if (!error_) error_ = {character_count(text_.substr(0, offset)) + 1, std::move(reason)};
    token_ = {end, text_.size(), {}};
}

void Parser::fail_expecting(std::string_view what) {
    if (at(invalid)) return fail(token_.offset, std::string(token_.text));
    fail(token_.offset, "expected " + std::string(what) + ", " + found(token_));
}

}  // namespace tern::selector
