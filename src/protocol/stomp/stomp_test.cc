#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/delivery.h"
#include "protocol/stomp/destination.h"
#include "protocol/stomp/hub.h"
#include "protocol/stomp/rabbitmq.h"
#include "protocol/stomp/room.h"
#include "protocol/stomp/send.h"
#include "protocol/stomp/subscription.h"

#include <gtest/gtest.h>

namespace tern::stomp {
namespace {

using namespace std::string_literals;
using broker::Domain;

// Names of destinations.

TEST(StompDestination, prefixes_say_what_it_is) {
    const auto one = [](std::string_view text) { return parse_destinations(text).at(0); };
    EXPECT_EQ(one("/queue/a/b").domain, Domain::queue);
    EXPECT_EQ(one("/queue/a/b").name, "a/b");
    EXPECT_EQ(one("/topic/a.>").domain, Domain::topic);
    EXPECT_TRUE(one("/temp-queue/x").alias);
    EXPECT_FALSE(one("/remote-temp-topic/ID:1").alias);
    EXPECT_TRUE(one("/remote-temp-topic/ID:1").temporary);
    EXPECT_FALSE(one("plain").prefixed);
    EXPECT_EQ(one(" plain ").name, "plain");
    EXPECT_EQ(one("/queue/a?consumer.prefetchSize=1").name, "a");
}

TEST(StompDestination, composite_ones_have_a_prefix_each) {
    const auto all = parse_destinations("/topic/a,b,/queue/c,");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].domain, Domain::topic);
    EXPECT_EQ(all[1].domain, Domain::queue);
    EXPECT_EQ(all[2].name, "c");
    EXPECT_TRUE(parse_destinations("/queue/").empty());
    EXPECT_TRUE(parse_destinations("").empty());
}

// Detection.

TEST(StompRoom, is_recognised_by_its_first_word) {
    const message::Formats formats;
    const Room room({}, formats);
    const auto detect = [&](std::string_view text) { return room.detect(as_bytes(text)); };
    EXPECT_EQ(detect("CONNECT\n"), protocol::Detection::yes);
    EXPECT_EQ(detect("\n\r\nSTOMP\r\n"), protocol::Detection::yes);
    EXPECT_EQ(detect("CONNECT example.org:443"), protocol::Detection::no);
    EXPECT_EQ(detect("CONNECT\r\0"s), protocol::Detection::no);
    EXPECT_EQ(detect("GET / HTTP/1.1"), protocol::Detection::no);
    for (const char* begin : {"", "\n", "C", "CONNECT", "CONNECT\r", "STOM"}) {
        EXPECT_EQ(detect(begin), protocol::Detection::unknown) << begin;
    }
}

// From SEND to MESSAGE, and between protocols.

class StompMessages : public testing::Test {
protected:
    std::expected<MessagePtr, std::string> send(std::string text) {
        input = std::move(text);
        Decoder decoder{Limits{}};
        const auto end = decoder.find_end(as_bytes(input));
        EXPECT_TRUE(end && *end == input.size());
        return make_message(decoder.decode(as_bytes(input), Version::v1_2),
                            {.to = {Domain::queue, false, "q"},
                             .reply_to = {},
                             .message_id = "ID:1",
                             .now_ms = 1000,
                             .owner = nullptr},
                            scratch);
    }
    std::string receive(const MessagePtr& message, DeliveryHead head) {
        Output out;
        write_message(*message, read_head(message->native()).value(), head, scratch, out);
        std::array<Bytes, 8> pieces;
        std::string text;
        const std::size_t count = out.gather(pieces);
        for (std::size_t i = 0; i < count; ++i) text += as_text(pieces[i]);
        return text;
    }

    std::string input;
    ByteWriter scratch;
    HubReader reader;
    std::string kept;
};

TEST_F(StompMessages, a_length_makes_bytes_and_a_word_decides) {
    const auto kind = [&](const std::string& headers) {
        return read_head((*send("SEND\n" + headers + "\nx\0"s))->native())->kind;
    };
    EXPECT_EQ(kind(""), BodyKind::text);
    EXPECT_EQ(kind("content-length:1\n"), BodyKind::bytes);
    EXPECT_EQ(kind("content-length:1\namq-msg-type:TEXT\n"), BodyKind::text);
    EXPECT_EQ(kind("amq-msg-type:bytes\n"), BodyKind::bytes);
    EXPECT_FALSE(send("SEND\namq-msg-type:map\n\n\0"s).has_value());
}

TEST_F(StompMessages, standard_headers_have_their_place) {
    const auto sent = send(
        "SEND\npersistent:true\npriority:7\nexpires:99\ncorrelation-id:c\ntype:t\n"
        "JMSXGroupID:g\nJMSXGroupSeq:3\nfoo:b\\nar\nfoo:second\nmessage-id:forged\n\nx\0"s);
    ASSERT_TRUE(sent.has_value());
    const MessageHeader& header = (*sent)->header();
    EXPECT_EQ(header.durable, Durable::yes);
    EXPECT_EQ(header.priority, 7);
    EXPECT_EQ(header.expires_at_ms, 99);
    EXPECT_EQ(header.timestamp_ms, 1000);
    EXPECT_EQ(header.group_id, "g");
    EXPECT_EQ(header.group_sequence, 3);
    EXPECT_EQ(std::get<std::string_view>(reader.find(**sent, "JMSCorrelationID", kept)), "c");
    EXPECT_EQ(std::get<std::string_view>(reader.find(**sent, "JMSType", kept)), "t");
    EXPECT_EQ(std::get<std::string_view>(reader.find(**sent, "JMSMessageID", kept)), "ID:1");
    EXPECT_EQ(std::get<std::string_view>(reader.find(**sent, "JMSDestination", kept)), "queue://q");
    EXPECT_EQ(std::get<std::string_view>(reader.find(**sent, "foo", kept)), "b\nar");
    EXPECT_EQ(reader.find(**sent, "message-id", kept).index(), 0U);
}

TEST_F(StompMessages, numbers_must_be_numbers) {
    for (const char* header : {"priority:high", "expires:1.5", "timestamp:", "JMSXGroupSeq:x"}) {
        EXPECT_FALSE(send("SEND\n" + std::string(header) + "\n\n\0"s).has_value()) << header;
    }
}

TEST_F(StompMessages, a_frame_says_what_was_sent) {
    const auto sent = send("SEND\nfoo:a\\cb\n\nbody\0"s);
    EXPECT_EQ(receive(*sent, {.version = Version::v1_2,
                              .subscription = "s",
                              .ack = "1-1",
                              .destination = "/queue/q",
                              .reply_to = {},
                              .original_destination = {},
                              .redelivered = true}),
              "MESSAGE\nsubscription:s\nmessage-id:ID\\c1\nack:1-1\ndestination:/queue/q\n"
              "timestamp:1000\nexpires:0\npriority:4\nredelivered:true\nfoo:a\\cb\n\nbody\0\n"s);
    EXPECT_EQ(receive(*sent, {.version = Version::v1_0,
                              .subscription = {},
                              .ack = {},
                              .destination = "/queue/q",
                              .reply_to = {},
                              .original_destination = {}}),
              "MESSAGE\nmessage-id:ID:1\ndestination:/queue/q\n"
              "timestamp:1000\nexpires:0\npriority:4\nfoo:a:b\n\nbody\0\n"s);
}

TEST_F(StompMessages, go_through_the_hub_and_come_back) {
    const auto sent = send("SEND\nfoo:bar\ncorrelation-id:c\ncontent-length:3\n\na\0b\0"s);
    const auto hub = reader.read(**sent);
    ASSERT_TRUE(hub.has_value());
    EXPECT_EQ(hub->correlation_id, "c");
    EXPECT_EQ(hub->to, (message::HubDestination{false, false, "q"}));
    EXPECT_EQ(hub->properties.find("foo")->value, message::HubValue{std::string("bar")}.value);
    const MessagePtr back = from_hub(*hub);
    EXPECT_EQ(as_text(back->native()), as_text((*sent)->native()));
    EXPECT_EQ(as_text(back->properties()), as_text((*sent)->properties()));
    EXPECT_EQ(as_text(back->body().bytes()), "a\0b"s);
}

TEST_F(StompMessages, foreign_values_read_as_java_writes_them) {
    message::HubMessage hub;
    hub.properties.put("b", {true});
    hub.properties.put("d", {1.0});
    hub.properties.put("i", {std::int32_t{-5}});
    hub.body = message::HubMap{};
    const MessagePtr message = from_hub(hub);
    EXPECT_EQ(as_text(message->properties()), "b:true\nd:1.0\ni:-5\n");
    const auto text_of = [&](std::string_view transformation) {
        const auto head = read_head(message->native());
        return std::string(as_text(transformed(message, *head, transformation)->body().bytes()));
    };
    EXPECT_EQ(text_of(""), "");  // as in ActiveMQ
    EXPECT_EQ(text_of("jms-map-json"), R"({"map":""})");
    EXPECT_EQ(text_of("jms-xml"), "<map/>");
}

TEST_F(StompMessages, maps_are_what_the_transformation_says) {
    const std::string json = R"({"map":{"entry":{"string":["a","b"]}}})";
    const auto sent = send("SEND\ntransformation:jms-map-json\n\n" + json + "\0"s);
    EXPECT_EQ(read_head((*sent)->native())->kind, BodyKind::map_json);
    const auto hub = reader.read(**sent);
    EXPECT_EQ(std::get<message::HubMap>(hub->body).entries.size(), 1U);
    const auto text_of = [&](std::string_view transformation) {
        const MessagePtr shown = transformed(*sent, *read_head((*sent)->native()), transformation);
        return std::string(as_text(shown->body().bytes()));
    };
    EXPECT_EQ(text_of(""), json);
    EXPECT_EQ(text_of("jms-xml"), "<map><entry><string>a</string><string>b</string></entry></map>");
    const auto kind = [&](const std::string& headers, const std::string& body) {
        return read_head((*send("SEND\n" + headers + "\n" + body + "\0"s))->native())->kind;
    };
    EXPECT_EQ(kind("transformation:jms-map-json\n", "{}"), BodyKind::text);
    EXPECT_EQ(kind("transformation:../x\n", json), BodyKind::text);
    EXPECT_EQ(kind("transformation:jms-byte\n", "x"), BodyKind::bytes);
    EXPECT_EQ(kind("transformation:jms-map-json\ncontent-length:2\n", "{}"), BodyKind::bytes);
}

TEST_F(StompMessages, advisories_are_texts_in_two_forms) {
    message::HubMap to;
    to.put("@class", {std::string("ActiveMQQueue")});
    to.put("physicalName", {std::string("a<b")});
    message::HubMap info;
    info.put("destination", {to});
    info.put("exclusive", {false});
    info.put("prefetchSize", {std::int32_t{7}});
    message::HubMap body;
    body.put("ConsumerInfo", {info});
    message::HubMessage hub;
    hub.type = "Advisory";
    hub.to = message::HubDestination{
        .topic = true, .temporary = false, .name = "ActiveMQ.Advisory.Consumer.Queue.a"};
    hub.body = body;
    const MessagePtr message = from_hub(hub);
    const auto text = [&message](std::string_view transformation) {
        const auto head = read_head(message->native());
        const MessagePtr shown = transformed(message, *head, transformation);
        EXPECT_EQ(read_head(shown->native())->kind, BodyKind::text);
        return std::string(as_text(shown->body().bytes()));
    };
    const std::string json =
        R"({"ConsumerInfo":{"destination":{"@class":"ActiveMQQueue","physicalName":"a<b"},)"
        R"("exclusive":false,"prefetchSize":7}})";
    EXPECT_EQ(text(""), json);
    EXPECT_EQ(text("jms-json"), json);
    EXPECT_EQ(text("jms-xml"),
              "<ConsumerInfo><destination class=\"ActiveMQQueue\"><physicalName>a&lt;b"
              "</physicalName></destination><exclusive>false</exclusive>"
              "<prefetchSize>7</prefetchSize></ConsumerInfo>");
    EXPECT_EQ(text("jms-advisory-xml"), text("jms-xml"));
    // A map on another topic is a map.
    hub.to->name = "other";
    EXPECT_EQ(read_head(from_hub(hub)->native())->kind, BodyKind::map_json);
}

TEST_F(StompMessages, are_amended_by_the_broker) {
    const auto sent = send("SEND\nfoo:bar\nAMQ_SCHEDULED_DELAY:5\nredeliveryDelay:1\n\nbody\0"s);
    message::Amendment change{.timestamp_ms = 7, .user_id = "me", .id = "ID:2"};
    change.removed = {"AMQ_SCHEDULED_DELAY"};
    change.set = {{"scheduledJobId", {std::string("a:b")}}, {"redeliveryDelay", {std::int64_t{9}}}};
    const auto other = reader.amend(**sent, change);
    ASSERT_TRUE(other.has_value());
    EXPECT_EQ(as_text((*other)->properties()),
              "foo:bar\nscheduledJobId:a\\cb\nredeliveryDelay:9\nJMSXUserID:me\n");
    EXPECT_EQ(read_head((*other)->native())->message_id, "ID:2");
    EXPECT_EQ((*other)->header().timestamp_ms, 7);
    EXPECT_EQ(as_text((*other)->body().bytes()), "body");
}

TEST_F(StompMessages, say_how_often_they_failed) {
    const auto sent = send("SEND\nfoo:bar\n\nbody\0"s);
    EXPECT_EQ(std::get<std::int32_t>(reader.find(**sent, "JMSXDeliveryCount", kept)), 1);
    const auto once = reader.amend(**sent, {.failures = 1});
    ASSERT_TRUE(once.has_value());
    const auto twice = reader.amend(**once, {.failures = 2});
    ASSERT_TRUE(twice.has_value());
    EXPECT_EQ(std::get<std::int32_t>(reader.find(**twice, "JMSXDeliveryCount", kept)), 3);
    EXPECT_EQ(as_text((*twice)->properties()), "foo:bar\nJMSXDeliveryCount:3\n");
    EXPECT_EQ(reader.read(**twice)->properties.entries.size(), 1U);
}

TEST(StompRabbit, destinations_have_parts) {
    using Kind = RabbitDestination::Kind;
    const auto expect = [](std::string_view text, Kind kind, std::string_view name,
                           std::string_view key) {
        const auto made = parse_rabbitmq(text);
        ASSERT_TRUE(made.has_value()) << text;
        EXPECT_EQ(made->kind, kind) << text;
        EXPECT_EQ(made->name, name) << text;
        EXPECT_EQ(made->key, key) << text;
    };
    expect("q", Kind::queue, "q", "");
    expect("/queue/a%2Fb", Kind::queue, "a/b", "");
    expect("/amq/queue/q", Kind::existing, "q", "");
    expect("/exchange/e", Kind::exchange, "e", "");
    expect("/exchange/e/k.#", Kind::exchange, "e", "k.#");
    expect("/topic/a.*", Kind::topic, "amq.topic", "a.*");
    expect("/temp-queue/t", Kind::temporary, "t", "");
    expect("/reply-queue/a/b%2F", Kind::reply, "a/b%2F", "");
    for (const char* wrong : {"", "/", "/queue/", "/queue/a/b", "/exchange/e/k/x", "/other/x"}) {
        EXPECT_FALSE(parse_rabbitmq(wrong).has_value()) << wrong;
    }
    const auto name = [](std::string_view exchange, Domain domain, std::string_view to) {
        return rabbitmq_name({.to = {domain, false, to},
                              .exchange = exchange,
                              .reply_to = {},
                              .message_id = {},
                              .correlation_id = {},
                              .type = {}});
    };
    EXPECT_EQ(name("", Domain::queue, "a/b ü"), "/queue/a%2Fb %C3%BC");
    EXPECT_EQ(name("", Domain::topic, "a.b"), "/topic/a.b");
    EXPECT_EQ(name("e", Domain::queue, "k"), "/exchange/e/k");
    EXPECT_EQ(name("e", Domain::queue, ""), "/exchange/e");
    EXPECT_EQ(name("amq.topic", Domain::queue, "k"), "/topic/k");
}

TEST_F(StompMessages, broken_bytes_are_an_error) {
    EXPECT_FALSE(read_head(as_bytes("\x00\x00\xff\xffq"s)).has_value());
    EXPECT_FALSE(read_head({}).has_value());
}

// The window of a subscription.

class StompSubscription : public testing::Test {
protected:
    static broker::DeliveryTag tag(std::uint64_t ordinal) {
        return {broker::QueueId{1}, ordinal, {}};
    }
    static Subscription with_three(AckMode mode) {
        Subscription made(broker::ConsumerNumber{1}, mode, 4);
        for (std::uint64_t i = 1; i <= 3; ++i) made.sent(tag(i), "m" + std::to_string(i));
        return made;
    }
    static constexpr broker::TransactionNumber kNone{};
    static constexpr broker::TransactionNumber kFirst{1};
};

TEST_F(StompSubscription, client_mode_takes_all_up_to_the_one) {
    Subscription window = with_three(AckMode::client);
    EXPECT_EQ(window.acknowledge(*window.find(std::uint64_t{2}), kNone).size(), 2U);
    EXPECT_FALSE(window.find("m1").has_value());
    EXPECT_EQ(window.unacknowledged().size(), 1U);
    EXPECT_EQ(window.take_grant(), 2U);
    EXPECT_EQ(window.take_grant(), 0U);
}

TEST_F(StompSubscription, individual_mode_takes_the_one) {
    Subscription window = with_three(AckMode::individual);
    const auto tags = window.acknowledge(*window.find("m2"), kNone);
    ASSERT_EQ(tags.size(), 1U);
    EXPECT_EQ(tags.front(), tag(2));
    EXPECT_TRUE(window.find("m1").has_value());
    EXPECT_FALSE(window.find(std::uint64_t{2}).has_value());
}

TEST_F(StompSubscription, a_rollback_lets_acknowledge_again) {
    Subscription window = with_three(AckMode::client);
    EXPECT_EQ(window.acknowledge(*window.find("m3"), kFirst).size(), 3U);
    EXPECT_FALSE(window.find("m1").has_value());
    EXPECT_TRUE(window.unacknowledged().empty());
    window.roll_back(kFirst);
    EXPECT_EQ(window.take_grant(), 0U);
    EXPECT_EQ(window.acknowledge(*window.find("m1"), kNone).size(), 1U);
    EXPECT_EQ(window.unacknowledged().size(), 2U);
}

TEST_F(StompSubscription, a_commit_ends_them) {
    Subscription window = with_three(AckMode::client);
    std::ignore = window.acknowledge(*window.find("m2"), kFirst);
    EXPECT_EQ(window.acknowledge(*window.find("m3"), kNone).size(), 1U);
    window.commit(kFirst);
    window.roll_back(kFirst);
    EXPECT_TRUE(window.unacknowledged().empty());
    EXPECT_FALSE(window.find("m1").has_value());
}

}  // namespace
}  // namespace tern::stomp
