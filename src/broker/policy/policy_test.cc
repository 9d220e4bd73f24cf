#include "broker/policy/policy.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(PolicyRedelivery, grows_up_to_a_limit) {
    Policy policy;
    policy.redelivery_ms = 100;
    policy.redelivery_multiplier = 3;
    policy.redelivery_ms_max = 500;
    EXPECT_EQ(policy.redelivery_after(1, 0.5), 100);
    EXPECT_EQ(policy.redelivery_after(2, 0.5), 300);
    EXPECT_EQ(policy.redelivery_after(3, 0.5), 500);
    EXPECT_EQ(policy.redelivery_after(65'535, 0.5), 500);
}

TEST(PolicyRedelivery, is_ten_times_the_first_one_at_most_unless_something_else_is_said) {
    Policy policy;
    policy.redelivery_ms = 100;
    policy.redelivery_multiplier = 4;
    EXPECT_EQ(policy.redelivery_after(2, 0.5), 400);
    EXPECT_EQ(policy.redelivery_after(3, 0.5), 1000);
}

TEST(PolicyRedelivery, spreads_around_what_it_would_be) {
    Policy policy;
    policy.redelivery_ms = 1000;
    policy.redelivery_spread = 0.25;
    EXPECT_EQ(policy.redelivery_after(1, 0), 750);
    EXPECT_EQ(policy.redelivery_after(1, 0.5), 1000);
    EXPECT_EQ(policy.redelivery_after(1, 1), 1250);
}

TEST(PolicyRedelivery, is_none_by_default) {
    EXPECT_EQ(Policy().redelivery_after(7, 0.9), 0);
}

}  // namespace
}  // namespace tern::broker
