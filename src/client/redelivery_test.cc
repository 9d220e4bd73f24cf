#include "client/redelivery.h"

#include <gtest/gtest.h>

namespace tern::client {
namespace {

constexpr double kEven = 0.5;

std::vector<std::int64_t> delays(const RedeliveryPolicy& policy, int count, double chance = kEven) {
    std::vector<std::int64_t> all;
    for (int i = 1; i <= count; ++i) all.push_back(delay_of(policy, i, chance).count());
    return all;
}

using Delays = std::vector<std::int64_t>;

TEST(RedeliveryTest, pauses_for_the_same_time_unless_told_otherwise) {
    EXPECT_EQ(delays({}, 3), (Delays{1000, 1000, 1000}));
}

TEST(RedeliveryTest, pauses_longer_each_time_up_to_the_maximum) {
    EXPECT_EQ(
        delays({.delay = milliseconds(10), .delay_multiplier = 5, .delay_max = milliseconds(300)},
               5),
        (Delays{10, 50, 250, 300, 300}));
    EXPECT_EQ(delays({.delay_max = milliseconds(300)}, 2), (Delays{300, 300}));
}

TEST(RedeliveryTest, may_pause_for_another_time_before_the_first) {
    EXPECT_EQ(
        delays(
            {.delay = milliseconds(0), .repeated_delay = milliseconds(10), .delay_multiplier = 2},
            4),
        (Delays{0, 10, 20, 40}));
    EXPECT_EQ(delays({.delay = milliseconds(5), .repeated_delay = milliseconds(10)}, 3),
              (Delays{5, 10, 10}));
}

TEST(RedeliveryTest, varies_by_chance_to_avoid_collisions) {
    const RedeliveryPolicy policy{.collision_avoidance = 0.15};
    EXPECT_EQ(delays(policy, 1, 0), Delays{850});
    EXPECT_EQ(delays(policy, 1, kEven), Delays{1000});
    EXPECT_EQ(delays(policy, 1, 1), Delays{1150});
    EXPECT_EQ(delays({.collision_avoidance = 7}, 1, 0), Delays{0});
}

TEST(RedeliveryTest, counts_by_destination) {
    const ConnectionOptions options{
        .redelivery = {.redeliveries_max = 0},
        .redelivery_of = {{Destination::queue("A.B"), {.redeliveries_max = 1}},
                          {Destination::queue("A.*"), {.redeliveries_max = 2}},
                          {Destination::queue("A.>"), {.redeliveries_max = 3}},
                          {Destination::topic("A.>"), {.redeliveries_max = 4}}}};
    const auto most = [&options](const Destination& destination) {
        return policy_of(options, destination).redeliveries_max;
    };
    EXPECT_EQ(most(Destination::queue("A.B")), 1);
    EXPECT_EQ(most(Destination::queue("A.C")), 2);
    EXPECT_EQ(most(Destination::queue("A.B.C")), 3);
    EXPECT_EQ(most(Destination::queue("A")), 3);
    EXPECT_EQ(most(Destination::topic("A.B")), 4);
    EXPECT_EQ(most(Destination::queue("B")), 0);
    EXPECT_EQ(most({Destination::Kind::temporary_queue, "A.B"}), 0);
}

}  // namespace
}  // namespace tern::client
