#include "broker/selector/selector.h"

#include "broker/selector/header.h"
#include "broker/selector/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tern::selector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Selector parsed(std::string_view text, const ParseOptions& options = {}) {
    auto selector = Selector::parse(text, options);
    EXPECT_TRUE(selector.has_value()) << text << ": " << selector.error().text();
    return std::move(selector).value();
}

std::string canonical(std::string_view text) {
    return parsed(text).text();
}

bool matches(std::string_view text, std::string_view properties) {
    Properties message(properties);
    return parsed(text).matches(message);
}

// --- The canonical text ---

TEST(SelectorText, IsNormalised) {
    EXPECT_EQ(canonical("color='red' and(weight>2500)"), "color = 'red' AND weight > 2500");
    EXPECT_EQ(canonical("  x is not null--end\n"), "x IS NOT NULL");
    EXPECT_EQ(canonical("a not between 1 and 2 or b not in('x','y''z')"),
              "a NOT BETWEEN 1 AND 2 OR b NOT IN ('x', 'y''z')");
    EXPECT_EQ(canonical("a not like 'x%' escape '!'"), "a NOT LIKE 'x%' ESCAPE '!'");
    EXPECT_EQ(canonical("REGEX('a',s)and xpath '//a'"), "REGEX('a', s) AND XPATH '//a'");
    EXPECT_EQ(canonical("INLIST(SPLIT(s,','),('a'+'b'))"), "INLIST(SPLIT(s, ','), ('a' + 'b'))");
}

TEST(SelectorText, KeepsBracketsThatMatter) {
    EXPECT_EQ(canonical("((a)) and (b or c)"), "a AND (b OR c)");
    EXPECT_EQ(canonical("(a and b) or c"), "a AND b OR c");
    EXPECT_EQ(canonical("a and (b and c)"), "a AND (b AND c)");
    EXPECT_EQ(canonical("not (a = 5)"), "NOT (a = 5)");
    EXPECT_EQ(canonical("not a = b"), "NOT a = b");
    EXPECT_EQ(canonical("(a + b) * c - (d - e) > 5"), "(a + b) * c - (d - e) > 5");
    EXPECT_EQ(canonical("(a * b) + c > 5"), "a * b + c > 5");
    EXPECT_EQ(canonical("(a > 1) = (b > 1)"), "a > 1 = b > 1");
    EXPECT_EQ(canonical("a = (b = c)"), "a = (b = c)");
}

TEST(SelectorText, WritesNumbersThatReadBack) {
    EXPECT_EQ(canonical("n = 0x1F"), "n = 31");
    EXPECT_EQ(canonical("n = 5L"), "n = 5");
    EXPECT_EQ(canonical("n = 5."), "n = 5.0");
    EXPECT_EQ(canonical("n = .1f"), "n = 0.1f");
    EXPECT_EQ(canonical("n = 1e100"), "n = 1.0E100");
    EXPECT_EQ(canonical("n = 1e999"), "n = 1E999");
    EXPECT_EQ(canonical("n = -1e999f"), "n = -1E999f");
    EXPECT_EQ(canonical("n = -9223372036854775808"), "n = -9223372036854775808");
    EXPECT_EQ(canonical("n - -5 = - - m"), "n - -5 = - -m");
    EXPECT_EQ(canonical("-(5) = n"), "-(5) = n");
}

TEST(SelectorText, CarriesTheDialect) {
    EXPECT_EQ(canonical("convert_string_expressions: n>5"), "convert_string_expressions:n > 5");
    EXPECT_EQ(canonical("hyphenated_props:a-b = 5"), "hyphenated_props:a-b = 5");
    EXPECT_EQ(parsed("n > 5", {.dialect = {.convert_strings = true}}).text(),
              "convert_string_expressions:n > 5");
    EXPECT_EQ(parsed("no_convert_string_expressions:n > 5", {.dialect = {.convert_strings = true}})
                  .text(),
              "n > 5");
}

// --- What is known about a selector ---

TEST(Selector, NamesItsIdentifiersOnce) {
    EXPECT_THAT(parsed("a = 1 AND (b > a OR JMSType IN ('x')) AND b IS NULL").identifiers(),
                ElementsAre("a", "b", "JMSType"));
    EXPECT_THAT(parsed("TRUE").identifiers(), IsEmpty());
}

TEST(Selector, KnowsHeaders) {
    EXPECT_EQ(header_named("JMSType"), Header::type);
    EXPECT_EQ(header_named("JMSXGroupSeq"), Header::group_seq);
    EXPECT_EQ(header_named("JMSActiveMQBrokerInTime"), Header::broker_in_time);
    EXPECT_EQ(header_named("jmstype"), std::nullopt);
    EXPECT_EQ(header_named("JMSXAppID"), std::nullopt);
    EXPECT_EQ(header_named("color"), std::nullopt);
}

std::vector<std::string> equalities(std::string_view text) {
    std::vector<std::string> found;
    const Selector selector = parsed(text);
    for (const auto& [identifier, literal] : selector.equalities()) {
        const bool is_text = literal.type() == Type::string;
        found.push_back(
            std::string(identifier) + "=" +
            (is_text ? std::string(literal.text()) : std::to_string(literal.integer())));
    }
    return found;
}

TEST(Selector, FindsEqualitiesThatMustHold) {
    EXPECT_THAT(equalities("color = 'red'"), ElementsAre("color=red"));
    EXPECT_THAT(equalities("color = 'red' AND n > 5 AND (7 = m AND b = TRUE)"),
                ElementsAre("color=red", "m=7", "b=1"));
    EXPECT_THAT(equalities("(color = 'red' OR n = 5) AND m = 6"), ElementsAre("m=6"));
    EXPECT_THAT(equalities("NOT (color = 'red') AND n <> 5"), IsEmpty());
    EXPECT_THAT(equalities("(color = 'red') = TRUE"), IsEmpty());
    EXPECT_THAT(equalities("a = b AND a + 1 = 5"), IsEmpty());
    EXPECT_THAT(equalities("convert_string_expressions:n = '5'"), IsEmpty());
}

// --- Evaluation ---

TEST(Selector, LooksAtNoMoreThanItNeeds) {
    const Selector selector = parsed("a = 1 AND (b = 2 OR c = 3) AND a <> 7");
    Properties first("a=0 b=2 c=3");
    EXPECT_FALSE(selector.matches(first));
    EXPECT_THAT(first.asked, ElementsAre(std::pair("a", 1)));
    Properties second("a=1 b=2 c=3");
    EXPECT_TRUE(selector.matches(second));
    EXPECT_THAT(second.asked, ElementsAre(std::pair("a", 1), std::pair("b", 1)));
}

/// Has the properties color, weight and note.
class Car final : public PropertySource {
public:
    [[nodiscard]] Value find(std::string_view name) override {
        if (name == "color") return "red";
        if (name == "weight") return 3000;
        if (name == "note") return "a longer text than any string holds in itself";
        return {};
    }
};

TEST(Selector, CommonOnesEvaluateWithoutAllocation) {
    const Selector selector = parsed(
        "color = 'red' AND weight > 2500 AND weight * 2 BETWEEN 1 AND 1e6 AND note LIKE '%text%' "
        "AND color IN ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'red') AND size IS NULL");
    Car car;
    const std::size_t before = allocations();
    EXPECT_TRUE(selector.matches(car));
    EXPECT_EQ(allocations(), before);
}

TEST(Selector, ConvertsStringsWhereTheRoomSaysSo) {
    const ParseOptions stomp{.dialect = {.convert_strings = true}};
    Properties message("price='12'");
    EXPECT_TRUE(parsed("price > 10", stomp).matches(message));
    EXPECT_FALSE(parsed("price > 10").matches(message));
    EXPECT_FALSE(parsed("no_convert_string_expressions:price > 10", stomp).matches(message));
}

TEST(Selector, AsksForXPathsByTheirIndex) {
    const Selector selector = parsed("XPATH '//a' AND NOT xpath '/b[@c=''d'']'");
    ASSERT_EQ(selector.xpaths().size(), 2);
    EXPECT_EQ(selector.xpaths()[0].expression, "//a");
    EXPECT_EQ(selector.xpaths()[0].column, 7);
    EXPECT_EQ(selector.xpaths()[1].expression, "/b[@c='d']");
    EXPECT_EQ(selector.xpaths()[1].column, 27);
    Properties message;
    message.xpaths = {true, false};
    EXPECT_TRUE(selector.matches(message));
    message.xpaths = {true, true};
    EXPECT_FALSE(selector.matches(message));
}

TEST(Selector, WithoutAnXmlBodyNoXPathMatches) {
    Car car;
    EXPECT_FALSE(parsed("XPATH '//a'").matches(car));
}

TEST(Selector, ValuesOfOtherTypesAreThereButEqualNothing) {
    class Odd final : public PropertySource {
    public:
        [[nodiscard]] Value find(std::string_view /*name*/) override { return Value::opaque(); }
    };
    Odd odd;
    EXPECT_TRUE(parsed("x IS NOT NULL").matches(odd));
    EXPECT_EQ(parsed("x = x").evaluate(odd), Truth::is_false);
    EXPECT_EQ(parsed("x = 'a'").evaluate(odd), Truth::is_false);
    EXPECT_EQ(parsed("x > 5").evaluate(odd), Truth::unknown);
    EXPECT_EQ(parsed("x LIKE '%'").evaluate(odd), Truth::is_false);
    EXPECT_EQ(parsed("INLIST(x, 'a')").evaluate(odd), Truth::unknown);
}

TEST(Selector, CopiesShareOneProgram) {
    Selector copy = parsed("a = 'a text of some length, in the heap'");
    {
        const Selector original = parsed("b = 'another text of some length, in the heap'");
        copy = original;
    }
    Properties message("b='another text of some length, in the heap'");
    EXPECT_TRUE(copy.matches(message));
}

// --- Large ones ---

TEST(Selector, ManyTermsMakeNoDeepRecursion) {
    std::string text = "id = 'x'";
    while (text.size() < 60000) text += " OR id = 'y'";
    EXPECT_TRUE(matches(text + " OR id = 'z'", "id='z'"));
    EXPECT_EQ(canonical(text), text);

    std::string sum = "n";
    for (int i = 0; i < 10000; ++i) sum += " + 1";
    EXPECT_TRUE(matches(sum + " = 10005", "n=5"));
}

TEST(Selector, ManyIdentifiersAndArgumentsFit) {
    std::string list = "n0";
    for (int i = 1; i < 5000; ++i) list += ", n" + std::to_string(i);
    EXPECT_TRUE(matches("INLIST(MAKELIST(1, n4999, " + list + "), 5)", "n4999=5"));
}

TEST(Selector, LongListsAreSearched) {
    std::string list = "'k0'";
    for (int i = 1; i < 5000; ++i) list += ", 'k" + std::to_string(i) + "'";
    EXPECT_TRUE(matches("k IN (" + list + ")", "k='k4999'"));
    EXPECT_FALSE(matches("k IN (" + list + ")", "k='k5000'"));
}

// Each REPLACE makes its text a thousand times longer: what grows beyond bounds is unknown.
TEST(Selector, TextsItMakesAreBounded) {
    const std::string filler = "'" + std::string(1000, 'x') + "'";
    std::string text = "s";
    for (int i = 0; i < 5; ++i) text = "REPLACE(" + text + ", '', " + filler + ")";
    Properties message("s='abc'");
    EXPECT_EQ(parsed(text + " = 'x'").evaluate(message), Truth::unknown);

    text = "SPLIT(REPLACE(REPLACE(s, '', " + filler + "), '', " + filler + "), '')";
    EXPECT_EQ(parsed("INLIST(" + text + ", 'y')").evaluate(message), Truth::unknown);

    std::string replacement;
    while (replacement.size() < 10000) replacement += "$0";
    EXPECT_EQ(parsed("REPLACE((s + " + filler + "), '.*', '" + replacement + "') = 'x'")
                  .evaluate(message),
              Truth::unknown);
}

}  // namespace
}  // namespace tern::selector
