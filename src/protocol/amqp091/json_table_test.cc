#include "protocol/amqp091/json_table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

namespace json = boost::json;

std::string there_and_back(std::string_view text) {
    ByteWriter entries;
    encode_entries(entries, table_from(json::parse(text).as_object()));
    return json::serialize(table_json(entries.bytes()));
}

TEST(JsonTableTest, a_table_is_as_json_said_it) {
    constexpr std::string_view kTable =
        R"({"t":"x","n":-3,"b":true,"f":1.5E0,"l":[1,"a",{"i":null}],"o":{"k":{}}})";
    EXPECT_EQ(there_and_back(kTable), kTable);
    EXPECT_EQ(there_and_back("{}"), "{}");
}

TEST(JsonTableTest, what_json_cannot_say_is_said_otherwise) {
    FieldTable table;
    table.put("time", {Timestamp{12}});
    table.put("octet", {std::uint8_t{200}});
    table.put("decimal", {Decimal{.scale = 2, .value = 150}});
    table.put("binary", {BinaryValue{"ab\xFF"}});
    ByteWriter entries;
    encode_entries(entries, table);
    EXPECT_EQ(json::serialize(table_json(entries.bytes())),
              "{\"time\":12,\"octet\":200,\"decimal\":1.5E0,\"binary\":\"ab\xEF\xBF\xBD\"}");
}

std::string properties(std::string_view text) {
    const auto raw = properties_from(json::parse(text).as_object());
    return raw ? json::serialize(properties_json(as_bytes(*raw))) : "no " + raw.error();
}

TEST(JsonTableTest, properties_are_as_json_said_them) {
    constexpr std::string_view kAll =
        R"({"content_type":"text/plain","content_encoding":"gzip","correlation_id":"c",)"
        R"("reply_to":"r","expiration":"9","message_id":"m","type":"t","user_id":"u",)"
        R"("app_id":"a","cluster_id":"i","headers":{"h":1},"delivery_mode":2,"priority":4,)"
        R"("timestamp":12})";
    EXPECT_EQ(properties(kAll), kAll);
    EXPECT_EQ(properties(R"({"none":1})"), "{}");
}

TEST(JsonTableTest, what_is_no_property_is_named) {
    EXPECT_EQ(properties(R"({"priority":256})"), "no priority");
    EXPECT_EQ(properties(R"({"priority":"high"})"), "no priority");
    EXPECT_EQ(properties(R"({"headers":[]})"), "no headers");
    EXPECT_EQ(properties(R"({"type":5})"), "no type");
    EXPECT_EQ(properties(R"({"timestamp":-1})"), "no timestamp");
}

}  // namespace
}  // namespace tern::amqp091
