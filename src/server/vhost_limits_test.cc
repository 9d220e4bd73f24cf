#include "server/vhost_limits.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

using broker::VhostLimit;

TEST(ReadVhostLimitsTest, those_of_hosts_are_parameters_and_those_of_users_theirs) {
    const auto limits = read_vhost_limits(R"({
      "users": [{"name": "ann", "limits": {"max-connections": 2, "max-channels": -1}}],
      "parameters": [{"component": "vhost-limits", "vhost": "shop", "name": "limits",
                      "value": {"max-queues": 5}}]})");
    ASSERT_TRUE(limits) << limits.error();
    EXPECT_EQ(limits->find(VhostLimit::user_connections, "ann"), 2);
    EXPECT_EQ(limits->find(VhostLimit::user_channels, "ann"), std::nullopt);
    EXPECT_EQ(limits->find(VhostLimit::vhost_queues, "shop"), 5);
    EXPECT_EQ(limits->find(VhostLimit::vhost_connections, "shop"), std::nullopt);
}

TEST(ReadVhostLimitsTest, what_is_wrong_is_named) {
    const auto limits =
        read_vhost_limits(R"({"users": [{"name": "ann", "limits": {"max-channels": "many"}}]})");
    ASSERT_FALSE(limits);
    EXPECT_EQ(limits.error(), "limits: ann: its max-channels is no number");
}

}  // namespace
}  // namespace tern::server
