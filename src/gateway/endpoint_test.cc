#include "gateway/endpoint.h"

#include <gtest/gtest.h>

namespace tern::gateway {
namespace {

TEST(Endpoint, parses_names_addresses_and_ipv6) {
    EXPECT_EQ(parse_endpoint("localhost:61616"), (Endpoint{"localhost", 61616}));
    EXPECT_EQ(parse_endpoint("127.0.0.1:0"), (Endpoint{"127.0.0.1", 0}));
    EXPECT_EQ(parse_endpoint("[::1]:1883"), (Endpoint{"::1", 1883}));
    EXPECT_EQ(to_text({"::1", 1883}), "[::1]:1883");
}

TEST(Endpoint, refuses_what_is_not_one) {
    for (const char* text :
         {"", "61616", ":61616", "host:", "host:x", "host:70000", "::1:5", "host:1 "}) {
        EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace tern::gateway
