#include "protocol/amqp10/hub.h"

#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/hub_values.h"
#include "protocol/amqp10/ids.h"
#include "protocol/amqp10/jms.h"
#include "protocol/amqp10/stored.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::amqp10 {
namespace {

using message::HubMessage;

constexpr std::int64_t kNow = 1'000'000;

/// The message as a client would send it, stored.
MessagePtr stored(Bytes encoded, std::string_view queue = "q") {
    const auto sections = find_sections(encoded);
    EXPECT_TRUE(sections);
    ByteWriter scratch;
    const auto message = store(
        *sections, {.to = {broker::Domain::queue, false, queue}, .now_ms = kNow}, {}, scratch);
    EXPECT_TRUE(message);
    return *message;
}

HubMessage there_and_back(const HubMessage& hub) {
    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const auto again = Reader().read(*stored(out.bytes(), hub.to ? hub.to->name : ""));
    EXPECT_TRUE(again);
    return *again;
}

/// Without what is said of any message that came by AMQP.
message::HubMap own(message::HubMap properties) {
    std::erase_if(properties.entries, [](const message::HubEntry& one) {
        return one.first == kHeaderProperty || one.first == kEncodingProperty;
    });
    return properties;
}

HubMessage full() {
    HubMessage hub;
    hub.durable = Durable::yes;
    hub.priority = 7;
    hub.timestamp_ms = 123'456;
    hub.expires_at_ms = kNow + 5000;
    hub.group_id = "g";
    hub.group_sequence = 3;
    hub.message_id = "ID:host-1:1:1:1";
    hub.correlation_id = "c";
    hub.to = message::HubDestination{.topic = false, .temporary = false, .name = "q"};
    hub.reply_to = message::HubDestination{.topic = true, .temporary = true, .name = "r"};
    hub.type = "t";
    hub.user_id = "u";
    hub.properties.put("bool", {true});
    hub.properties.put("byte", {std::int8_t{-1}});
    hub.properties.put("short", {std::int16_t{300}});
    hub.properties.put("int", {std::int32_t{70'000}});
    hub.properties.put("long", {std::int64_t{1} << 40});
    hub.properties.put("float", {1.5F});
    hub.properties.put("double", {2.5});
    hub.properties.put("text", {std::string("x")});
    return hub;
}

/// A text message of AMQP's, as that transformer has it seen.
HubMessage seen_by(Transformer transformer) {
    HubMessage hub = full();
    hub.body = std::string("hello");
    ByteWriter encoded;
    write_message(hub, 0, kNow, encoded);
    ByteWriter scratch;
    const auto message = store(
        *find_sections(encoded.bytes()),
        {.to = {broker::Domain::queue, false, "q"}, .now_ms = kNow, .transformer = transformer}, {},
        scratch);
    EXPECT_TRUE(message);
    const auto seen = Reader().read(**message);
    EXPECT_TRUE(seen);
    return *seen;
}

TEST(Hub, TransformersSayWhatOthersSee) {
    const HubMessage jms = seen_by(Transformer::jms);
    EXPECT_EQ(std::get<std::string>(jms.body), "hello");
    EXPECT_EQ(jms.properties.find("JMS_AMQP_NATIVE"), nullptr);

    const HubMessage native = seen_by(Transformer::native);
    EXPECT_EQ(native.correlation_id, "c");
    EXPECT_EQ(native.priority, 7);
    EXPECT_EQ(*native.properties.find("JMS_AMQP_NATIVE"), message::HubValue{true});
    EXPECT_EQ(*native.properties.find("text"), message::HubValue{std::string("x")});

    const HubMessage raw = seen_by(Transformer::raw);
    EXPECT_EQ(raw.correlation_id, "");
    EXPECT_EQ(raw.priority, 4);
    EXPECT_EQ(raw.durable, Durable::yes);
    EXPECT_EQ(*raw.properties.find("JMS_AMQP_NATIVE"), message::HubValue{true});
    EXPECT_EQ(raw.properties.find("text"), nullptr);

    for (const HubMessage& encoding : {native, raw}) {
        const auto sections = find_sections(std::get<Buffer>(encoding.body).bytes());
        ASSERT_TRUE(sections);
        EXPECT_EQ(decode_properties(sections->properties)->correlation_id.text(), "c");
        // Who sends it on as it is has AMQP clients see the message that was sent.
        const HubMessage back = there_and_back(encoding);
        EXPECT_EQ(std::get<std::string>(back.body), "hello");
        EXPECT_EQ(back.correlation_id, "c");
    }
}

TEST(Hub, KeepsHeadersAndProperties) {
    HubMessage hub = full();
    hub.body = std::string("hello");
    const HubMessage again = there_and_back(hub);
    EXPECT_EQ(again.durable, hub.durable);
    EXPECT_EQ(again.priority, hub.priority);
    EXPECT_EQ(again.timestamp_ms, hub.timestamp_ms);
    EXPECT_EQ(again.expires_at_ms, hub.expires_at_ms);
    EXPECT_EQ(again.group_id, hub.group_id);
    EXPECT_EQ(again.group_sequence, hub.group_sequence);
    EXPECT_EQ(again.message_id, hub.message_id);
    EXPECT_EQ(again.correlation_id, hub.correlation_id);
    EXPECT_EQ(again.to, hub.to);
    EXPECT_EQ(again.reply_to, hub.reply_to);
    EXPECT_EQ(again.type, hub.type);
    EXPECT_EQ(again.user_id, hub.user_id);
    EXPECT_EQ(own(again.properties), hub.properties);
    EXPECT_EQ(std::get<std::string>(again.body), "hello");
}

TEST(Hub, KeepsEveryKindOfBody) {
    HubMessage hub;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(there_and_back(hub).body));
    hub.body = Buffer::copy_of(as_bytes("bytes"));
    EXPECT_EQ(as_text(std::get<Buffer>(there_and_back(hub).body).bytes()), "bytes");
    hub.body = message::HubObject{Buffer::copy_of(as_bytes("object"))};
    EXPECT_EQ(as_text(std::get<message::HubObject>(there_and_back(hub).body).bytes.bytes()),
              "object");
    message::HubMap map;
    map.put("k", {std::int64_t{1}});
    map.put("bytes", {message::HubBytes{"b"}});
    hub.body = map;
    EXPECT_EQ(std::get<message::HubMap>(there_and_back(hub).body), map);
    message::HubList list;
    list.values = {{std::string("a")}, {char16_t{u'x'}}, {}};
    hub.body = list;
    EXPECT_EQ(std::get<message::HubList>(there_and_back(hub).body), list);
}

TEST(Hub, CarriesAnnotationsInProperties) {
    HubMessage hub;
    hub.properties.put("JMS_AMQP_MA_x-opt-mine", {std::int32_t{5}});
    EXPECT_EQ(own(there_and_back(hub).properties), hub.properties);
}

TEST(Hub, CarriesInPropertiesWhatJmsHasNoPlaceFor) {
    HubMessage hub;
    hub.content_type = "text/x-mine";
    hub.body = std::string("hello");
    hub.properties.put("JMS_AMQP_FirstAcquirer", {true});
    hub.properties.put("JMS_AMQP_ContentType", {std::string("text/x-mine")});
    hub.properties.put("JMS_AMQP_ContentEncoding", {std::string("gzip")});
    hub.properties.put("JMS_AMQP_ReplyToGroupID", {std::string("h")});
    hub.properties.put("JMS_AMQP_DA_x-opt-hop", {std::string("one")});
    hub.properties.put("JMS_AMQP_MA_x-opt-mine", {std::int32_t{5}});
    hub.properties.put("JMS_AMQP_FT_sum", {std::int64_t{7}});
    const HubMessage again = there_and_back(hub);
    EXPECT_EQ(own(again.properties), hub.properties);
    EXPECT_EQ(again.content_type, "text/x-mine");
    EXPECT_EQ(*again.properties.find("JMS_AMQP_HEADER"), message::HubValue{true});

    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const auto parts = find_sections(out.bytes());
    EXPECT_EQ(find_entry(map_of(parts->delivery_annotations), "x-opt-hop").text(), "one");
    const MessagePtr message = stored(out.bytes());
    std::string scratch;
    EXPECT_EQ(std::get<std::string_view>(Reader().find(*message, "JMS_AMQP_DA_x-opt-hop", scratch)),
              "one");
    EXPECT_EQ(std::get<std::int64_t>(Reader().find(*message, "JMS_AMQP_FT_sum", scratch)), 7);
    // They were for this broker: the next one gets what follows them.
    EXPECT_EQ(find_sections(annotated_of(*message))->delivery_annotations.size(), 0U);
    EXPECT_GT(find_sections(annotated_of(*message))->message_annotations.size(), 0U);
}

TEST(Hub, SaysWithoutAHeaderThatThereWasNone) {
    ByteWriter out;
    put_descriptor(out, Descriptor::amqp_value);
    put_null(out);
    EXPECT_EQ(Reader().read(*stored(out.bytes()))->properties.find("JMS_AMQP_HEADER"), nullptr);
}

TEST(Hub, SendsABodyBackAsItCame) {
    const auto first_of = [](const HubMessage& hub) {
        ByteWriter out;
        write_message(hub, 0, kNow, out);
        ItemReader in(find_sections(out.bytes())->body);
        const auto section = describe(in.next());
        return std::pair(static_cast<Descriptor>(section->code), section->value.kind);
    };
    const auto expect = [&](auto body, Encoding encoding, Descriptor descriptor, Kind kind) {
        HubMessage hub;
        hub.body = std::move(body);
        hub.content_type = "text/plain";
        hub.properties.put(kEncodingProperty, {static_cast<std::int16_t>(encoding)});
        EXPECT_EQ(first_of(hub), std::pair(descriptor, kind));
        const HubMessage again = there_and_back(hub);
        EXPECT_EQ(*again.properties.find(kEncodingProperty),
                  *hub.properties.find(kEncodingProperty));
        EXPECT_EQ(again.body.index(), hub.body.index());
    };
    const Buffer bytes = Buffer::copy_of(as_bytes("x"));
    const message::HubList list{.values = {{std::int32_t{1}}}};
    expect(std::string("x"), Encoding::value_string, Descriptor::amqp_value, Kind::string);
    expect(std::string("x"), Encoding::data, Descriptor::data, Kind::binary);
    expect(bytes, Encoding::data, Descriptor::data, Kind::binary);
    expect(bytes, Encoding::value_binary, Descriptor::amqp_value, Kind::binary);
    expect(list, Encoding::sequence, Descriptor::amqp_sequence, Kind::list);
    expect(list, Encoding::value_list, Descriptor::amqp_value, Kind::list);
    expect(message::HubMap(), Encoding::value_map, Descriptor::amqp_value, Kind::map);
}

TEST(Ids, KeepTheirType) {
    const auto text_of = [](auto put, IdUse use) {
        ByteWriter out;
        put(out);
        return id_text(single(out.bytes()), use);
    };
    const std::vector<std::uint8_t> uuid(16, 0xAB);
    for (const std::string& text :
         {text_of([](ByteWriter& out) { put_ulong(out, 7); }, IdUse::message),
          text_of([&](ByteWriter& out) { put_uuid(out, uuid); }, IdUse::message),
          text_of([](ByteWriter& out) { put_binary(out, as_bytes("\x01\xFF")); }, IdUse::message),
          text_of([](ByteWriter& out) { put_string(out, "plain"); }, IdUse::message),
          text_of([](ByteWriter& out) { put_string(out, "ID:AMQP_UUID:x"); }, IdUse::message)}) {
        ByteWriter out;
        put_id(out, text);
        EXPECT_EQ(id_text(single(out.bytes()), IdUse::message), text);
    }
    EXPECT_EQ(text_of([](ByteWriter& out) { put_string(out, "plain"); }, IdUse::message),
              "ID:AMQP_NO_PREFIX:plain");
    EXPECT_EQ(text_of([](ByteWriter& out) { put_string(out, "plain"); }, IdUse::correlation),
              "plain");
    EXPECT_EQ(
        text_of([](ByteWriter& out) { put_binary(out, as_bytes("\x01\xFF")); }, IdUse::correlation),
        "ID:AMQP_BINARY:01FF");
}

TEST(Find, SeesPropertiesHeadersAndAnnotations) {
    HubMessage hub = full();
    hub.properties.put("JMS_AMQP_MA_x-opt-mine", {std::int32_t{5}});
    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const MessagePtr message = stored(out.bytes());
    const Reader reader;
    std::string scratch;
    const auto find = [&](std::string_view name) { return reader.find(*message, name, scratch); };
    EXPECT_EQ(std::get<std::int32_t>(find("int")), 70'000);
    EXPECT_EQ(std::get<std::string_view>(find("text")), "x");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(find("missing")));
    EXPECT_EQ(std::get<std::string_view>(find("JMSType")), "t");
    EXPECT_EQ(std::get<std::string_view>(find("JMSMessageID")), "ID:host-1:1:1:1");
    EXPECT_EQ(std::get<std::string_view>(find("JMSXGroupID")), "g");
    EXPECT_EQ(std::get<std::string_view>(find("JMSReplyTo")), "temp-topic://r");
    EXPECT_EQ(std::get<std::int32_t>(find("m.x-opt-mine")), 5);
}

TEST(Stored, GivesTheBareMessageBackByteByByte) {
    HubMessage hub = full();
    hub.body = std::string("hello");
    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const auto sections = find_sections(out.bytes());
    const MessagePtr message = stored(out.bytes());
    ByteWriter again;
    again.append(annotated_of(*message));
    again.append(message->properties());
    again.append(message->body().bytes());
    EXPECT_TRUE(std::ranges::equal(again.bytes(), out.bytes().subspan(sections->header.size())));
}

TEST(Stored, CountsTheTimeToLiveDown) {
    ByteWriter out;
    encode(Header{.ttl_ms = 5000}, out);
    const MessagePtr message = stored(out.bytes());
    EXPECT_EQ(message->header().expires_at_ms, kNow + 5000);
    EXPECT_EQ(delivery_header(*message, false, 2, kNow + 1000),
              (Header{.ttl_ms = 4000, .delivery_count = 2}));
    EXPECT_EQ(delivery_header(*message, false, 0, kNow + 9000).ttl_ms, 1U);
}

/// A message with these annotations, the property AMQ_SCHEDULED_DELAY, and a body.
MessagePtr annotated(std::string_view key, std::int64_t value) {
    ByteWriter out;
    put_descriptor(out, Descriptor::message_annotations);
    {
        Compound entries(out, Compound::Type::map);
        put_symbol(out, key);
        put_long(out, value);
        entries.end(2);
    }
    put_descriptor(out, Descriptor::application_properties);
    {
        Compound entries(out, Compound::Type::map);
        put_string(out, "AMQ_SCHEDULED_DELAY");
        put_long(out, 7);
        entries.end(2);
    }
    put_descriptor(out, Descriptor::amqp_value);
    put_null(out);
    return stored(out.bytes());
}

TEST(Hub, FindsWhatAnnotationsSayOfTheDelivery) {
    std::string scratch;
    const auto find = [&](std::string_view annotation, std::int64_t value, std::string_view name) {
        const MessagePtr message = annotated(annotation, value);
        const auto found = Reader().find(*message, name, scratch);
        const auto* const number = std::get_if<std::int64_t>(&found);
        return number == nullptr ? -1 : *number;
    };
    EXPECT_EQ(find("x-opt-delivery-delay", 500, "AMQ_SCHEDULED_DELAY"), 500);
    EXPECT_EQ(find("x-opt-delivery-delay", 0, "AMQ_SCHEDULED_DELAY"), 7) << "the property";
    EXPECT_EQ(find("x-opt-delivery-time", 900, "_AMQ_SCHED_DELIVERY"), 900);
    EXPECT_EQ(find("x-opt-delivery-period", 30, "AMQ_SCHEDULED_PERIOD"), 30);
    EXPECT_EQ(find("x-opt-delivery-repeat", 0, "AMQ_SCHEDULED_REPEAT"), 0);
    EXPECT_EQ(find("x-opt-delivery-time", 900, "AMQ_SCHEDULED_CRON"), -1);
}

TEST(Hub, AmendsTheExpiryThatClientsSee) {
    HubMessage hub = full();
    hub.body = std::string("hello");
    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const MessagePtr message = stored(out.bytes());
    const auto letter = Reader().dead_letter(*message, {.destination = "DLQ", .cause = "expired"});
    ASSERT_TRUE(letter);
    const auto properties = decode_properties(open_stored(**letter)->properties);
    EXPECT_EQ(properties->expires_at_ms, 0);
    EXPECT_EQ(properties->created_at_ms, hub.timestamp_ms);
    EXPECT_EQ(properties->group_id, hub.group_id);
    EXPECT_EQ((*letter)->header().expires_at_ms, 0);
    EXPECT_EQ(Reader().read(**letter)->correlation_id, hub.correlation_id);

    const auto copy = Reader().amend(*message, {.expires_at_ms = kNow + 9, .id = "ID:other"});
    const HubMessage read = *Reader().read(**copy);
    EXPECT_EQ(read.message_id, "ID:other");
    EXPECT_EQ(read.expires_at_ms, kNow + 9);
    EXPECT_EQ(decode_properties(open_stored(**copy)->properties)->expires_at_ms, kNow + 9);
}

TEST(Hub, SaysInAnnotationsWhereADeadLetterWas) {
    message::Amendment change{.durable = Durable::yes};
    change.set = {{"_AMQ_ORIG_ADDRESS", {std::string("orders")}},
                  {"_AMQ_ACTUAL_EXPIRY", {kNow}},
                  {"redeliveryDelay", {std::int64_t{5}}}};
    ByteWriter out;
    write_message(HubMessage(), 0, kNow, out);
    const auto letter = Reader().amend(*stored(out.bytes()), change);
    ASSERT_TRUE(letter);
    const auto parts = open_stored(**letter);
    const Item annotations = map_of(parts->message_annotations);
    EXPECT_EQ(find_entry(annotations, "x-opt-ORIG-ADDRESS").text(), "orders");
    EXPECT_EQ(find_entry(annotations, "x-opt-ACTUAL-EXPIRY").integer(), kNow);
    EXPECT_TRUE((*letter)->properties().empty());
}

TEST(Hub, SaysItOfLettersInOtherProtocolsToo) {
    HubMessage hub;
    hub.properties.put("_AMQ_ORIG_QUEUE", {std::string("orders")});
    hub.properties.put("_AMQ_DUPL_ID", {std::string("7")});
    ByteWriter out;
    write_message(hub, 0, kNow, out);
    const auto parts = find_sections(out.bytes());
    EXPECT_EQ(find_entry(map_of(parts->message_annotations), "x-opt-ORIG-QUEUE").text(), "orders");
    const Item properties = map_of(parts->application_properties);
    EXPECT_EQ(find_entry(properties, "_AMQ_DUPL_ID").text(), "7");
    EXPECT_TRUE(find_entry(properties, "_AMQ_ORIG_QUEUE").is_null());
}

}  // namespace
}  // namespace tern::amqp10
