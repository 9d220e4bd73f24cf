#include "protocol/amqp10/sasl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::amqp10 {
namespace {

using What = Sasl::Step::What;
using testing::ElementsAre;

/// Knows one user, "user" with the password "pencil", by all mechanisms: RFC 7677, 3.
class OneUser final : public Authenticator {
public:
    std::vector<std::string_view> mechanisms(std::string_view certificate) const override {
        if (certificate.empty()) return {"SCRAM-SHA-256", "PLAIN"};
        return {"EXTERNAL", "SCRAM-SHA-256", "PLAIN"};
    }
    std::optional<ScramCredentials> scram(std::string_view user) const override {
        if (user != "user") return {};
        return make_scram_credentials("pencil",
                                      "[m\x99h\x9d\x12\x35\x8e\xec\xa0K\x14\x12\x36\xfa\x81", 4096);
    }
    std::string nonce() const override { return "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"; }
};

const OneUser kOneUser;
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

TEST(Scram, ExchangesWhatTheRfcShows) {
    Sasl sasl(kOneUser, "");
    const Sasl::Step first = sasl.begin("SCRAM-SHA-256", kClientFirst);
    ASSERT_EQ(first.what, What::challenge);
    EXPECT_EQ(first.data, kServerFirst);
    const Sasl::Step last = sasl.respond(kClientFinal);
    ASSERT_EQ(last.what, What::success);
    EXPECT_EQ(last.data, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    EXPECT_EQ(last.user, "user");
}

TEST(Scram, DeniesAWrongProofAnUnknownUserAndNonsense) {
    std::string wrong(kClientFinal);
    wrong[wrong.size() - 5] = 'A';
    Sasl one(kOneUser, "");
    std::ignore = one.begin("SCRAM-SHA-256", kClientFirst);
    EXPECT_EQ(one.respond(wrong).what, What::denied);
    Sasl other(kOneUser, "");
    EXPECT_EQ(other.begin("SCRAM-SHA-256", "n,,n=nobody,r=abc").what, What::denied);
    EXPECT_EQ(other.respond(kClientFinal).what, What::denied);
    Sasl third(kOneUser, "");
    EXPECT_EQ(third.begin("SCRAM-SHA-256", "p=tls-unique,,n=user,r=abc").what, What::denied);
}

TEST(Sasl, HasPasswordsChecked) {
    using namespace std::string_view_literals;
    Sasl sasl(kOneUser, "");
    const Sasl::Step step = sasl.begin("PLAIN", "\0user\0pencil"sv);
    EXPECT_EQ(step.what, What::ask);
    EXPECT_EQ(step.user, "user");
    EXPECT_EQ(step.password, "pencil");
    EXPECT_EQ(sasl.begin("PLAIN", "user"sv).what, What::denied);
}

TEST(Sasl, OffersExternalToWhoShowsACertificate) {
    Sasl without(kOneUser, "");
    EXPECT_THAT(without.mechanisms(), ElementsAre("SCRAM-SHA-256", "PLAIN"));
    EXPECT_EQ(without.begin("EXTERNAL", "").what, What::unknown_mechanism);
    Sasl with(kOneUser, "CN=alice");
    const Sasl::Step step = with.begin("EXTERNAL", "");
    EXPECT_EQ(step.what, What::ask);
    EXPECT_EQ(step.user, "");
    EXPECT_FALSE(step.password);
    EXPECT_EQ(with.begin("EXTERNAL", "bob").user, "bob");
}

TEST(Sasl, RefusesWhatItDoesNotOffer) {
    Sasl sasl(kOneUser, "");
    EXPECT_EQ(sasl.begin("ANONYMOUS", "").what, What::unknown_mechanism);
    const OpenDoor open;
    Sasl anybody(open, "");
    EXPECT_EQ(anybody.begin("ANONYMOUS", "trace").what, What::ask);
}

}  // namespace
}  // namespace tern::amqp10
