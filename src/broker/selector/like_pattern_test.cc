#include "broker/selector/like_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace tern::selector {
namespace {

bool like(std::string_view text, std::string_view pattern) {
    return LikePattern(pattern, std::nullopt).matches(text);
}

TEST(LikePattern, RunsTakeAsMuchAsTheyMust) {
    EXPECT_TRUE(like("aXbXbc", "a%bc"));
    EXPECT_TRUE(like("aabaabaac", "%aab%aac"));
    EXPECT_TRUE(like("abc", "%%a%%c%%"));
    EXPECT_FALSE(like("abcd", "%bc"));
    EXPECT_FALSE(like("aab", "a_%b_"));
    EXPECT_TRUE(like("abXb", "%b"));
}

TEST(LikePattern, CharactersAreWhole) {
    EXPECT_TRUE(like("é", "_"));
    EXPECT_FALSE(like("é", "__"));
    EXPECT_FALSE(like("日", "%__"));
    EXPECT_TRUE(like("a日b", "%_b"));
    // As Java writes U+1F600: two surrogates.
    EXPECT_TRUE(like("\xED\xA0\xBD\xED\xB8\x80", "_"));
    // Bytes that are no UTF-8 count one by one.
    EXPECT_TRUE(like("\xFF\xC3", "__"));
}

TEST(LikePattern, AwkwardTextsStayQuick) {
    const std::string text(20000, 'a');
    EXPECT_FALSE(like(text, "%a%a%a%a%a%a%a%a%a%a%b"));
}

}  // namespace
}  // namespace tern::selector
