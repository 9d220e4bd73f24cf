#include "engine/readable.h"

#include "broker/route/exchange.h"

#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::Domain;

TEST(readable, tells_virtual_hosts_from_names) {
    EXPECT_EQ("queue://a.b", readable({Domain::queue, false, "a.b"}));
    EXPECT_EQ("temp-topic://ID:1", readable({Domain::topic, true, "ID:1"}));
    EXPECT_EQ("topic://amq.direct in vhost shop",
              readable({Domain::topic, false, broker::queue_address("shop", "amq.direct")}));
    EXPECT_EQ("topic://amq.default in vhost shop",
              readable({Domain::topic, false, broker::queue_address("shop", "")}));
}

TEST(readable, stays_within_its_line) {
    EXPECT_EQ("queue://a?2026 error?", readable({Domain::queue, false, "a\n2026 error\x7F"}));
    EXPECT_EQ("queue://a? in vhost ?b",
              readable({Domain::queue, false, broker::queue_address("\nb", "a\r")}));
}

}  // namespace
}  // namespace tern::engine
