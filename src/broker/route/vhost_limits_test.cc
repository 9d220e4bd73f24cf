#include "broker/route/vhost_limits.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(VhostLimitsTest, a_number_below_0_is_no_limit) {
    VhostLimits limits;
    limits.set(VhostLimit::vhost_queues, "shop", 3);
    limits.set(VhostLimit::vhost_connections, "shop", -1);
    EXPECT_EQ(limits.find(VhostLimit::vhost_queues, "shop"), 3);
    EXPECT_EQ(limits.find(VhostLimit::vhost_connections, "shop"), std::nullopt);
    EXPECT_EQ(limits.find(VhostLimit::vhost_queues, "other"), std::nullopt);
}

}  // namespace
}  // namespace tern::broker
