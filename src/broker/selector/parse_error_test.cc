#include "broker/selector/selector.h"

#include <gtest/gtest.h>

#include <string>

namespace tern::selector {
namespace {

std::string error_of(std::string_view text, const ParseOptions& options = {}) {
    const auto selector = Selector::parse(text, options);
    return selector ? "parsed as " + selector->text() : selector.error().text();
}

TEST(ParseError, SaysWhereAndWhatWasExpected) {
    EXPECT_EQ(error_of("color == 'red'"), "at column 8: expected a value, found '='");
    EXPECT_EQ(error_of("color = "), "at column 9: expected a value, found the end");
    EXPECT_EQ(error_of("color = 'red' weight > 5"),
              "at column 15: expected an operator or the end, found 'weight'");
    EXPECT_EQ(error_of("(color = 'red'"),
              "at column 15: expected an operator or ')', found the end");
    EXPECT_EQ(error_of("n BETWEEN 1 OR 2"),
              "at column 13: expected AND between the bounds of BETWEEN, found 'OR'");
    EXPECT_EQ(error_of("n IN (5)"), "at column 7: expected a string in the list of IN, found '5'");
    EXPECT_EQ(error_of("n IN 'a'"), "at column 6: expected '(' after IN, found a string");
    EXPECT_EQ(error_of("n LIKE m"), "at column 8: expected a string after LIKE, found 'm'");
    EXPECT_EQ(error_of("n NOT 5"),
              "at column 7: expected LIKE, BETWEEN or IN after NOT, found '5'");
    EXPECT_EQ(error_of("n IS 5"), "at column 6: expected NULL or NOT NULL after IS, found '5'");
    EXPECT_EQ(error_of("REGEX('a' n)"),
              "at column 11: expected ',' or ')' in the arguments of REGEX, found 'n'");
    EXPECT_EQ(error_of("a = 1 OR XPATH '//b['"), "at column 16: this is no XPath expression");
    EXPECT_EQ(error_of("XPATH //a"), "at column 7: expected a string after XPATH, found '/'");
}

TEST(ParseError, ExplainsCommonMistakes) {
    EXPECT_EQ(error_of("color = \"red\""), "at column 9: strings stand in single quotes");
    EXPECT_EQ(error_of("n != 5"), "at column 3: '!' is no operator: \"not equal\" is '<>'");
    EXPECT_EQ(error_of("color = 'red"), "at column 9: the string has no closing quote");
    EXPECT_EQ(error_of("n = NULL"),
              "at column 5: NULL equals nothing: expected a value, or IS NULL instead");
    EXPECT_EQ(error_of("color > 'red'"), "at column 9: strings have no order: expected a number");
    EXPECT_EQ(error_of("NOT n > 3"),
              "at column 1: conditions have no order: expected a number (NOT binds tighter than "
              "comparison)");
    EXPECT_EQ(error_of("n = 08"),
              "at column 5: a number that begins with 0 is octal and has no digit 8 or 9");
    EXPECT_EQ(error_of("n = 99999999999999999999"), "at column 5: the number is out of range");
    EXPECT_EQ(error_of("n + 1"),
              "at column 1: expected a condition, found an expression that is none");
    EXPECT_EQ(error_of("b AND 'x'"), "at column 7: expected a condition, found a string");
    EXPECT_EQ(error_of("n = 5 /* open"), "at column 7: the comment has no end");
    EXPECT_EQ(error_of("regex('a', s)"),
              "at column 1: there is no function regex; there are INLIST, MAKELIST, REGEX, "
              "REPLACE and SPLIT");
    EXPECT_EQ(error_of("REGEX('a')"), "at column 1: REGEX does not take 1 argument");
    EXPECT_EQ(error_of("REGEX('(', s)"), "at column 7: no regular expression: missing ): (");
    EXPECT_EQ(error_of("n + 1 IN ('a')"),
              "at column 1: expected an identifier before IN, found an expression");
    EXPECT_EQ(error_of("s LIKE 'a' ESCAPE 'xx'"),
              "at column 19: expected a single character after ESCAPE");
}

TEST(ParseError, CountsCharactersOfTheTextAsGiven) {
    EXPECT_EQ(error_of("größe = = 5"), "at column 9: expected a value, found '='");
    EXPECT_EQ(error_of("s = '😀' = = 5"), "at column 11: expected a value, found '='");
    EXPECT_EQ(error_of("convert_string_expressions:n = = 5"),
              "at column 32: expected a value, found '='");
    EXPECT_EQ(error_of("a = 5\nAND b = = 6"), "at column 15: expected a value, found '='");
}

TEST(ParseError, TheFirstErrorCounts) {
    EXPECT_EQ(error_of("= = @ 'x"), "at column 1: expected a value, found '='");
    EXPECT_EQ(error_of("@ ="), "at column 1: this character has no meaning in a selector");
}

TEST(ParseError, BlanksThatOnlyLookLikeOnesArePointedAt) {
    EXPECT_EQ(error_of("n\u00A0= 5"), "at column 2: this character has no meaning in a selector");
    EXPECT_EQ(error_of("s = ‘x’"), "at column 5: this character has no meaning in a selector");
    EXPECT_EQ(error_of("n – 5 = 3"), "at column 3: this character has no meaning in a selector");
}

TEST(ParseError, LimitsLengthAndNesting) {
    const ParseOptions options{.limits = {.length_max = 10, .nesting_max = 3}};
    EXPECT_EQ(error_of("n = 123456", options), "parsed as n = 123456");
    EXPECT_EQ(error_of("n = 1234567", options), "at column 11: a selector has at most 10 bytes");
    EXPECT_EQ(error_of("((b))", options), "parsed as b");
    EXPECT_EQ(error_of("(((b)))", options), "at column 4: nested deeper than 3 levels");
    EXPECT_EQ(error_of("NOT NOT NOT b", {.limits = {.nesting_max = 3}}),
              "at column 13: nested deeper than 3 levels");
    EXPECT_EQ(error_of("- - - - n = 5", {.limits = {.nesting_max = 3}}),
              "at column 7: nested deeper than 3 levels");
    EXPECT_EQ(error_of(std::string(70000, ' ')),
              "at column 65536: a selector has at most 65535 bytes");
    EXPECT_EQ(error_of(std::string(60000, '(')), "at column 129: nested deeper than 128 levels");
    EXPECT_EQ(error_of(std::string(60000, '-')), "at column 129: nested deeper than 128 levels");
}

}  // namespace
}  // namespace tern::selector
