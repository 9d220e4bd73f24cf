#include "protocol/openwire/codec/modified_utf8.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using namespace std::string_view_literals;

TEST(ModifiedUtf8, OneByteTextsAreSevenBitWithoutNul) {
    for (std::size_t size = 0; size < 40; ++size) {
        EXPECT_TRUE(is_one_byte(std::string(size, '\x01')));
        EXPECT_TRUE(is_one_byte(std::string(size, '\x7F')));
        for (std::size_t at = 0; at < size; ++at) {
            for (const char bad : {'\x00', '\x80', '\xFF'}) {
                std::string text(size, 'x');
                text[at] = bad;
                EXPECT_FALSE(is_one_byte(text)) << size << ' ' << at;
            }
        }
    }
}

struct Pair {
    std::string_view standard;
    std::string_view modified;
};

constexpr Pair kPairs[] = {
    {"", ""},
    {"plain", "plain"},
    {"a\0b"sv,
     "a\xC0\x80"
     "b"},
    {"\xC3\xA9", "\xC3\xA9"},
    {"\xE2\x82\xAC", "\xE2\x82\xAC"},
    {"\xF0\x9F\x98\x80!", "\xED\xA0\xBD\xED\xB8\x80!"},
    {"\xF4\x8F\xBF\xBF", "\xED\xAF\xBF\xED\xBF\xBF"},
};

TEST(ModifiedUtf8, BothDirections) {
    for (const auto& [standard, modified] : kPairs) {
        EXPECT_EQ(to_modified_utf8(standard), modified);
        EXPECT_EQ(to_utf8(modified), standard);
        EXPECT_EQ(to_utf8(standard), standard) << "standard UTF-8 is taken as well";
    }
}

TEST(ModifiedUtf8, WhatIsNoUtf8BecomesTheReplacementCharacter) {
    constexpr auto kReplacement = "\xEF\xBF\xBD"sv;
    for (const auto broken : {"\xFF"sv, "\xC3"sv, "\x80"sv, "\xED\xA0\xBD"sv, "\xED\xB8\x80"sv}) {
        const auto text = to_utf8("a" + std::string(broken) + "b");
        EXPECT_TRUE(text.starts_with("a" + std::string(kReplacement))) << text;
        EXPECT_TRUE(text.ends_with("b")) << text;
    }
    EXPECT_EQ(to_modified_utf8("\xF5\x80\x80\x80"),
              "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    // Overlong forms hide characters.
    EXPECT_EQ(to_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(to_utf8("\xED\xA0\xBDx"), "\xEF\xBF\xBDx");
}

TEST(ModifiedUtf8, FromLatin1) {
    EXPECT_EQ(latin1_to_modified_utf8("a\xE9\0"sv), "a\xC3\xA9\xC0\x80");
}

TEST(ModifiedUtf8, CutDoesNotSplitCharacters) {
    EXPECT_EQ(cut("abc", 5), "abc");
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abc", 2), "ab");
    EXPECT_EQ(cut("a\xE2\x82\xAC", 3), "a");
    EXPECT_EQ(cut("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
    EXPECT_EQ(cut("\x80\x80\x80", 2), "");
}

TEST(ModifiedUtf8, LengthInUtf16Units) {
    EXPECT_EQ(utf16_length(""), 0);
    EXPECT_EQ(utf16_length("a\xC0\x80\xE2\x82\xAC"), 3);
    EXPECT_EQ(utf16_length("\xED\xA0\xBD\xED\xB8\x80"), 2);
}

}  // namespace
}  // namespace tern::openwire
