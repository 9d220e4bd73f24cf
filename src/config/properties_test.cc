#include "config/properties.h"

#include <gtest/gtest.h>

namespace tern::config {
namespace {

TEST(Properties, are_read_as_java_reads_them) {
    const Properties properties = parse_properties(
        "# a comment\n! another\n\nactivemq.username=system\n  spaced  :  value \\\n   goes on\n"
        "key\\ with\\=signs = x\r\nalone\n");
    EXPECT_EQ(properties, (Properties{{"activemq.username", "system"},
                                      {"spaced", "value goes on"},
                                      {"key with=signs", "x"},
                                      {"alone", ""}}));
}

TEST(Properties, characters_are_escaped_as_java_does) {
    const Properties properties = parse_properties(
        "a=\\u00e9\\u20AC\\ud83d\\ude00\nb=\\u12x\nc=t\\tn\\nf\\fq\\q\\\\\nd=\\u12\n\\u0061b=e");
    EXPECT_EQ(
        properties,
        (Properties{
            {"a", "é€😀"}, {"b", "u12x"}, {"c", "t\tn\nf\fqq\\"}, {"d", "u12"}, {"ab", "e"}}));
}

TEST(Properties, placeholders_are_looked_up_within_each_other) {
    const Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "data") return "${base}/data";
        if (name == "base") return "/b";
        if (name == "name.b") return "inner";
        if (name == "loop") return "${loop}${loop}";
        return {};
    };
    std::string problem;
    EXPECT_EQ(resolve("plain", lookup, problem), "plain");
    EXPECT_EQ(resolve("${data}/kahadb", lookup, problem), "/b/data/kahadb");
    EXPECT_EQ(resolve("${name.${x:b}}", lookup, problem), "inner");
    EXPECT_EQ(resolve("${none:default}", lookup, problem), "default");
    EXPECT_EQ(resolve("a}b${base", lookup, problem), "a}b${base");
    EXPECT_EQ(resolve("${none}", lookup, problem), std::nullopt);
    EXPECT_EQ(problem, "nothing says what '${none}' is");
    EXPECT_EQ(resolve("${loop}", lookup, problem), std::nullopt);
}

}  // namespace
}  // namespace tern::config
