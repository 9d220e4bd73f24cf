#include "server/throttled_host.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

TEST(throttled_host, is_the_network_of_whoever_it_is) {
    EXPECT_EQ("192.0.2.1", throttled_host("192.0.2.1:4711"));
    EXPECT_EQ("192.0.2.1", throttled_host("[::ffff:192.0.2.1]:4711"));
    EXPECT_EQ("[2001:db8:1:2::]/64", throttled_host("[2001:db8:1:2:3:4:5:6]:4711"));
    EXPECT_EQ(throttled_host("[2001:db8:1:2::1]:1"), throttled_host("[2001:db8:1:2:ffff::2]:2"));
    EXPECT_NE(throttled_host("[2001:db8:1:2::1]:1"), throttled_host("[2001:db8:1:3::1]:1"));
    EXPECT_EQ(throttled_host("[fe80::1%eth0]:1"), throttled_host("[fe80::2%eth0]:1"));
    EXPECT_EQ("", throttled_host(""));
    EXPECT_EQ("nonsense", throttled_host("nonsense"));
}

}  // namespace
}  // namespace tern::server
