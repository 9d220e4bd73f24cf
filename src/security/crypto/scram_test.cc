#include "security/crypto/scram.h"

#include "bytes/base64.h"
#include "security/crypto/password_hash.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

constexpr ScramHash k256 = ScramHash::sha256;
constexpr ScramHash k512 = ScramHash::sha512;

// RFC 7677, 3.
constexpr std::string_view kSalt = "[m\x99h\x9d\x12\x35\x8e\xec\xa0K\x14\x12\x36\xfa\x81";
constexpr std::string_view kSigned =
    "n=user,r=rOprNGfwEbeRWgbNEkqO,"
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kProof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

Credentials::Proof proof(std::string_view encoded = kProof) {
    Credentials::Proof shown{.signed_text = std::string(kSigned), .proof = {}};
    EXPECT_TRUE(decode_base64(encoded, shown.proof));
    return shown;
}

TEST(scram, believes_who_knows_the_password) {
    const ScramKeys keys = make_scram_keys("pencil", kSalt, 4096, k256);
    EXPECT_TRUE(proves(keys, proof()));
    EXPECT_FALSE(proves(make_scram_keys("pen", kSalt, 4096, k256), proof()));
    EXPECT_FALSE(proves(keys, proof("AHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")));
    EXPECT_FALSE(proves(keys, proof("dHzb")));
    Credentials::Proof other = proof();
    other.signed_text += 'x';
    EXPECT_FALSE(proves(keys, other)) << "that of another exchange";
}

TEST(scram, has_a_longer_hash_too) {
    // The same exchange, by Python's hashlib and hmac.
    const Credentials::Proof shown = proof(
        "gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw"
        "+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==");
    const ScramKeys keys = make_scram_keys("pencil", kSalt, 4096, k512);
    EXPECT_TRUE(proves(keys, shown));
    EXPECT_FALSE(proves(keys, proof()));
    EXPECT_FALSE(proves(make_scram_keys("pencil", kSalt, 4096, k256), shown));
    const auto stored = hash_for_scram(Secret("pencil"), k512);
    ASSERT_TRUE(stored && stored->starts_with("SCRAM-SHA-512$4096:"));
    EXPECT_TRUE(matches_password(*stored, "pencil"));
    EXPECT_FALSE(matches_password(*stored, "pen"));
    EXPECT_EQ(to_text(*scram_keys_of(*stored, "user", k512)), *stored);
    EXPECT_TRUE(can_scram(*stored, k512));
    EXPECT_FALSE(can_scram(*stored, k256));
    EXPECT_FALSE(scram_keys_of(*stored, "user", k256)) << "its keys are of no use there";
    EXPECT_TRUE(can_scram("pencil", k512));
    EXPECT_EQ(scram_keys_of({}, "ann", k512)->stored_key.size(), 64U);
}

TEST(scram, is_stored_without_the_password) {
    const auto stored = hash_for_scram(Secret("pencil"), k256);
    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->contains("pencil"));
    EXPECT_TRUE(is_password_hash(*stored));
    EXPECT_TRUE(matches_password(*stored, "pencil")) << "by PLAIN it is good, too";
    EXPECT_FALSE(matches_password(*stored, "pen"));
    EXPECT_FALSE(matches_password(*stored, *stored)) << "a stolen one is no password";
    const auto keys = scram_keys_of(*stored, "user", k256);
    ASSERT_TRUE(keys);
    EXPECT_EQ(to_text(*keys), *stored);
    EXPECT_NE(*stored, *hash_for_scram(Secret("pencil"), k256)) << "another salt each time";
}

TEST(scram, takes_a_password_that_is_stored_as_it_is) {
    const auto one = scram_keys_of("pencil", "ann", k256);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->salt, scram_keys_of("pencil", "ann", k256)->salt) << "of one run of the program";
    EXPECT_NE(one->salt, scram_keys_of("pencil", "bob", k256)->salt);
    EXPECT_EQ(one->stored_key,
              make_scram_keys("pencil", one->salt, one->iterations, k256).stored_key);
}

TEST(scram, says_something_of_nobody) {
    const auto nobody = scram_keys_of({}, "ann", k256);
    ASSERT_TRUE(nobody);
    EXPECT_EQ(nobody->salt, scram_keys_of("pencil", "ann", k256)->salt) << "looks like somebody";
    EXPECT_NE(nobody->stored_key, scram_keys_of("", "ann", k256)->stored_key);
}

TEST(scram, cannot_be_done_with_other_hashes) {
    const auto hash = hash_password(Secret("pencil"));
    ASSERT_TRUE(hash);
    EXPECT_FALSE(can_scram(*hash, k256));
    EXPECT_FALSE(scram_keys_of(*hash, "ann", k256));
    EXPECT_TRUE(can_scram("pencil", k256));
    EXPECT_TRUE(can_scram(*hash_for_scram(Secret("pencil"), k256), k256));
}

TEST(scram, knows_no_keys_in_other_texts) {
    const std::string good = *hash_for_scram(Secret("x"), k256);
    for (const std::string& text :
         {std::string("SCRAM-SHA-256$"), std::string("SCRAM-SHA-256$0:AAAA$AAAA:AAAA"),
          good.substr(0, good.size() - 4), good + "=", good.substr(1),
          std::string("SCRAM-SHA-256$99999999999:AAAA") + good.substr(good.rfind('$'))}) {
        EXPECT_FALSE(parse_scram_keys(text)) << text;
    }
}

TEST(scram, makes_a_nonce_for_each_exchange) {
    const std::string one = make_nonce();
    EXPECT_GE(one.size(), 24U);
    EXPECT_FALSE(one.contains(','));
    EXPECT_NE(one, make_nonce());
}

}  // namespace
}  // namespace tern::security
