#include "security/throttle.h"

#include "security/simple_realm.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

TEST(throttle, lets_some_failures_pass) {
    Throttle throttle;
    for (std::uint32_t i = 1; i < Throttle::kFreeFailures; ++i) throttle.failed("1.2.3.4", "a", 1);
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "a", 1));
    throttle.failed("1.2.3.4", "a", 1);
    EXPECT_TRUE(throttle.is_slowed("1.2.3.4", "b", 1)) << "the address";
    EXPECT_TRUE(throttle.is_slowed("5.6.7.8", "a", 1)) << "the user";
    EXPECT_FALSE(throttle.is_slowed("5.6.7.8", "b", 1));
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "a", 1 + Throttle::kFirstWaitMs));
}

TEST(throttle, waits_longer_each_time_up_to_a_limit) {
    Throttle throttle;
    for (int i = 0; i < 40; ++i) throttle.failed("1.2.3.4", "a", 1000);
    EXPECT_TRUE(throttle.is_slowed("1.2.3.4", "b", 999 + Throttle::kAddressWaitMsMax));
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "b", 1000 + Throttle::kAddressWaitMsMax));
    EXPECT_FALSE(throttle.is_slowed("5.6.7.8", "a", 1000 + Throttle::kUserWaitMsMax))
        << "nobody locks a user out for long";
}

TEST(throttle, forgets_with_a_success_and_with_time) {
    Throttle throttle;
    for (int i = 0; i < 9; ++i) throttle.failed("1.2.3.4", "a", 1);
    throttle.succeeded("1.2.3.4", "a");
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "a", 1));
    for (int i = 0; i < 4; ++i) throttle.failed("1.2.3.4", "a", 2);
    const std::int64_t later = 3 + Throttle::kForgottenAfterMs;
    throttle.failed("1.2.3.4", "a", later);
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "a", later));
}

TEST(throttle, lets_one_try_at_a_time_who_has_failed_often) {
    using Leave = Throttle::Leave;
    Throttle throttle;
    EXPECT_EQ(Leave::given, throttle.ask_leave("1.2.3.4", "a", 1));
    EXPECT_EQ(Leave::given, throttle.ask_leave("1.2.3.4", "a", 1)) << "nobody has failed yet";
    for (std::uint32_t i = 0; i < Throttle::kFreeFailures; ++i) throttle.failed("1.2.3.4", "a", 1);
    EXPECT_EQ(Leave::none, throttle.ask_leave("1.2.3.4", "a", 1));
    const std::int64_t over = 1 + Throttle::kFirstWaitMs;
    EXPECT_EQ(Leave::given_to_one, throttle.ask_leave("5.6.7.8", "a", over));
    EXPECT_EQ(Leave::none, throttle.ask_leave("9.9.9.9", "a", over)) << "it is the other's turn";
    EXPECT_EQ(Leave::given_to_one,
              throttle.ask_leave("9.9.9.9", "a", over + Throttle::kFirstWaitMs))
        << "whose outcome is not known by now";
    throttle.succeeded("9.9.9.9", "a");
    EXPECT_EQ(Leave::given, throttle.ask_leave("5.6.7.8", "a", over));
}

TEST(throttle, forgets_who_failed_long_ago_when_it_asks_for_leave) {
    Throttle throttle;
    for (int i = 0; i < 40; ++i) throttle.failed("1.2.3.4", "a", 1);
    const std::int64_t later = 2 + Throttle::kForgottenAfterMs;
    EXPECT_EQ(Throttle::Leave::given, throttle.ask_leave("1.2.3.4", "a", later));
}

TEST(throttle, remembers_from_where_somebody_came_in) {
    Throttle throttle;
    EXPECT_FALSE(throttle.has_welcomed("1.2.3.4"));
    throttle.failed("1.2.3.4", "a", 1);
    EXPECT_FALSE(throttle.has_welcomed("1.2.3.4"));
    throttle.succeeded("1.2.3.4", "a");
    EXPECT_TRUE(throttle.has_welcomed("1.2.3.4"));
    EXPECT_FALSE(throttle.has_welcomed("1.2.3.5"));
}

TEST(throttle, lets_nobody_elsewhere_lock_out_who_has_been_in) {
    Throttle throttle;
    throttle.succeeded("1.2.3.4", "ann");
    for (int i = 0; i < 40; ++i) throttle.failed("5.6.7.8", "ann", 1);
    for (int i = 0; i < 40; ++i) throttle.failed("1.2.3.4", "eve", 1);
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "ann", 1));
    EXPECT_TRUE(throttle.is_slowed("9.9.9.9", "ann", 1)) << "she was not there before";
    EXPECT_TRUE(throttle.is_slowed("1.2.3.4", "bob", 1)) << "nor was he";
    for (int i = 0; i < 40; ++i) throttle.failed("1.2.3.4", "ann", 1);
    EXPECT_TRUE(throttle.is_slowed("1.2.3.4", "ann", Throttle::kAddressWaitMsMax))
        << "who guesses from there waits as any other";
    throttle.succeeded("1.2.3.4", "ann");
    EXPECT_FALSE(throttle.is_slowed("1.2.3.4", "ann", 1));
}

TEST(throttle, is_not_made_to_forget_by_logins_in_between) {
    Throttle throttle;
    throttle.succeeded("1.2.3.4", "eve");
    for (int i = 0; i < 40; ++i) {
        throttle.failed("1.2.3.4", "user" + std::to_string(i), 1);
        throttle.succeeded("1.2.3.4", "eve");
    }
    EXPECT_TRUE(throttle.is_slowed("1.2.3.4", "user99", 1));
}

TEST(throttle, stays_small) {
    Throttle throttle;
    for (int i = 0; i < 100'000; ++i) throttle.failed(std::to_string(i), "a", i);
    EXPECT_TRUE(throttle.is_slowed("x", "a", 99'999));
}

TEST(simple_realm, knows_its_users) {
    const RealmPtr realm =
        make_simple_realm({{"ann", Secret("secret"), {"admins"}}, {"bob", Secret(""), {}}}, {});
    Credentials shown{.user = "ann", .password = Secret("secret")};
    ASSERT_TRUE(realm->authenticate(shown));
    EXPECT_EQ(Identity("ann", {"admins"}), **realm->authenticate(shown));
    shown.password = Secret("Secret");
    EXPECT_FALSE(realm->authenticate(shown));
    shown.password.reset();
    EXPECT_FALSE(realm->authenticate(shown));
    shown.user = "eve";
    EXPECT_FALSE(realm->authenticate(shown));
    EXPECT_FALSE(realm->authenticate({}));
}

TEST(simple_realm, knows_nobody_as_somebody) {
    const RealmPtr realm =
        make_simple_realm({{"ann", Secret("secret"), {}}}, Identity("anonymous", {"anonymous"}));
    ASSERT_TRUE(realm->authenticate({}));
    EXPECT_EQ(Identity("anonymous", {"anonymous"}), **realm->authenticate({}));
    EXPECT_FALSE(realm->authenticate({.user = "eve"}));
    EXPECT_FALSE(realm->authenticate({.password = Secret("secret")}));
}

}  // namespace
}  // namespace tern::security
