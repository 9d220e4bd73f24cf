#include "protocol/amqp091/native.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

MessagePtr stored(std::string_view exchange, std::string_view key, const Properties& properties,
                  std::string_view body) {
    ByteWriter raw;
    encode_properties(raw, properties);
    ByteWriter native;
    write_native(native, exchange, key, raw.bytes());
    MessageHeader header;
    header.format = Format::amqp091;
    header.durable = Durable::yes;
    return Message::create(header, native.bytes(), {}, as_bytes(body), nullptr);
}

TEST(Native, OthersReadWhatWasPublished) {
    FieldTable table;
    table.put("n", {std::uint32_t{7}});
    ByteWriter entries;
    encode_entries(entries, table);
    Properties properties;
    properties.content_type = "text/plain";
    properties.headers = entries.bytes();
    properties.correlation_id = "c";
    properties.reply_to = "answers";
    properties.timestamp = 5;
    const auto hub = Reader().read(*stored("", "orders", properties, "hello"));
    ASSERT_TRUE(hub);
    EXPECT_EQ(hub->to->name, "orders");
    EXPECT_FALSE(hub->to->topic);
    EXPECT_EQ(hub->correlation_id, "c");
    EXPECT_EQ(hub->reply_to->name, "answers");
    EXPECT_EQ(hub->timestamp_ms, 5000);
    EXPECT_EQ(std::get<std::string>(hub->body), "hello");
    EXPECT_EQ(std::get<std::int64_t>(hub->properties.find("n")->value), 7);
}

TEST(Native, ASelectorFindsHeadersAndProperties) {
    FieldTable table;
    table.put("colour", {std::string("red")});
    ByteWriter entries;
    encode_entries(entries, table);
    Properties properties;
    properties.headers = entries.bytes();
    properties.message_id = "m";
    const MessagePtr message = stored("x", "k", properties, "");
    std::string scratch;
    EXPECT_EQ(std::get<std::string_view>(Reader().find(*message, "colour", scratch)), "red");
    EXPECT_EQ(std::get<std::string_view>(Reader().find(*message, "JMSMessageID", scratch)), "m");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(Reader().find(*message, "no", scratch)));
}

TEST(Native, AMessageOfAnotherProtocolBecomesOneOfOurs) {
    message::HubMessage hub;
    hub.durable = Durable::yes;
    hub.to = message::HubDestination{.topic = true, .temporary = false, .name = "a.b"};
    hub.message_id = std::string(300, 'x');
    hub.correlation_id = "c";
    hub.body = message::HubMap{{{"k", {std::string("v\"")}}, {"n", {std::int32_t{1}}}}};
    Outgoing out = from_hub(hub, 0);
    const auto native = read_native(out.native.bytes());
    ASSERT_TRUE(native);
    EXPECT_EQ(native->exchange, "amq.topic");
    EXPECT_EQ(native->routing_key, "a.b");
    const auto properties = decode_properties(native->raw);
    ASSERT_TRUE(properties);
    EXPECT_EQ(properties->correlation_id, "c");
    EXPECT_FALSE(properties->message_id);
    EXPECT_EQ(find_raw(*properties->headers, "JMSMessageID").bytes.size(), 300U);
    EXPECT_EQ(properties->content_type, "application/json");
    EXPECT_EQ(as_text(out.body.bytes()), R"({"k":"v\"","n":1})");
}

}  // namespace
}  // namespace tern::amqp091
