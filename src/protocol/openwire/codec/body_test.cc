#include "protocol/openwire/codec/body.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::from_hex;
using testing::to_hex;

TEST(TextBody, BothDirections) {
    for (const std::string_view text : {"", "hi"}) {
        ByteWriter out;
        ASSERT_TRUE(encode_text_body(text, out));
        EXPECT_EQ(out.size(), 4 + text.size());
        EXPECT_EQ(decode_text_body(out.bytes()), Text(text));
    }
    EXPECT_EQ(decode_text_body({}), Text());
    EXPECT_EQ(decode_text_body(Bytes(from_hex("FFFFFFFF"))), Text());
}

TEST(TextBody, RefusesWrongLengths) {
    const auto error_of = [](std::string_view hex) {
        const auto bytes = from_hex(hex);
        return decode_text_body(Bytes(bytes)).error();
    };
    EXPECT_EQ(error_of("000000"), Errc::truncated);
    EXPECT_EQ(error_of("00000002 61"), Errc::truncated);
    EXPECT_EQ(error_of("80000000"), Errc::truncated);
    EXPECT_EQ(error_of("00000001 61 62"), Errc::trailing_bytes);
}

TEST(MapBody, BothDirections) {
    PrimitiveMap map;
    map.put("a", {std::int32_t{1}});
    ByteWriter out;
    ASSERT_TRUE(encode_map_body(map, out));
    EXPECT_EQ(to_hex(out.bytes()), to_hex(from_hex("00000001 0001 61 05 00000001")));
    EXPECT_EQ(decode_map_body(out.bytes()), map);
    EXPECT_EQ(decode_map_body({}), PrimitiveMap{});
}

TEST(StreamBody, BothDirections) {
    const PrimitiveList values{
        {{true}, {std::string_view("a")}, {}, {std::int64_t{-1}}, {ByteArray(as_bytes("b"))}}};
    ByteWriter out;
    ASSERT_TRUE(encode_stream_body(values, out));
    EXPECT_EQ(to_hex(out.bytes()),
              to_hex(from_hex("01 01 09 0001 61 00 06 FFFFFFFFFFFFFFFF 0A 00000001 62")));
    EXPECT_EQ(decode_stream_body(out.bytes()), values);
    EXPECT_EQ(decode_stream_body({}), PrimitiveList{});
    EXPECT_EQ(decode_stream_body(out.bytes().first(out.size() - 1)).error(), Errc::truncated);
}

TEST(StreamBody, HasABoundedNumberOfValues) {
    const std::vector<std::uint8_t> nulls(11, 0);
    EXPECT_EQ(decode_stream_body(Bytes(nulls), {.entries_max = 10}).error(),
              Errc::too_many_elements);
    EXPECT_EQ(decode_stream_body(Bytes(nulls), {.entries_max = 11})->values.size(), 11U);
}

}  // namespace
}  // namespace tern::openwire
