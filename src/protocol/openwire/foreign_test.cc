#include "protocol/openwire/foreign.h"

#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/hub_reader.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using message::HubBytes;
using message::HubDestination;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;

HubMessage full_hub() {
    HubMessage hub;
    hub.durable = Durable::yes;
    hub.priority = 9;
    hub.timestamp_ms = 1;
    hub.expires_at_ms = 2;
    hub.group_id =
        "gr\xC3\xBC\xC3\x9F"
        "e";
    hub.group_sequence = -1;
    hub.message_id = "ID:foreign-1";
    hub.correlation_id = "\xF0\x9F\x98\x80";
    hub.to = HubDestination{true, false, "T"};
    hub.reply_to = HubDestination{false, true, "ID:a:1:1"};
    hub.type = "type";
    hub.user_id = "user";
    hub.properties.put("a", {std::string("b")});
    hub.properties.put("n", {std::int32_t{-5}});
    hub.properties.put("map", {HubMap{{{"x", {HubBytes{"y"}}}}}});
    return hub;
}

class Foreign : public testing::Test {
protected:
    MessagePtr make(const HubMessage& hub) {
        auto made = from_hub(hub, converter_);
        EXPECT_TRUE(made);
        return made.value_or(nullptr);
    }
    HubMessage back(const HubMessage& hub) {
        auto read = reader_.read(*make(hub));
        EXPECT_TRUE(read);
        return read.value_or(HubMessage());
    }
    DataType type_of(const HubMessage& hub) {
        Message wire;
        EXPECT_TRUE(converter_.load(*make(hub), wire));
        return wire.type;
    }

    MessageConverter converter_;
    HubReader reader_;
};

TEST_F(Foreign, keeps_what_the_hub_says) {
    const HubMessage hub = full_hub();
    const HubMessage read = back(hub);
    EXPECT_EQ(read.durable, hub.durable);
    EXPECT_EQ(read.priority, hub.priority);
    EXPECT_EQ(read.timestamp_ms, hub.timestamp_ms);
    EXPECT_EQ(read.expires_at_ms, hub.expires_at_ms);
    EXPECT_EQ(read.group_id, hub.group_id);
    EXPECT_EQ(read.group_sequence, hub.group_sequence);
    EXPECT_EQ(read.message_id, hub.message_id);
    EXPECT_EQ(read.correlation_id, hub.correlation_id);
    EXPECT_EQ(read.to, hub.to);
    EXPECT_EQ(read.reply_to, hub.reply_to);
    EXPECT_EQ(read.type, hub.type);
    EXPECT_EQ(read.user_id, hub.user_id);
    EXPECT_EQ(read.properties, hub.properties);
}

TEST_F(Foreign, makes_the_type_that_fits_the_body) {
    HubMessage hub;
    EXPECT_EQ(type_of(hub), DataType::message);
    hub.body = std::string("t\xC3\xA4xt");
    EXPECT_EQ(type_of(hub), DataType::text_message);
    EXPECT_EQ(std::get<std::string>(back(hub).body), std::get<std::string>(hub.body));
    const HubList list{{{std::int64_t{1}}, {std::string("b")}}};
    hub.body = list;
    EXPECT_EQ(type_of(hub), DataType::stream_message);
    EXPECT_EQ(std::get<HubList>(back(hub).body), list);
    const HubMap map{{{"k", {true}}}};
    hub.body = map;
    EXPECT_EQ(type_of(hub), DataType::map_message);
    EXPECT_EQ(std::get<HubMap>(back(hub).body), map);
    const std::string large(100'000, 'x');
    for (const std::string& bytes : {std::string("b"), large}) {
        hub.body = Buffer::copy_of(as_bytes(bytes));
        EXPECT_EQ(type_of(hub), DataType::bytes_message);
        EXPECT_EQ(as_text(std::get<Buffer>(back(hub).body).bytes()), bytes);
        hub.body = HubObject{Buffer::copy_of(as_bytes(bytes))};
        EXPECT_EQ(type_of(hub), DataType::object_message);
        EXPECT_EQ(as_text(std::get<HubObject>(back(hub).body).bytes.bytes()), bytes);
    }
}

TEST_F(Foreign, refuses_what_java_cannot_name) {
    HubMessage hub;
    hub.properties.put(std::string(70'000, 'k'), {});
    EXPECT_FALSE(from_hub(hub, converter_));
}

TEST_F(Foreign, has_an_id_that_java_shows_and_can_count) {
    HubMessage hub;
    hub.message_id = "41";
    Message wire;
    const MessagePtr stored = make(hub);
    ASSERT_TRUE(converter_.load(*stored, wire));
    number_foreign(wire, "ID:b-1:1", {.queue = broker::QueueId{7}, .ordinal = 9});
    EXPECT_EQ(to_text(*wire.message_id), "ID:41");
    EXPECT_EQ(wire.message_id->producer_sequence_id, 9);
    EXPECT_EQ(wire.message_id->producer_id->session_id, 7);

    const MessagePtr nameless = make({});
    ASSERT_TRUE(converter_.load(*nameless, wire));
    number_foreign(wire, "ID:b-1:1", {.queue = broker::QueueId{7}, .ordinal = 10});
    EXPECT_EQ(to_text(*wire.message_id), "ID:b-1:1:7:1:10");
}

/// Reads every message as the same text.
class TextReader final : public message::FormatReader {
public:
    Result<HubMessage> read(const tern::Message&) const override {
        ++reads;
        HubMessage hub;
        hub.body = std::string("text");
        return hub;
    }
    message::ScalarView find(const tern::Message&, std::string_view, std::string&) const override {
        return {};
    }
    mutable int reads = 0;
};

TEST_F(Foreign, is_converted_once_for_many_consumers) {
    TextReader reader;
    message::Formats formats;
    formats.add(Format::mqtt, reader);
    ForeignMessages foreign(formats);
    const MessagePtr own = make({});
    EXPECT_EQ(foreign.native(own, converter_), own);
    MessageHeader header;
    header.format = Format::mqtt;
    const MessagePtr one = tern::Message::create(header, {}, {}, {}, nullptr);
    const auto native = foreign.native(one, converter_);
    ASSERT_TRUE(native);
    EXPECT_EQ((*native)->header().format, Format::openwire);
    EXPECT_EQ(foreign.native(one, converter_), native);
    EXPECT_EQ(reader.reads, 1);

    header.format = Format::stomp;
    const MessagePtr unknown = tern::Message::create(header, {}, {}, {}, nullptr);
    EXPECT_FALSE(foreign.native(unknown, converter_));
}

}  // namespace
}  // namespace tern::openwire
