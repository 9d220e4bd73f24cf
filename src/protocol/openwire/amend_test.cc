#include "protocol/openwire/amend.h"

#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

class AmendTest : public testing::Test {
protected:
    AmendTest() {
        PrimitiveMap properties;
        properties.put("keep", {std::int32_t{1}});
        properties.put("drop", {std::string_view("x")});
        EXPECT_TRUE(encode_map(properties, encoded));
        original.type = DataType::text_message;
        original.producer_id = ProducerId{.connection_id = "ID:a", .value = 2, .session_id = 3};
        original.message_id =
            MessageId{.producer_id = original.producer_id, .producer_sequence_id = 4};
        original.destination = Destination{.type = DataType::queue, .physical_name = "q"};
        original.properties = encoded.bytes();
        original.timestamp = 10;
    }

    const Message& amended(const message::Amendment& change) {
        stored = amend(original, change, converter).value();
        EXPECT_TRUE(converter.load(*stored, result));
        return result;
    }

    ByteWriter encoded;
    Message original;
    MessageConverter converter;
    MessagePtr stored;
    Message result;
};

TEST_F(AmendTest, what_is_not_named_stays) {
    EXPECT_EQ(amended({}), original);
    EXPECT_EQ(amended({.timestamp_ms = 20}).properties, original.properties);
}

TEST_F(AmendTest, changes_headers_for_client_and_broker) {
    const Message& message =
        amended({.durable = Durable::yes, .timestamp_ms = 20, .expires_at_ms = 30, .failures = 5});
    EXPECT_TRUE(message.persistent);
    EXPECT_EQ(message.timestamp, 20);
    EXPECT_EQ(message.expiration, 30);
    EXPECT_EQ(message.redelivery_counter, 5);
    EXPECT_EQ(stored->header().durable, Durable::yes);
    EXPECT_EQ(stored->header().expires_at_ms, 30);
}

TEST_F(AmendTest, says_who_sent_it) {
    original.user_id = "somebody";
    EXPECT_EQ(amended({.user_id = "grün"}).user_id.view(), "gr\xC3\xBCn");
    EXPECT_TRUE(amended({.user_id = ""}).user_id.is_null());
    EXPECT_EQ(amended({}).user_id.view(), "somebody");
}

TEST_F(AmendTest, changes_properties) {
    const Message& message =
        amended({.removed = {"drop", "none"}, .set = {{"new", {std::string("ä")}}}});
    const PrimitiveMap properties = decode_map(message.properties.view()).value();
    ASSERT_EQ(properties.entries.size(), 2U);
    EXPECT_EQ(*properties.find("keep"), PrimitiveValue{std::int32_t{1}});
    EXPECT_EQ(*properties.find("new"), PrimitiveValue{std::string_view("ä")});
}

TEST_F(AmendTest, makes_another_message) {
    const Message& message = amended({.id = "ID:b"});
    EXPECT_EQ(to_text(*message.message_id), "ID:b:1:1:1");
}

}  // namespace
}  // namespace tern::openwire
