#include "bytes/base64.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Base64, is_written_with_padding) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xef\xbe"), "/+++");
}

TEST(Base64, is_read_as_it_was_written_or_not_at_all) {
    for (const std::string_view bytes : {"", "f", "fo", "foo", "foobar", "\xff\xef\xbe"}) {
        std::string read;
        EXPECT_TRUE(decode_base64(base64(bytes), read));
        EXPECT_EQ(read, bytes);
    }
    std::string read;
    EXPECT_FALSE(decode_base64("Zg", read));
    EXPECT_FALSE(decode_base64("Z.==", read));
}

TEST(Base64, of_urls_has_other_characters_and_no_padding) {
    std::string read;
    for (const auto& [text, bytes] :
         {std::pair("", ""), std::pair("Zg", "f"), std::pair("Zm8", "fo"), std::pair("Zm9v", "foo"),
          std::pair("_--_", "\xff\xef\xbf")}) {
        EXPECT_TRUE(decode_base64url(text, read)) << text;
        EXPECT_EQ(read, bytes);
    }
    for (const std::string_view text : {"Zg==", "/+++", "Z", "Zm9vZ", " Zm9", "Zm9v\n", "Z=9v"}) {
        EXPECT_FALSE(decode_base64url(text, read)) << text;
    }
}

}  // namespace
}  // namespace tern
