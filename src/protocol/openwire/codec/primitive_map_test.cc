#include "protocol/openwire/codec/primitive_map.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::from_hex;
using testing::to_hex;

std::error_code error_of(std::string_view hex, const PrimitiveLimits& limits = {}) {
    const auto bytes = from_hex(hex);
    const auto map = decode_map(bytes, limits);
    return map ? std::error_code{} : map.error();
}

PrimitiveMap everything() {
    PrimitiveMap nested;
    nested.put("inner", {std::int32_t{1}});
    PrimitiveMap map;
    map.put("null", {});
    map.put("bool", {true});
    map.put("byte", {std::int8_t{-2}});
    map.put("char", {char16_t{u'\u20ac'}});
    map.put("short", {std::int16_t{-300}});
    map.put("int", {std::int32_t{-70000}});
    map.put("long", {std::int64_t{1} << 40});
    map.put("double", {1.5});
    map.put("float", {-0.25F});
    map.put("text", {std::string_view("t")});
    map.put("bytes", {ByteArray(as_bytes("\x01\x02"))});
    map.put("map", {nested});
    map.put("list", {PrimitiveList{{{true}, {std::string_view("x")}, {nested}}}});
    return map;
}

TEST(PrimitiveMap, EveryTypeAsJavaWritesIt) {
    ByteWriter out;
    ASSERT_TRUE(encode_map(everything(), out));
    EXPECT_EQ(to_hex(out.bytes()), to_hex(from_hex(R"(
        0000000D
        0004 6E756C6C 00
        0004 626F6F6C 01 01
        0004 62797465 02 FE
        0004 63686172 03 20AC
        0005 73686F7274 04 FED4
        0003 696E74 05 FFFEEE90
        0004 6C6F6E67 06 0000010000000000
        0006 646F75626C65 07 3FF8000000000000
        0005 666C6F6174 08 BE800000
        0004 74657874 09 0001 74
        0005 6279746573 0A 00000002 0102
        0003 6D6170 0B 00000001 0005 696E6E6572 05 00000001
        0004 6C697374 0C 00000003 01 01 09 0001 78 0B 00000001 0005 696E6E6572 05 00000001)")));
    const auto decoded = decode_map(out.bytes());
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, everything());
}

TEST(PrimitiveMap, BigTextsStartWhereJavaStartsThem) {
    // 8191 UTF-16 units, however many bytes they take.
    std::string euros;
    for (int i = 0; i < 8190; ++i) euros += "\xE2\x82\xAC";
    for (const auto& [text, type] : {std::pair{std::string(8190, 'x'), 9},
                                     {std::string(8191, 'x'), 13},
                                     {euros, 9},
                                     {euros + 'x', 13}}) {
        ByteWriter out;
        ASSERT_TRUE(encode_value({std::string_view(text)}, out));
        EXPECT_EQ(out.bytes()[0], type);
    }
}

TEST(PrimitiveMap, NullAndEmptyMapsHaveNoEntries) {
    EXPECT_TRUE(decode_map(from_hex("FFFFFFFF"))->entries.empty());
    EXPECT_TRUE(decode_map(from_hex("00000000"))->entries.empty());
}

TEST(PrimitiveMap, OfEqualKeysTheLastCounts) {
    const auto bytes = from_hex("00000002 0001 61 02 01 0001 61 02 02");
    EXPECT_EQ(decode_map(bytes)->find("a")->value, PrimitiveValue{std::int8_t{2}}.value);
    EXPECT_EQ(std::get<std::int8_t>(*find_property(bytes, "a")), 2);
    PrimitiveMap map;
    map.put("a", {true});
    map.put("a", {false});
    EXPECT_EQ(map.entries.size(), 1);
}

TEST(PrimitiveMap, EveryTruncationIsAnError) {
    ByteWriter out;
    ASSERT_TRUE(encode_map(everything(), out));
    for (std::size_t size = 0; size < out.size(); ++size) {
        const auto bytes = out.bytes().first(size);
        const std::vector<std::uint8_t> part(bytes.begin(), bytes.end());
        const auto map = decode_map(part);
        ASSERT_FALSE(map) << size;
        EXPECT_EQ(map.error(), Errc::truncated) << size;
        EXPECT_FALSE(find_property(part, "list")) << size;
    }
}

TEST(PrimitiveMap, RefusesWhatItShould) {
    EXPECT_EQ(error_of("00000000 00"), Errc::trailing_bytes);
    EXPECT_EQ(error_of("00000001 0001 61 0E"), Errc::bad_value);
    EXPECT_EQ(error_of("7FFFFFFF 0001 61 00"), Errc::too_many_elements);
    EXPECT_EQ(error_of("00000009 0001 61 00"), Errc::truncated);
    EXPECT_EQ(error_of("00000001 0001 61 0A FFFFFFFF"), Errc::too_long);
    EXPECT_EQ(error_of("00000001 0001 61 0A 00000009 00"), Errc::truncated);
    EXPECT_EQ(error_of("00000001 0001 61 0C 00000009 00"), Errc::truncated);
    EXPECT_EQ(error_of("00000001 0001 61 0C 7FFFFFFF 00"), Errc::too_many_elements);
}

TEST(PrimitiveMap, LimitsHold) {
    const std::string_view map_in_map = "00000001 0001 61 0B 00000001 0001 62 0C 00000000";
    EXPECT_FALSE(error_of(map_in_map, {.depth_max = 3}));
    EXPECT_EQ(error_of(map_in_map, {.depth_max = 2}), Errc::too_deep);
    EXPECT_EQ(error_of(map_in_map, {.depth_max = 1}), Errc::too_deep);
    const std::string_view text = "00000001 0001 61 09 0003 616263";
    EXPECT_FALSE(error_of(text, {.text_bytes_max = 3}));
    EXPECT_EQ(error_of(text, {.text_bytes_max = 2}), Errc::too_long);
    const std::string_view two = "00000002 0001 61 00 0001 62 00";
    EXPECT_FALSE(error_of(two, {.entries_max = 2}));
    EXPECT_EQ(error_of(two, {.entries_max = 1}), Errc::too_many_elements);
}

TEST(PrimitiveMap, ReadersWalkNestedValues) {
    ByteWriter out;
    ASSERT_TRUE(encode_map(everything(), out));
    const auto list = find_property(out.bytes(), "list");
    ASSERT_TRUE(list);
    ListReader reader(std::get<EncodedList>(*list));
    EXPECT_EQ(reader.remaining(), 3);
    EXPECT_EQ(std::get<bool>(*reader.next()), true);
    EXPECT_EQ(std::get<std::string_view>(*reader.next()), "x");
    const auto map = reader.next();
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.error());
    EXPECT_TRUE(reader.rest().empty());
    EXPECT_EQ(std::get<std::int32_t>(*find_property(std::get<EncodedMap>(*map).bytes, "inner")), 1);
    EXPECT_FALSE(find_property(out.bytes(), "inner"));
}

TEST(PrimitiveMap, KeysThatAreTooLongAreNotWritten) {
    const std::string key(65536, 'k');
    PrimitiveMap map;
    map.put(key, {true});
    ByteWriter out;
    const auto written = encode_map(map, out);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error(), Errc::too_long);
    EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace tern::openwire
