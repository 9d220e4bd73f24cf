#include "config/values.h"

#include <gtest/gtest.h>

namespace tern::config {
namespace {

TEST(Values, sizes_take_units_in_any_case_and_with_blanks) {
    const std::pair<const char*, std::int64_t> rows[] = {
        {"0", 0},        {"7", 7},          {"7b", 7},
        {"1k", 1024},    {"1KB", 1024},     {"64 mb", 64 << 20},
        {"2M", 2 << 20}, {" 1g ", 1 << 30}, {"100 gb", std::int64_t{100} << 30},
    };
    for (const auto& [text, bytes] : rows) {
        const auto value = parse_bytes(text, kNatural);
        ASSERT_TRUE(value.has_value()) << text;
        EXPECT_EQ(*value, bytes) << text;
        EXPECT_EQ(parse_bytes(bytes_to_text(bytes), kNatural), bytes);
    }
    for (const char* text : {"", "mb", "1 tb", "-1", "1.5mb", "9999999999gb", "1 m b"}) {
        EXPECT_FALSE(parse_bytes(text, kNatural).has_value()) << text;
    }
}

TEST(Values, numbers_are_whole_and_within_their_range) {
    EXPECT_EQ(parse_integer(" 5 ", kPercent), 5);
    EXPECT_EQ(parse_integer("-1", kLimit), -1);
    const auto wrong = parse_integer("101", kPercent);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error(), "a whole number from 0 to 100");
    EXPECT_FALSE(parse_integer("5x", kNatural).has_value());
    EXPECT_FALSE(parse_integer("99999999999999999999", kNatural).has_value());
}

TEST(Values, a_misspelt_name_is_recognised) {
    EXPECT_EQ(nearest("memoryLimits", {"memoryLimit", "maxPageSize"}), "memoryLimit");
    EXPECT_EQ(nearest("MEMORYLIMIT", {"memoryLimit"}), "memoryLimit");
    EXPECT_EQ(nearest("colour", {"memoryLimit", "maxPageSize"}), "");
}

}  // namespace
}  // namespace tern::config
