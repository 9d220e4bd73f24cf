#include "security/crypto/encrypted_text.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

constexpr std::string_view kText = "grüße";
const Secret kPassword("activemq");

struct Written {
    std::string_view algorithm;
    std::string_view secret;
};

// By jasypt 1.9.3 in Java 17, set up as in `activemq encrypt`.
constexpr Written kWritten[] = {
    {"PBEWithMD5AndDES", "eooeKMRSsrT1T4Ag5OwA/A=="},
    {"PBEWithSHA1AndDESede", "iXq4hT/eFHLxOshvXJBqhQ=="},
    {"PBEWITHHMACSHA1ANDAES_128",
     "i21dlZIJsaHYQ5hNeTvxtczRFecfFUjmT1n7QM24NARIRs3vxlKW8XwhzLk3rsN1"},
    {"PBEWITHHMACSHA224ANDAES_128",
     "SfytqMfn3N9kf2igo3KnXqZ/oOZn24VV9FivxdXqKTHWjcj66XXJ70kJ+7mix9CW"},
    {"PBEWithHmacSHA256AndAES_256",
     "iVk05GrSZ3PvSfzz/LIn+MKydCE6UYCpQVPA0rKc9KHKmlBy3x1VbzfyyRfA51lO"},
    {"PBEWITHHMACSHA384ANDAES_256",
     "e+/NJbKph5oKyPzsmAKZKDNK3+SQc2QdREoU/GOAfYfT5wHzwdzqH/NkniJPvJMX"},
    {"PBEWITHHMACSHA512ANDAES_256",
     "lvVe53CP1s6KKWhDASRd6P04BXo9jUiveZZMvd0R3qjmVX4uyAbyqFJj6ChpYYDq"},
};

TEST(encrypted_text, is_read_as_jasypt_wrote_it) {
    for (const auto& [algorithm, secret] : kWritten) {
        EXPECT_EQ(kText, decrypt_text(algorithm, kPassword, secret).value_or("")) << algorithm;
    }
}

TEST(encrypted_text, is_read_again) {
    for (const auto& [algorithm, secret] : kWritten) {
        for (const std::string text : {"", "x", "12345678", "exactly a block!", "grüße"}) {
            const auto one = encrypt_text(algorithm, kPassword, text);
            const auto other = encrypt_text(algorithm, kPassword, text);
            ASSERT_TRUE(one && other) << algorithm;
            EXPECT_NE(*one, *other) << "a salt of its own";
            EXPECT_EQ(text, decrypt_text(algorithm, kPassword, *one).value_or("?")) << algorithm;
        }
    }
}

TEST(encrypted_text, what_is_wrong_is_said) {
    const auto why = [](std::string_view algorithm, const Secret& password,
                        std::string_view secret) {
        const auto read = decrypt_text(algorithm, password, secret);
        return read ? "nothing" : read.error();
    };
    const auto& [algorithm, secret] = kWritten[4];
    EXPECT_EQ("it cannot be decrypted: the password or the algorithm is another one",
              why(algorithm, Secret("other"), secret));
    EXPECT_EQ("it is no encrypted value: not base64", why(algorithm, kPassword, "a secret"));
    EXPECT_EQ("it is no encrypted value: too short", why(algorithm, kPassword, "AAAA"));
    EXPECT_EQ("it is no encrypted value: too short", why(algorithm, kPassword, ""));
    EXPECT_EQ("the password for encrypted values is empty", why(algorithm, Secret(), secret));
    EXPECT_EQ("there is no algorithm ROT13 here; use PBEWithHmacSHA256AndAES_256",
              why("ROT13", kPassword, secret));
}

}  // namespace
}  // namespace tern::security
