#include "security/realms.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

using Why = Refusal::Why;

/// Vouches, or does not, for everybody.
class Fixed final : public Realm {
public:
    explicit Fixed(Verdict verdict) : verdict_(std::move(verdict)) {}
    [[nodiscard]] Verdict authenticate(const Credentials&) override {
        ++asked_;
        return verdict_;
    }
    [[nodiscard]] int asked() const { return asked_; }

private:
    Verdict verdict_;
    int asked_ = 0;
};

std::shared_ptr<Fixed> vouches(std::string user, std::vector<std::string> groups) {
    return std::make_shared<Fixed>(
        std::make_shared<const Identity>(std::move(user), std::move(groups)));
}
std::shared_ptr<Fixed> refuses(Why why, std::string reason) {
    return std::make_shared<Fixed>(refusal(why, std::move(reason)));
}

TEST(realms, the_first_sufficient_one_decides) {
    const auto first = refuses(Why::wrong, "unknown user");
    const auto second = vouches("ann", {"admins"});
    const auto third = vouches("ann", {"users"});
    const auto all = combine({{Control::sufficient, first},
                              {Control::sufficient, second},
                              {Control::sufficient, third}});
    const Verdict verdict = all->authenticate({});
    ASSERT_TRUE(verdict);
    EXPECT_EQ(Identity("ann", {"admins"}), **verdict);
    EXPECT_EQ(0, third->asked());
}

TEST(realms, a_login_is_over_when_one_that_vouched_says_so) {
    Standing file = Standing::good;
    Standing directory = Standing::good;
    const auto who = [](std::string group, const Standing& standing) {
        return std::make_shared<Fixed>(std::make_shared<const Identity>(
            "ann", std::vector{std::move(group)}, [&standing] { return standing; }));
    };
    const auto all = combine({{Control::sufficient, refuses(Why::wrong, "unknown user")},
                              {Control::required, who("a", file)},
                              {Control::optional, who("b", directory)},
                              {Control::optional, vouches("ann", {"c"})}});
    const IdentityPtr ann = all->authenticate({}).value();
    EXPECT_EQ(Identity("ann", {"a", "b", "c"}), *ann);
    EXPECT_EQ(Standing::good, ann->standing()());
    directory = Standing::unknown;
    EXPECT_EQ(Standing::unknown, ann->standing()());
    file = Standing::over;
    EXPECT_EQ(Standing::over, ann->standing()());
    const auto lasting = combine(
        {{Control::required, vouches("ann", {"a"})}, {Control::required, vouches("ann", {"b"})}});
    EXPECT_FALSE((*lasting->authenticate({}))->standing());
}

TEST(realms, all_required_ones_must_vouch_and_give_groups) {
    const auto one = vouches("ann", {"b", "a"});
    const auto other = vouches("Ann", {"a", "c"});
    const Verdict verdict =
        combine({{Control::required, one}, {Control::required, other}})->authenticate({});
    ASSERT_TRUE(verdict);
    EXPECT_EQ(Identity("ann", {"a", "b", "c"}), **verdict);
    const auto wrong = refuses(Why::wrong, "wrong password");
    const Verdict refused =
        combine(
            {{Control::required, wrong}, {Control::sufficient, one}, {Control::optional, other}})
            ->authenticate({});
    ASSERT_FALSE(refused);
    EXPECT_EQ("wrong password", refused.error().reason);
    EXPECT_EQ(2, other->asked()) << "a sufficient one does not end it after a failure";
}

TEST(realms, a_requisite_one_ends_it) {
    const auto wrong = refuses(Why::wrong, "wrong password");
    const auto other = vouches("ann", {});
    EXPECT_FALSE(
        combine({{Control::requisite, wrong}, {Control::optional, other}})->authenticate({}));
    EXPECT_EQ(0, other->asked());
}

TEST(realms, nobody_is_let_in_when_all_abstain) {
    const auto all = combine({{Control::required, refuses(Why::abstains, "no certificate")},
                              {Control::optional, refuses(Why::abstains, "no token")}});
    const Verdict verdict = all->authenticate({});
    ASSERT_FALSE(verdict);
    EXPECT_EQ(Why::abstains, verdict.error().why);
    EXPECT_FALSE(combine({})->authenticate({}));
}

TEST(realms, one_that_cannot_say_is_the_reason_that_counts) {
    const auto all = combine({{Control::sufficient, refuses(Why::unavailable, "no answer")},
                              {Control::sufficient, refuses(Why::wrong, "unknown user")}});
    const Verdict verdict = all->authenticate({});
    ASSERT_FALSE(verdict);
    EXPECT_EQ("no answer", verdict.error().reason);
}

TEST(secret, moves_leave_nothing_behind) {
    Secret one("short");
    Secret other(std::move(one));
    EXPECT_EQ("short", other.reveal());
    EXPECT_TRUE(one.empty());  // NOLINT(bugprone-use-after-move): that is the point
    one = std::move(other);
    EXPECT_EQ("short", one.reveal());
}

TEST(secret, equality) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", ""));
    EXPECT_FALSE(equal_in_constant_time("", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abcabc", "abc"));
}

TEST(credentials, know_a_token) {
    Credentials shown;
    EXPECT_EQ("", shown.bearer_token());
    shown.password = Secret("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln");
    EXPECT_EQ(shown.password->reveal(), shown.bearer_token());
    shown.password = Secret("eyJ.no token.");
    EXPECT_EQ("", shown.bearer_token());
}

/// Knows nobody, by such ways.
class Ways final : public Realm {
public:
    Ways(broker::LoginWays ways, bool takes_passwords)
        : ways_(ways), takes_passwords_(takes_passwords) {}

    Verdict authenticate(const Credentials&) override { return refusal(Refusal::Why::wrong, ""); }
    broker::LoginWays login_ways() override { return ways_; }
    bool takes_passwords() const override { return takes_passwords_; }
    std::optional<ScramKeys> scram_keys(const Credentials&) override {
        return ScramKeys{ScramHash::sha256, "salt", 4096, "stored", "server"};
    }

private:
    broker::LoginWays ways_;
    bool takes_passwords_;
};

TEST(realms, scram_is_for_the_only_realm_with_passwords) {
    const auto with = [](std::vector<Ways> ways) {
        std::vector<ControlledRealm> realms;
        for (const Ways& one : ways) {
            realms.push_back({Control::required, std::make_shared<Ways>(one)});
        }
        return combine(std::move(realms));
    };
    const Ways scram({.scram_256 = true, .scram_512 = true}, true);
    const Ways hashes({}, true);
    const Ways certificates({}, false);
    const Ways tokens({.tokens = true}, true);
    const RealmPtr good = with({certificates, scram});
    EXPECT_EQ((broker::LoginWays{.scram_256 = true, .scram_512 = true}), good->login_ways());
    EXPECT_TRUE(good->scram_keys({}));
    for (const RealmPtr& bad : {with({scram, hashes}), with({scram, scram})}) {
        EXPECT_EQ(broker::LoginWays(), bad->login_ways());
        EXPECT_FALSE(bad->scram_keys({}));
    }
    EXPECT_EQ((broker::LoginWays{.tokens = true}), with({scram, tokens})->login_ways());
    EXPECT_FALSE(with({certificates, certificates})->takes_passwords());
}

}  // namespace
}  // namespace tern::security
