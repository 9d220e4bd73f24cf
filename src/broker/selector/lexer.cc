#include "broker/selector/lexer.h"

#include "broker/selector/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::selector {
namespace {

using enum TokenKind;

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

TokenKind keyword_or_identifier(std::string_view word) {
    using Keyword = std::pair<std::string_view, TokenKind>;
    static constexpr std::array<Keyword, 13> kKeywords = {{
        {"AND", kw_and},
        {"BETWEEN", kw_between},
        {"ESCAPE", kw_escape},
        {"FALSE", kw_false},
        {"IN", kw_in},
        {"IS", kw_is},
        {"LIKE", kw_like},
        {"NOT", kw_not},
        {"NULL", kw_null},
        {"OR", kw_or},
        {"TRUE", kw_true},
        {"XPATH", kw_xpath},
        {"XQUERY", kw_xquery},
    }};
    const auto same_letters = [](char a, char b) { return a == upper(b); };
    for (const auto& [keyword, kind] : kKeywords) {
        if (std::ranges::equal(keyword, word, same_letters)) return kind;
    }
    return identifier;
}

}  // namespace

Lexer::Lexer(std::string_view text, std::size_t offset, Dialect dialect)
    : text_(text), at_(offset), hyphenated_(dialect.hyphenated) {
    const std::size_t found = text.find_last_of("\r\n");
    last_line_end_ = found == std::string_view::npos ? 0 : found;
}

Token Lexer::next() {
    skip_blanks_and_comments();
    if (at_ >= text_.size()) return {end, text_.size(), {}};
    const char c = peek();
    if (c == '\'') return string();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_identifier_character(text_, at_)) return identifier_or_keyword();
    return sign();
}

char Lexer::peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

void Lexer::skip_blanks_and_comments() {
    for (;;) {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        if (!skip_block_comment() && !skip_line_comment()) return;
    }
}

bool Lexer::skip_block_comment() {
    if (peek() != '/' || peek(1) != '*') return false;
    const std::size_t close = text_.find("*/", at_ + 2);
    if (close == std::string_view::npos) return false;  // sign() says so
    at_ = close + 2;
    return true;
}

// Only a line that ends makes a comment: "5 --x" at the end of the text is 5 - (-x).
bool Lexer::skip_line_comment() {
    if (peek() != '-' || peek(1) != '-' || at_ >= last_line_end_) return false;
    at_ = text_.find_first_of("\r\n", at_);
    return true;
}

bool Lexer::continues_identifier(std::size_t at) const {
    if (at >= text_.size()) return false;
    if (hyphenated_ && text_[at] == '-') return true;
    if (text_[at] == '.') return at + 1 < text_.size() && is_identifier_character(text_, at + 1);
    return is_identifier_character(text_, at);
}

Token Lexer::identifier_or_keyword() {
    std::size_t stop = at_;
    while (continues_identifier(stop)) stop += character_length(text_, stop);
    const std::string_view word = text_.substr(at_, stop - at_);
    return take(keyword_or_identifier(word), word.size());
}

Token Lexer::string() {
    for (std::size_t close = at_ + 1;; close += 2) {
        close = text_.find('\'', close);
        if (close == std::string_view::npos) return invalid("the string has no closing quote");
        const bool quoted_quote = close + 1 < text_.size() && text_[close + 1] == '\'';
        if (!quoted_quote) return take(TokenKind::string, close + 1 - at_);
    }
}

std::size_t Lexer::digits_from(std::size_t at) const {
    while (at < text_.size() && is_digit(text_[at])) ++at;
    return at;
}

std::size_t Lexer::exponent_from(std::size_t at) const {
    if (at >= text_.size() || upper(text_[at]) != 'E') return at;
    std::size_t digits = at + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    const std::size_t stop = digits_from(digits);
    return stop == digits ? at : stop;
}

std::size_t Lexer::suffix_at(std::size_t at, std::string_view letters) const {
    if (at >= text_.size() || letters.find(upper(text_[at])) == letters.npos) return 0;
    return continues_identifier(at + 1) ? 0 : 1;
}

Token Lexer::number() {
    if (peek() == '0' && upper(peek(1)) == 'X' && is_hex_digit(peek(2))) {
        std::size_t stop = at_ + 2;
        while (stop < text_.size() && is_hex_digit(text_[stop])) ++stop;
        return take(hexadecimal, stop + suffix_at(stop, "L") - at_);
    }
    const std::size_t digits = digits_from(at_);
    std::size_t stop = digits;
    if (stop < text_.size() && text_[stop] == '.') stop = digits_from(stop + 1);
    stop = exponent_from(stop);
    stop += suffix_at(stop, "FD");
    if (stop != digits) return take(floating, stop - at_);
    return integer(digits);
}

Token Lexer::integer(std::size_t digits) {
    if (peek() != '0') return take(decimal, digits + suffix_at(digits, "L") - at_);
    const std::string_view run = text_.substr(at_, digits - at_);
    if (run.find_first_of("89") != run.npos) {
        return invalid("a number that begins with 0 is octal and has no digit 8 or 9");
    }
    return take(octal, digits + suffix_at(digits, "L") - at_);
}

Token Lexer::sign() {
    const char following = peek(1);
    switch (peek()) {
        case '=':
            return take(equal, 1);
        case '<':
            if (following == '>') return take(not_equal, 2);
            return following == '=' ? take(less_equal, 2) : take(less, 1);
        case '>':
            return following == '=' ? take(greater_equal, 2) : take(greater, 1);
        case '+':
            return take(plus, 1);
        case '-':
            return take(minus, 1);
        case '*':
            return take(star, 1);
        case '/':
            if (following == '*') return invalid("the comment has no end");
            return take(slash, 1);
        case '%':
            return take(percent, 1);
        case '(':
            return take(left_parenthesis, 1);
        case ')':
            return take(right_parenthesis, 1);
        case ',':
            return take(comma, 1);
        case '!':
            return invalid("'!' is no operator: \"not equal\" is '<>'");
        case '"':
            return invalid("strings stand in single quotes");
        default:
            return invalid("this character has no meaning in a selector");
    }
}

Token Lexer::take(TokenKind kind, std::size_t length) {
    const Token token{kind, at_, text_.substr(at_, length)};
    at_ += length;
    return token;
}

Token Lexer::invalid(std::string_view why) {
    return {TokenKind::invalid, at_, why};
}

}  // namespace tern::selector
