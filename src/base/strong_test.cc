#include "base/strong.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace tern {
namespace {

using QueueNumber = Strong<struct QueueNumberTag>;

TEST(Strong, compares_by_value) {
    EXPECT_LT(QueueNumber{1}, QueueNumber{2});
    EXPECT_EQ(QueueNumber{7}, QueueNumber{7});
    EXPECT_FALSE(QueueNumber{});
    EXPECT_TRUE(QueueNumber{1});
}

TEST(Strong, serves_as_a_key) {
    std::unordered_set<QueueNumber> set{QueueNumber{1}, QueueNumber{2}, QueueNumber{1}};
    EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace tern
