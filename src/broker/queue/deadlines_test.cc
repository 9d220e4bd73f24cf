#include "broker/queue/deadlines.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(DeadlinesTest, come_in_the_order_of_time_and_then_of_the_queue) {
    Deadlines deadlines;
    EXPECT_EQ(deadlines.first_ms(), Deadlines::kNever);
    deadlines.add(30, 1);
    deadlines.add(10, 4);
    deadlines.add(20, 2);
    deadlines.add(10, 3);
    std::vector<std::uint64_t> order;
    EXPECT_EQ(deadlines.first_ms(), 10);
    EXPECT_EQ(deadlines.due(20, 10), (std::vector<std::uint64_t>{3, 4, 2}));
    EXPECT_EQ(deadlines.due(20, 2), (std::vector<std::uint64_t>{3, 4}));
    while (deadlines.size() > 0) {
        order.push_back(deadlines.first());
        deadlines.take_first();
    }
    EXPECT_EQ(order, (std::vector<std::uint64_t>{3, 4, 2, 1}));
}

TEST(DeadlinesTest, of_messages_that_are_gone_do_not_pile_up) {
    Deadlines deadlines;
    for (std::uint64_t ordinal = 1; ordinal <= 100'000; ++ordinal) {
        deadlines.add(1'000'000, ordinal);
        // Only the newest three are there at any time.
        deadlines.shrink(3, [ordinal](std::uint64_t one) { return one + 3 > ordinal; });
        ASSERT_LE(deadlines.size(), 71U);
    }
    EXPECT_GE(deadlines.first(), 99'900U);
}

}  // namespace
}  // namespace tern::broker
