#include "broker/route/encoding.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(RouteEncoding, AnExchangeSurvives) {
    const Exchange exchange{.vhost = "/",
                            .name = "x",
                            .type = ExchangeType::consistent_hash,
                            .durable = true,
                            .auto_delete = true,
                            .internal = true,
                            .alternate = "ae",
                            .hash_header = "h",
                            .hash_property = "p",
                            .arguments = std::string("\0\1", 2)};
    ByteWriter out;
    encode(out, exchange);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_exchange(in), exchange);
    EXPECT_TRUE(in.done());
}

TEST(RouteEncoding, ABindingSurvives) {
    const Binding binding{.vhost = "v",
                          .source = "s",
                          .to_exchange = true,
                          .destination = "d",
                          .key = "k",
                          .match = {.any = true,
                                    .headers = {{"a", std::monostate()},
                                                {"b", true},
                                                {"c", std::int64_t{-1}},
                                                {"d", 0.5},
                                                {"e", std::string("text")}}},
                          .arguments = "raw"};
    ByteWriter out;
    encode(out, binding);
    ByteReader in(out.bytes());
    const Binding read = decode_binding(in);
    EXPECT_TRUE(in.done());
    EXPECT_TRUE(read.is_same(binding));
    EXPECT_EQ(read.match, binding.match);
}

TEST(RouteEncoding, RefusesAnUnknownType) {
    ByteWriter out;
    encode(out, Exchange{.vhost = "/", .name = "x", .type = ExchangeType{9}});
    ByteReader in(out.bytes());
    std::ignore = decode_exchange(in);
    EXPECT_TRUE(in.failed());
}

}  // namespace
}  // namespace tern::broker
