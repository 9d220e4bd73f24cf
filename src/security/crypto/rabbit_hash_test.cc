#include "security/crypto/rabbit_hash.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

// Made with Python's hashlib, as rabbitmq.com's guide on passwords says.
constexpr const char* kSha256 = "AQL+//+Gpp6/J7/Kq2SvrpaVPUvGyfeOGt7QZKYnLmIUgQ4H";
constexpr const char* kSha512 =
    "AQL+//C6NeOsz+8V4AXsiIzAQBY/V8Rp68t/74EJbAy5qkAdbovTZQljdspL"
    "I5WI2tPbMTKA//w5FrwEQjhgVm8CD2c=";
constexpr const char* kMd5 = "AQL+/94tCg9fiVad4VzlfHOnrvY=";

TEST(RabbitHash, is_that_of_a_password) {
    EXPECT_TRUE(matches_rabbit_hash(kSha256, "", "pika-secret"));
    EXPECT_TRUE(matches_rabbit_hash(kSha256, "rabbit_password_hashing_sha256", "pika-secret"));
    EXPECT_TRUE(matches_rabbit_hash(kSha512, "rabbit_password_hashing_sha512", "pika-secret"));
    EXPECT_TRUE(matches_rabbit_hash(kMd5, "rabbit_password_hashing_md5", "pika-secret"));
    for (const char* other : {"", "pika-secre", "pika-secrets", "Pika-secret"}) {
        EXPECT_FALSE(matches_rabbit_hash(kSha256, "", other)) << other;
    }
}

TEST(RabbitHash, of_nothing_matches_nothing) {
    for (const char* hash : {"", "AQL+", "AQL+/w==", "no base64", "pika-secret"}) {
        EXPECT_FALSE(matches_rabbit_hash(hash, "", "")) << hash;
        EXPECT_FALSE(matches_rabbit_hash(hash, "", "pika-secret")) << hash;
    }
    EXPECT_FALSE(matches_rabbit_hash(kSha256, "plain", "pika-secret"));
    EXPECT_FALSE(matches_rabbit_hash(kSha256, "rabbit_password_hashing_md5", "pika-secret"));
}

TEST(RabbitHash, is_made_as_it_is_matched) {
    const std::string made = rabbit_hash("pika-secret", 0xFFFE0203);
    EXPECT_TRUE(matches_rabbit_hash(made, "", "pika-secret"));
    EXPECT_FALSE(matches_rabbit_hash(made, "", "pika-secrets"));
    EXPECT_NE(made, rabbit_hash("pika-secret", 1));
}

}  // namespace
}  // namespace tern::security
