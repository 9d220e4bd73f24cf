#include "protocol/openwire/hub_reader.h"

#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <zlib.h>

namespace tern::openwire {
namespace {

using message::HubBytes;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;
using message::HubValue;
using message::OpaqueValue;
using message::ScalarView;
using testing::HasSubstr;

// "Ü" beyond the BMP and NUL: what modified UTF-8 writes in its own way.
constexpr std::string_view kModified("x\xED\xA0\xBD\xED\xB8\x80\xC0\x80", 9);
constexpr std::string_view kUtf8("x\xF0\x9F\x98\x80\0", 6);

class HubReading : public testing::Test {
protected:
    MessagePtr store(const Message& message) {
        auto stored = converter_.store(message, nullptr);
        EXPECT_TRUE(stored);
        return stored.value_or(nullptr);
    }
    HubMessage read(const Message& message) {
        auto hub = reader_.read(*store(message));
        EXPECT_TRUE(hub) << hub.error().message();
        return hub.value_or(HubMessage());
    }
    /// Owns its text, as the found one may view a scratch that is reused.
    std::string text(const Message& message, std::string_view name) {
        std::string scratch;
        const MessagePtr stored = store(message);
        const ScalarView found = reader_.find(*stored, name, scratch);
        const auto* const view = std::get_if<std::string_view>(&found);
        return view == nullptr ? "(none)" : std::string(*view);
    }

    MessageConverter converter_;
    HubReader reader_;
};

Message with_body(DataType type, ByteWriter& out) {
    return {.type = type, .content = out.bytes()};
}

TEST_F(HubReading, reads_headers) {
    Message message;
    message.persistent = true;
    message.priority = 7;
    message.timestamp = 1;
    message.expiration = 2;
    message.group_id = kModified;
    message.group_sequence = 3;
    message.message_id = MessageId{.producer_id = ProducerId{.connection_id = "ID:h-1:1"},
                                   .producer_sequence_id = 4};
    message.correlation_id = "c";
    message.destination = Destination{.type = DataType::topic, .physical_name = "T?x=y"};
    message.reply_to = Destination{.type = DataType::temp_queue, .physical_name = "ID:h-1:1:1"};
    message.jms_type = "type";
    message.user_id = "user";
    const HubMessage hub = read(message);
    EXPECT_EQ(hub.durable, Durable::yes);
    EXPECT_EQ(hub.priority, 7);
    EXPECT_EQ(hub.timestamp_ms, 1);
    EXPECT_EQ(hub.expires_at_ms, 2);
    EXPECT_EQ(hub.group_id, kUtf8);
    EXPECT_EQ(hub.group_sequence, 3);
    EXPECT_EQ(hub.message_id, "ID:h-1:1:0:0:4");
    EXPECT_EQ(hub.correlation_id, "c");
    EXPECT_EQ(hub.to, (message::HubDestination{true, false, "T"}));
    EXPECT_EQ(hub.reply_to, (message::HubDestination{false, true, "ID:h-1:1:1"}));
    EXPECT_EQ(hub.type, "type");
    EXPECT_EQ(hub.user_id, "user");
    EXPECT_TRUE(hub.properties.entries.empty());
    EXPECT_TRUE(std::holds_alternative<std::monostate>(hub.body));
}

TEST_F(HubReading, reads_texts_as_utf8) {
    ByteWriter out;
    ASSERT_TRUE(encode_text_body(kModified, out));
    EXPECT_EQ(std::get<std::string>(read(with_body(DataType::text_message, out)).body), kUtf8);
    const Message null_text{.type = DataType::text_message};
    EXPECT_TRUE(std::holds_alternative<std::monostate>(read(null_text).body));
}

TEST_F(HubReading, reads_maps_with_all_they_may_hold) {
    PrimitiveMap inner;
    inner.put("deep", {std::int8_t{1}});
    PrimitiveMap map;
    map.put("null", {});
    map.put("char", {u'x'});
    map.put("double", {0.5});
    map.put("bytes", {ByteArray(as_bytes("b"))});
    map.put("map", {inner});
    map.put("list", {PrimitiveList{{{std::string_view("a")}, {true}}}});
    ByteWriter out;
    ASSERT_TRUE(encode_map(map, out));
    HubMap expected;
    expected.put("null", {});
    expected.put("char", {u'x'});
    expected.put("double", {0.5});
    expected.put("bytes", {HubBytes{"b"}});
    expected.put("map", {HubMap{{{"deep", {std::int8_t{1}}}}}});
    expected.put("list", {HubList{{{std::string("a")}, {true}}}});
    EXPECT_EQ(std::get<HubMap>(read(with_body(DataType::map_message, out)).body), expected);
    const Message properties{.properties = out.bytes()};
    EXPECT_EQ(read(properties).properties, expected);
}

TEST_F(HubReading, reads_streams_bytes_and_objects) {
    ByteWriter out;
    ASSERT_TRUE(encode_stream_body(PrimitiveList{{{std::int16_t{1}}, {}}}, out));
    EXPECT_EQ(std::get<HubList>(read(with_body(DataType::stream_message, out)).body),
              (HubList{{{std::int16_t{1}}, {}}}));
    EXPECT_EQ(as_text(std::get<Buffer>(read(with_body(DataType::bytes_message, out)).body).bytes()),
              as_text(out.bytes()));
    EXPECT_EQ(
        as_text(
            std::get<HubObject>(read(with_body(DataType::object_message, out)).body).bytes.bytes()),
        as_text(out.bytes()));
}

TEST_F(HubReading, unpacks_compressed_bodies) {
    ByteWriter text;
    ASSERT_TRUE(encode_text_body("some text", text));
    std::vector<std::uint8_t> packed(100);
    uLongf size = packed.size();
    ASSERT_EQ(compress(packed.data(), &size, text.bytes().data(), text.size()), Z_OK);
    Message message{
        .type = DataType::text_message, .content = Bytes(packed).first(size), .compressed = true};
    EXPECT_EQ(std::get<std::string>(read(message).body), "some text");

    // The text and how long it is take 13 bytes.
    EXPECT_TRUE(HubReader(14).read(*store(message)));
    EXPECT_FALSE(HubReader(12).read(*store(message)));

    message.content = Bytes(packed).first(size - 1);
    EXPECT_FALSE(reader_.read(*store(message)));
}

TEST_F(HubReading, says_where_a_blob_lies) {
    const HubMessage hub = read(
        {.type = DataType::blob_message, .remote_blob_url = "http://blob", .mime_type = "a/b"});
    EXPECT_EQ(hub.content_type, "a/b");
    EXPECT_EQ(*hub.properties.find("JMS_BLOB_URL"), HubValue{std::string("http://blob")});
}

TEST_F(HubReading, refuses_what_is_broken) {
    const Message broken_map{.type = DataType::map_message, .content = as_bytes("\1")};
    EXPECT_FALSE(reader_.read(*store(broken_map)));
    const Message broken_properties{.properties = as_bytes("\1")};
    EXPECT_FALSE(reader_.read(*store(broken_properties)));
    std::string scratch;
    EXPECT_TRUE(std::holds_alternative<message::BrokenValue>(
        reader_.find(*store(broken_properties), "a", scratch)));
    EXPECT_EQ(text(broken_properties, "JMSType"), "(none)") << "headers are sound";
}

TEST_F(HubReading, a_message_without_properties_is_not_broken) {
    std::string scratch;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(reader_.find(*store({}), "a", scratch)));
}

TEST_F(HubReading, finds_properties_for_selectors) {
    PrimitiveMap map;
    map.put("a", {std::string_view("plain")});
    map.put(kModified, {kModified});
    map.put("n", {std::int64_t{5}});
    map.put("o", {ByteArray(as_bytes("b"))});
    ByteWriter out;
    ASSERT_TRUE(encode_map(map, out));
    const Message message{.properties = out.bytes()};
    EXPECT_EQ(text(message, "a"), "plain");
    EXPECT_EQ(text(message, kUtf8), kUtf8);
    EXPECT_EQ(text(message, "b"), "(none)");
    std::string scratch;
    const MessagePtr stored = store(message);
    EXPECT_EQ(std::get<std::int64_t>(reader_.find(*stored, "n", scratch)), 5);
    EXPECT_TRUE(std::holds_alternative<OpaqueValue>(reader_.find(*stored, "o", scratch)));
}

TEST_F(HubReading, finds_headers_for_selectors) {
    Message message;
    message.message_id = MessageId{.text_view = "foreign"};
    message.jms_type = kModified;
    message.destination = Destination{.type = DataType::queue, .physical_name = "Q"};
    message.original_destination = Destination{.type = DataType::topic, .physical_name = "T"};
    message.original_transaction_id =
        LocalTransactionId{.value = 5, .connection_id = ConnectionId{"c"}};
    EXPECT_EQ(text(message, "JMSMessageID"), "ID:foreign");
    EXPECT_EQ(text(message, "JMSType"), kUtf8);
    EXPECT_EQ(text(message, "JMSDestination"), "topic://T");
    EXPECT_EQ(text(message, "JMSReplyTo"), "(none)");
    EXPECT_EQ(text(message, "JMSCorrelationID"), "(none)");
    EXPECT_EQ(text(message, "JMSXProducerTXID"), "TX:c:5");
    EXPECT_EQ(text(message, "JMSActiveMQBrokerPath"), "null");
}

TEST_F(HubReading, finds_the_user_in_the_stamp_before_the_properties) {
    PrimitiveMap map;
    map.put("JMSXUserID", {std::string_view("said")});
    ByteWriter out;
    ASSERT_TRUE(encode_map(map, out));
    Message message{.properties = out.bytes()};
    EXPECT_EQ(text(message, "JMSXUserID"), "said");
    message.user_id = "stamped";
    EXPECT_EQ(text(message, "JMSXUserID"), "stamped");
}

TEST_F(HubReading, describes_what_an_advisory_is_about) {
    ConsumerInfo info;
    info.consumer_id = ConsumerId{.connection_id = "c", .session_id = 1, .value = 2};
    info.destination = Destination{.type = DataType::queue, .physical_name = kModified};
    info.prefetch_size = 7;
    Message message;
    message.data_structure.emplace().value = Command(info);
    const auto whole = std::get<HubMap>(read(message).body);
    ASSERT_EQ(whole.entries.size(), 1U);
    EXPECT_EQ(whole.entries.front().first, "ConsumerInfo");
    const auto& told = std::get<HubMap>(whole.entries.front().second.value);
    EXPECT_EQ(*told.find("prefetchSize"), HubValue{std::int32_t{7}});
    EXPECT_EQ(told.find("selector"), nullptr);
    HubMap to;
    to.put("@class", {std::string("ActiveMQQueue")});
    to.put("physicalName", {std::string(kUtf8)});
    EXPECT_EQ(*told.find("destination"), HubValue{to});
    HubMap who;
    who.put("connectionId", {std::string("c")});
    who.put("sessionId", {std::int64_t{1}});
    who.put("value", {std::int64_t{2}});
    EXPECT_EQ(*told.find("consumerId"), HubValue{who});
}

TEST_F(HubReading, describes_the_message_of_an_advisory) {
    Message lost{.type = DataType::text_message, .content = as_bytes("text")};
    lost.message_id = MessageId{.producer_id = ProducerId{.connection_id = "c", .value = 3},
                                .producer_sequence_id = 4};
    Message message;
    message.data_structure.emplace().value = Command(lost);
    const auto whole = std::get<HubMap>(read(message).body);
    ASSERT_EQ(whole.entries.front().first, "ActiveMQTextMessage");
    const auto& told = std::get<HubMap>(whole.entries.front().second.value);
    const auto& content = std::get<HubMap>(told.find("content")->value);
    EXPECT_EQ(*content.find("data"), HubValue{HubBytes{"text"}});
    const auto& id = std::get<HubMap>(told.find("messageId")->value);
    EXPECT_EQ(*id.find("producerSequenceId"), HubValue{std::int64_t{4}});
}

}  // namespace
}  // namespace tern::openwire
