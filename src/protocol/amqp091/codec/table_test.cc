#include "protocol/amqp091/codec/table.h"

#include "protocol/amqp091/codec/errc.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

FieldTable every_type() {
    FieldTable table;
    table.put("void", {});
    table.put("bool", {true});
    table.put("i8", {std::int8_t{-1}});
    table.put("u8", {std::uint8_t{255}});
    table.put("i16", {std::int16_t{-2}});
    table.put("u16", {std::uint16_t{65535}});
    table.put("i32", {std::int32_t{-3}});
    table.put("u32", {std::uint32_t{4000000000U}});
    table.put("i64", {std::int64_t{-4}});
    table.put("float", {1.5F});
    table.put("double", {2.25});
    table.put("decimal", {Decimal{2, 314}});
    table.put("text", {std::string("hello")});
    table.put("binary", {BinaryValue{std::string("\0\1", 2)}});
    table.put("time", {Timestamp{1234567890}});
    table.put("array", {FieldArray{{{std::int32_t{1}}, {std::string("two")}}}});
    FieldTable inner;
    inner.put("deep", {std::string("down")});
    table.put("table", {inner});
    return table;
}

Bytes entries_of(ByteWriter& out, const FieldTable& table) {
    encode_entries(out, table);
    return out.bytes();
}

TEST(Table, EveryTypeSurvivesTheWire) {
    ByteWriter out;
    const auto decoded = decode_table(entries_of(out, every_type()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, every_type());
}

TEST(Table, FirstOfTwoEqualKeysCounts) {
    FieldTable table;
    table.entries.emplace_back("k", FieldValue{std::int32_t{1}});
    table.entries.emplace_back("k", FieldValue{std::int32_t{2}});
    ByteWriter out;
    const Bytes entries = entries_of(out, table);
    EXPECT_EQ(decode_table(entries)->find("k")->integer(), 1);
    EXPECT_EQ(find_raw(entries, "k").bytes.back(), 1);
}

TEST(Table, FindsAValueWithoutDecoding) {
    ByteWriter out;
    const Bytes entries = entries_of(out, every_type());
    EXPECT_EQ(find_raw(entries, "text").type, 'S');
    EXPECT_EQ(as_text(find_raw(entries, "text").bytes), "hello");
    EXPECT_EQ(find_raw(entries, "none").type, 0);
}

TEST(Table, RefusesTypesOfTheSpecificationThatNobodySends) {
    const std::uint8_t bytes[] = {1, 'k', 'U', 0, 1};
    EXPECT_EQ(check_table(bytes).error(), make_error_code(Errc::bad_value));
}

TEST(Table, RefusesALengthBeyondTheEnd) {
    const std::uint8_t bytes[] = {1, 'k', 'S', 0xFF, 0xFF, 0xFF, 0xFF, 'x'};
    EXPECT_EQ(check_table(bytes).error(), make_error_code(Errc::truncated));
}

TEST(Table, RefusesBottomlessNesting) {
    FieldTable table;
    for (int i = 0; i < kTableDepthMax; ++i) {
        FieldTable outer;
        outer.put("t", {table});
        table = outer;
    }
    ByteWriter out;
    EXPECT_EQ(check_table(entries_of(out, table)).error(), make_error_code(Errc::too_deep));
}

}  // namespace
}  // namespace tern::amqp091
