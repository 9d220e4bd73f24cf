#include "broker/selector/regex.h"

#include <gtest/gtest.h>

#include <string>

namespace tern::selector {
namespace {

Regex compiled(std::string_view pattern) {
    auto regex = Regex::compile(pattern);
    EXPECT_TRUE(regex.has_value()) << pattern << ": " << regex.error();
    return std::move(regex).value();
}

bool finds(std::string_view pattern, std::string_view text) {
    return compiled(pattern).finds(text);
}

std::string error_of(std::string_view pattern) {
    const auto regex = Regex::compile(pattern);
    return regex ? "" : regex.error();
}

std::string split(std::string_view pattern, std::string_view text, std::int32_t limit = 0) {
    const auto parts = compiled(pattern).split(text, limit, 100);
    if (!parts) return "too many";
    std::string joined;
    for (const Value& part : *parts) joined.append("<").append(part.text()).append(">");
    return joined;
}

std::string replaced(std::string_view text, std::string_view pattern, std::string_view with) {
    return compiled(pattern).replace_all(text, with, 1000).value_or("none");
}

TEST(Regex, ReadsWhatJavaSpellsDifferently) {
    EXPECT_TRUE(finds("\\u0041", "A"));
    EXPECT_TRUE(finds("[\\u0041-\\u0043]", "B"));
    EXPECT_TRUE(finds("^\\p{Upper}\\P{Upper}$", "Aa"));
    EXPECT_TRUE(finds("^[\\p{Lower}_]+$", "a_b"));
    EXPECT_FALSE(finds("^[^\\p{Lower}]+$", "a"));
    EXPECT_TRUE(finds("(?<word>a)", "a"));
    EXPECT_TRUE(finds("\\Q[a]\\E+", "[a]]"));
    EXPECT_TRUE(finds("[]a]+$", "]a"));
    EXPECT_TRUE(finds("[^]a]", "b"));
    EXPECT_TRUE(finds("\\[a", "[a"));
    EXPECT_TRUE(finds("a&&b", "a&&b"));
    EXPECT_TRUE(finds("\\p{Greek}", "α"));
}

TEST(Regex, RefusesWhatItWouldMisread) {
    EXPECT_EQ(error_of("[a-z&&[^b]]"), "intersections of character classes are not supported");
    EXPECT_EQ(error_of("[a[bc]]"), "a character class inside another is not supported");
    EXPECT_EQ(error_of("\\Qa"), "\\Q stands outside of character classes and ends with \\E");
    EXPECT_EQ(error_of("(?U)a"), "the flag U is not supported");
    for (const auto* pattern : {"(a)\\1", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "a++", "a*+",
                                "(?>a)", "[", "(", "a{2,1}", "\\", "*a", "(?<>a)"}) {
        EXPECT_NE(error_of(pattern), "") << pattern;
    }
}

TEST(Regex, TakesBoundedMemory) {
    EXPECT_NE(error_of("((a{100}){100}){100}"), "");
    EXPECT_NE(error_of("(\\pL{500}){2}(\\pN{500}){2}"), "");
}

TEST(Regex, NeedsLinearTime) {
    EXPECT_FALSE(finds("^(a+)+$", std::string(100000, 'a') + "b"));
}

TEST(Regex, SplitsAsJava) {
    EXPECT_EQ(split(",", "a,b,c"), "<a><b><c>");
    EXPECT_EQ(split(",", ",a,,b,,"), "<><a><><b>");
    EXPECT_EQ(split(",", "a,b,c,,", 2), "<a><b,c,,>");
    EXPECT_EQ(split(",", "a,b,c,,", 1), "<a,b,c,,>");
    EXPECT_EQ(split(",", "a,,", -1), "<a><><>");
    EXPECT_EQ(split(",", "a"), "<a>");
    EXPECT_EQ(split(",", ""), "<>");
    EXPECT_EQ(split(",", ","), "");
    EXPECT_EQ(split("", "abc"), "<a><b><c>");
    EXPECT_EQ(split("", "日本"), "<日><本>");
    EXPECT_EQ(split("x*", "axxb"), "<a><><b>");
    EXPECT_EQ(split(",", std::string(100, ',') + "a"), "too many");
}

TEST(Regex, ReplacesAsJava) {
    EXPECT_EQ(replaced("abc", "b", "[$0]"), "a[b]c");
    EXPECT_EQ(replaced("abc", "(a)(b)", "$2$1"), "bac");
    EXPECT_EQ(replaced("abc", "(a)", "$10"), "a0bc");
    EXPECT_EQ(replaced("abc", "(x)?b", "<$1>"), "a<>c");
    EXPECT_EQ(replaced("abc", "(?<n>b)", "${n}${n}"), "abbc");
    EXPECT_EQ(replaced("abc", "b", "\\$\\\\"), "a$\\c");
    EXPECT_EQ(replaced("abc", "", "-"), "-a-b-c-");
    EXPECT_EQ(replaced("", "", "-"), "-");
    EXPECT_EQ(replaced("abc", "x", "$9"), "abc");  // nobody looks at it
    for (const auto* with : {"$1", "$", "$x", "${", "${n}", "\\"}) {
        EXPECT_EQ(replaced("abc", "b", with), "none") << with;
    }
    EXPECT_EQ(compiled("").replace_all("abc", std::string(300, 'x'), 1000), std::nullopt);
}

}  // namespace
}  // namespace tern::selector
