#include "protocol/amqp091/channel.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

std::vector<std::uint64_t> tags(const std::optional<std::vector<Unacked>>& taken) {
    std::vector<std::uint64_t> all;
    if (taken) {
        for (const Unacked& one : *taken) all.push_back(one.tag);
    }
    return all;
}

struct UnsettledTest : ::testing::Test {
    UnsettledTest() {
        for (std::uint64_t tag = 1; tag <= 5; ++tag) {
            unsettled.add({.tag = tag, .consumer = {}, .delivery = {}, .delivered_ms = 0});
        }
    }

    using Tags = std::vector<std::uint64_t>;
    Unsettled unsettled;
};

TEST_F(UnsettledTest, EachIsTakenOnce) {
    EXPECT_EQ(tags(unsettled.take(3, false)), Tags{3});
    EXPECT_FALSE(unsettled.take(3, false));
    EXPECT_EQ(unsettled.count(), 4U);
}

TEST_F(UnsettledTest, MultipleTakesAllUpToThere) {
    std::ignore = unsettled.take(2, false);
    EXPECT_EQ(tags(unsettled.take(4, true)), (Tags{1, 3, 4}));
    EXPECT_EQ(tags(unsettled.take(0, true)), Tags{5});
    EXPECT_EQ(tags(unsettled.take(0, true)), Tags{});
    EXPECT_EQ(unsettled.count(), 0U);
}

TEST_F(UnsettledTest, WhatIsNotThereIsNotTaken) {
    EXPECT_FALSE(unsettled.take(6, true));
    EXPECT_FALSE(unsettled.take(0, false));
    EXPECT_EQ(unsettled.count(), 5U);
}

}  // namespace
}  // namespace tern::amqp091
