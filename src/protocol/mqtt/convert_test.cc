#include "protocol/mqtt/convert.h"

#include "bytes/byte_writer.h"

#include <gtest/gtest.h>

namespace tern::mqtt {
namespace {

using message::HubDestination;
using message::HubMessage;

MessagePtr stored_example() {
    Properties properties;
    properties.content_type = "text/plain";
    properties.response_topic = "re/ply";
    properties.correlation_data = "c1";
    properties.user = {{"colour", "red"}, {"colour", "blue"}};
    ByteWriter encoded;
    EXPECT_TRUE(encode_properties(encoded, properties));
    return store({.topic = "plant/1.a/temp",
                  .publisher = "me",
                  .qos = Qos::at_least_once,
                  .retain = true,
                  .properties = encoded.bytes(),
                  .payload = as_bytes("21"),
                  .now_ms = 5,
                  .expires_at_ms = 9},
                 nullptr);
}

TEST(MqttConvert, stores_and_loads) {
    const MessagePtr message = stored_example();
    const auto view = load(*message);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->qos, Qos::at_least_once);
    EXPECT_TRUE(view->retain);
    EXPECT_EQ(view->topic, "plant/1.a/temp");
    EXPECT_EQ(view->publisher, "me");
    EXPECT_EQ(message->header().durable, Durable::yes);
}

TEST(MqttConvert, says_to_others_what_it_knows) {
    const auto hub = Reader().read(*stored_example());
    ASSERT_TRUE(hub);
    EXPECT_EQ(hub->to, (HubDestination{true, false, "plant.1/a.temp"}));
    EXPECT_EQ(hub->reply_to, (HubDestination{true, false, "re.ply"}));
    EXPECT_EQ(hub->correlation_id, "c1");
    EXPECT_EQ(hub->content_type, "text/plain");
    EXPECT_EQ(hub->expires_at_ms, 9);
    ASSERT_NE(hub->properties.find("colour"), nullptr);
    EXPECT_EQ(std::get<std::string>(hub->properties.find("colour")->value), "blue");
    EXPECT_EQ(as_text(std::get<Buffer>(hub->body).bytes()), "21");
}

TEST(MqttConvert, finds_what_selectors_ask_for) {
    std::string scratch;
    const MessagePtr message = stored_example();
    EXPECT_EQ(std::get<std::string_view>(Reader().find(*message, "colour", scratch)), "blue");
    EXPECT_EQ(std::get<std::string_view>(Reader().find(*message, "JMSReplyTo", scratch)),
              "topic://re.ply");
    EXPECT_EQ(Reader().find(*message, "size", scratch).index(), 0U);
}

TEST(MqttConvert, takes_what_others_say) {
    HubMessage hub;
    hub.durable = Durable::yes;
    hub.to = HubDestination{true, false, "a.b"};
    hub.properties.put("number", {std::int32_t{42}});
    hub.body = std::string("text");
    const MessagePtr stored = from_hub(hub);  // what is loaded points into it
    const auto own = load(*stored);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->topic, "a/b");
    EXPECT_EQ(own->qos, Qos::exactly_once);
    const auto properties = decode_properties(own->properties, PropertySite::publish);
    ASSERT_TRUE(properties);
    EXPECT_EQ(properties->payload_format_indicator, 1);
    ASSERT_EQ(properties->user.size(), 1U);
    EXPECT_EQ(properties->user[0].second, "42");
    const MessagePtr renamed = from_hub(hub, "other");
    EXPECT_EQ(load(*renamed)->topic, "other");
}

}  // namespace
}  // namespace tern::mqtt
