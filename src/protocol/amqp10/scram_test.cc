#include "bytes/base64.h"
#include "protocol/amqp10/sasl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::amqp10 {
namespace {

using What = Sasl::Step::What;
using testing::ElementsAre;

constexpr broker::LoginWays kPasswords;
constexpr broker::LoginWays kScram{.scram_256 = true};
constexpr broker::LoginWays kTokens{.tokens = true};

// RFC 7677, 3: the password is «pencil».
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

broker::ScramChallenge challenge() {
    broker::ScramChallenge made{.salt = {},
                                .iterations = 4096,
                                .nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
                                .server_key = {}};
    EXPECT_TRUE(decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==", made.salt));
    EXPECT_TRUE(decode_base64("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", made.server_key));
    return made;
}

TEST(Scram, ExchangesWhatTheRfcShows) {
    Sasl sasl(kScram, "");
    const Sasl::Step first = sasl.begin("SCRAM-SHA-256", kClientFirst);
    ASSERT_EQ(first.what, What::ask_for_keys);
    EXPECT_EQ(first.user, "user");
    const Sasl::Step second = sasl.challenged(challenge());
    ASSERT_EQ(second.what, What::challenge);
    EXPECT_EQ(second.data, kServerFirst);
    const Sasl::Step last = sasl.respond(kClientFinal);
    ASSERT_EQ(last.what, What::ask);
    EXPECT_EQ(last.user, "user");
    EXPECT_FALSE(last.password);
    ASSERT_TRUE(last.proof);
    EXPECT_EQ(base64(last.proof->proof), "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_TRUE(last.proof->signed_text.starts_with("n=user,r=rOprNGfwEbeRWgbNEkqO,r="));
    EXPECT_EQ(last.data, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Scram, HashesWithWhatTheClientChose) {
    Sasl sasl({.scram_256 = true, .scram_512 = true}, "");
    EXPECT_THAT(sasl.mechanisms(),
                ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "ANONYMOUS"));
    const Sasl::Step first = sasl.begin("SCRAM-SHA-512", kClientFirst);
    EXPECT_EQ(first.what, What::ask_for_keys);
    EXPECT_EQ(first.hash, broker::ScramHash::sha512);
    EXPECT_EQ(sasl.challenged(challenge()).what, What::challenge);
    const Sasl::Step last = sasl.respond(kClientFinal);
    ASSERT_TRUE(last.proof);
    EXPECT_EQ(last.proof->hash, broker::ScramHash::sha512);
    EXPECT_EQ(last.data.size(), std::string_view("v=").size() + 88);
    Sasl without(kScram, "");
    EXPECT_EQ(without.begin("SCRAM-SHA-512", kClientFirst).what, What::unknown_mechanism);
}

TEST(Scram, DeniesNonsense) {
    Sasl bound(kScram, "");
    EXPECT_EQ(bound.begin("SCRAM-SHA-256", "p=tls-unique,,n=user,r=abc").what, What::denied);
    EXPECT_EQ(bound.respond(kClientFinal).what, What::denied) << "out of turn";
    Sasl other(kScram, "");
    std::ignore = other.begin("SCRAM-SHA-256", kClientFirst);
    EXPECT_EQ(other.challenged({}).what, What::denied) << "the broker cannot say";
    Sasl third(kScram, "");
    std::ignore = third.begin("SCRAM-SHA-256", "n,,n=user,r=another");
    std::ignore = third.challenged(challenge());
    EXPECT_EQ(third.respond(kClientFinal).what, What::denied) << "of another exchange";
}

TEST(Sasl, HasPasswordsChecked) {
    using namespace std::string_view_literals;
    Sasl sasl(kPasswords, "");
    const Sasl::Step step = sasl.begin("PLAIN", "\0user\0pencil"sv);
    EXPECT_EQ(step.what, What::ask);
    EXPECT_EQ(step.user, "user");
    EXPECT_EQ(step.password, "pencil");
    EXPECT_EQ(sasl.begin("PLAIN", "user"sv).what, What::denied);
    EXPECT_EQ(sasl.begin("ANONYMOUS", "trace").what, What::ask);
}

TEST(Sasl, OffersExternalToWhoShowsACertificate) {
    Sasl without(kPasswords, "");
    EXPECT_THAT(without.mechanisms(), ElementsAre("PLAIN", "ANONYMOUS"));
    EXPECT_EQ(without.begin("EXTERNAL", "").what, What::unknown_mechanism);
    Sasl with(kScram, "CN=alice");
    EXPECT_THAT(with.mechanisms(), ElementsAre("EXTERNAL", "SCRAM-SHA-256", "PLAIN", "ANONYMOUS"));
    const Sasl::Step step = with.begin("EXTERNAL", "");
    EXPECT_EQ(step.what, What::ask);
    EXPECT_EQ(step.user, "");
    EXPECT_FALSE(step.password);
    EXPECT_EQ(with.begin("EXTERNAL", "bob").user, "bob");
}

TEST(Sasl, OffersWhatTheRealmCan) {
    Sasl passwords(kPasswords, "");
    EXPECT_EQ(passwords.begin("SCRAM-SHA-256", kClientFirst).what, What::unknown_mechanism);
    EXPECT_EQ(passwords.begin("OAUTHBEARER", "").what, What::unknown_mechanism);
    Sasl tokens(kTokens, "");
    EXPECT_THAT(tokens.mechanisms(), ElementsAre("PLAIN", "ANONYMOUS", "OAUTHBEARER", "XOAUTH2"));
}

TEST(Sasl, TakesTokens) {
    Sasl sasl(kTokens, "");
    const Sasl::Step bearer = sasl.begin("OAUTHBEARER",
                                         "n,a=ann@x,\x01host=h\x01port=5672\x01"
                                         "auth=Bearer a.b.c\x01\x01");
    EXPECT_EQ(bearer.what, What::ask);
    EXPECT_EQ(bearer.user, "ann@x");
    EXPECT_EQ(bearer.password, "a.b.c");
    const Sasl::Step nobody = sasl.begin("OAUTHBEARER",
                                         "n,,\x01"
                                         "auth=Bearer a.b.c\x01\x01");
    EXPECT_EQ(nobody.user, "") << "the token says who it is";
    EXPECT_EQ(nobody.password, "a.b.c");
    const Sasl::Step older = sasl.begin("XOAUTH2",
                                        "user=ann\x01"
                                        "auth=Bearer a.b.c\x01\x01");
    EXPECT_EQ(older.user, "ann");
    EXPECT_EQ(older.password, "a.b.c");
    EXPECT_EQ(sasl.begin("OAUTHBEARER", "n,,\x01\x01").what, What::denied);
    EXPECT_EQ(sasl.begin("OAUTHBEARER", "").what, What::denied);
}

}  // namespace
}  // namespace tern::amqp10
