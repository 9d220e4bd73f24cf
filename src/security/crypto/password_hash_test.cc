#include "security/crypto/password_hash.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

TEST(password_hash, knows_what_other_programs_made) {
    for (const std::string_view hash :
         {"$y$j9T$abcdefghijklmnop$3dL1LkYnZM.OVXuVdnnaKVDlLYT92dRwOzDZ5XiVCe.",
          "$7$CU..../....abcdefgh$XWs9HxtpA2.6U5CDBBbcW.h3o9pYlC.MIIb8JqMgZx6",
          "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
          "$6$abcdefgh$ltjgWl6579NluT/"
          "Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG."}) {
        EXPECT_TRUE(is_password_hash(hash));
        EXPECT_TRUE(matches_password(hash, "secret")) << hash;
        EXPECT_FALSE(matches_password(hash, "secret "));
        EXPECT_FALSE(matches_password(hash, ""));
        EXPECT_FALSE(matches_password(hash, hash)) << "a stolen hash is no password";
    }
}

TEST(password_hash, is_made_with_another_salt_each_time) {
    const auto one = hash_password(Secret("pässword"));
    const auto other = hash_password(Secret("pässword"));
    ASSERT_TRUE(one && other);
    EXPECT_TRUE(one->starts_with("$y$"));
    EXPECT_NE(*one, *other);
    EXPECT_TRUE(matches_password(*one, "pässword"));
    EXPECT_FALSE(matches_password(*one, "password"));
}

TEST(password_hash, a_zero_byte_does_not_end_a_password) {
    using namespace std::string_view_literals;
    const auto hash = hash_password(Secret("secret"));
    ASSERT_TRUE(hash);
    EXPECT_FALSE(matches_password(*hash, "secret\0more"sv));
    EXPECT_FALSE(hash_password(Secret("secret\0more"sv)));
}

TEST(password_hash, what_is_none_is_a_password) {
    for (const std::string_view plain : {"", "secret", "$", "$$", "$secret$", "*0", "$1"}) {
        EXPECT_FALSE(is_password_hash(plain)) << plain;
        EXPECT_TRUE(matches_password(plain, plain));
        EXPECT_FALSE(matches_password(plain, "other"));
    }
}

TEST(password_hash, a_broken_one_matches_nothing) {
    EXPECT_FALSE(matches_password("$y$broken", "$y$broken"));
    EXPECT_FALSE(matches_password("$6$", ""));
}

}  // namespace
}  // namespace tern::security
