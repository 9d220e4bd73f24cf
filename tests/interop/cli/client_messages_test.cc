// What is sent is what arrives: bodies, properties, headers, encodings.

#include "client_fixture.h"

namespace tern::client::testing {
namespace {

using std::chrono::sys_days;

class Messages : public ClientTest {
protected:
    /// Sends the message and receives it.
    Message round_trip(const Message& message, ConnectionOptions with = options()) {
        auto connection = connect(std::move(with));
        auto session = good(connection.create_session());
        auto producer = good(session.create_producer(queue));
        const std::string id = good(producer.send(message));
        auto consumer = good(session.create_consumer(queue));
        Message received = next(consumer);
        EXPECT_EQ(received.id, id);
        EXPECT_EQ(received.destination, queue);
        return received;
    }
};

Map every_type_of_property() {
    return {{"bool", true},
            {"byte", std::int8_t{-128}},
            {"short", std::int16_t{-32768}},
            {"int", std::int32_t{-2147483647}},
            {"long", std::int64_t{-1} << 62},
            {"float", 1.5F},
            {"double", -0.1},
            {"text", "Grüße, 世界 \U0001F426"},
            {"empty", ""},
            {"long text", std::string(10000, 'x')}};
}

TEST_F(Messages, TextKeepsEveryCharacter) {
    for (const std::string& text :
         {std::string(), std::string("plain"), std::string("Grüße, 世界 \U0001F426"),
          std::string("a\0b", 3), std::string(70000, 'x')}) {
        EXPECT_EQ(round_trip({.body = text}).body, Message::Body(text));
    }
}

TEST_F(Messages, BytesKeepEveryValue) {
    Blob bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
    EXPECT_EQ(round_trip({.body = bytes}).body, Message::Body(bytes));
    EXPECT_EQ(round_trip({.body = Blob()}).body, Message::Body(Blob()));
}

TEST_F(Messages, MapKeepsTypesAndOrder) {
    Map map = every_type_of_property();
    map.set("char", u'\u00e9');
    map.set("bytes", Blob{0, 1, 255});
    map.set("null", Value());
    const Message received = round_trip({.body = map});
    ASSERT_NE(received.map(), nullptr);
    // A map has no order on the wire that a broker would have to keep.
    EXPECT_EQ(received.map()->size(), map.size());
    for (const auto& [name, value] : map) {
        ASSERT_NE(received.map()->find(name), nullptr) << name;
        EXPECT_EQ(*received.map()->find(name), value) << name;
    }
    EXPECT_EQ(round_trip({.body = Map()}).body, Message::Body(Map()));
}

TEST_F(Messages, NoBody) {
    EXPECT_EQ(round_trip({}).body, Message::Body());
}

TEST_F(Messages, OpaqueBodiesPass) {
    const Message::Opaque stream{Message::Opaque::Kind::stream, {9, 0, 1, 'x', 1, 1}};
    EXPECT_EQ(round_trip({.body = stream}).body, Message::Body(stream));
}

TEST_F(Messages, Properties) {
    const Map properties = every_type_of_property();
    EXPECT_EQ(round_trip({.properties = properties}).properties, properties);
}

TEST_F(Messages, Headers) {
    const Timestamp far(sys_days(std::chrono::year(2100) / 1 / 1));
    const Timestamp before(
        std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()));
    const Message received = round_trip({.correlation_id = "corr ü",
                                         .type = "type",
                                         .reply_to = Destination::topic("REPLIES"),
                                         .group_id = "group",
                                         .group_sequence = 1,
                                         .persistent = false,
                                         .priority = 7,
                                         .expiration = far});
    EXPECT_EQ(received.correlation_id, "corr ü");
    EXPECT_EQ(received.type, "type");
    EXPECT_EQ(received.reply_to, Destination::topic("REPLIES"));
    EXPECT_EQ(received.group_id, "group");
    EXPECT_EQ(received.group_sequence, 1);
    EXPECT_FALSE(received.persistent);
    EXPECT_EQ(received.priority, 7);
    EXPECT_EQ(received.expiration, far);
    EXPECT_GE(received.timestamp, before);
    EXPECT_FALSE(received.redelivered());
    EXPECT_EQ(received.original_destination, std::nullopt);
}

TEST_F(Messages, TimeToLiveBecomesAnExpiration) {
    auto connection = connect();
    auto session = good(connection.create_session());
    const milliseconds hour(3'600'000);
    auto producer = good(session.create_producer(queue, {.time_to_live = hour}));
    good(producer.send({.body = "x"}));
    auto consumer = good(session.create_consumer(queue));
    const Message received = next(consumer);
    EXPECT_EQ(received.expiration, received.timestamp + hour);
}

TEST_F(Messages, AllVersionsAndEncodings) {
    for (const bool tight : {true, false}) {
        for (int version = 1; version <= 12; ++version) {
            SCOPED_TRACE(fmt::format("version {} {}", version, tight ? "tight" : "loose"));
            ConnectionOptions with = options();
            with.version = version;
            with.tight_encoding = tight;
            const Message sent{.body = "Grüße", .properties = every_type_of_property()};
            const Message received = round_trip(sent, with);
            EXPECT_EQ(received.body, sent.body);
            EXPECT_EQ(received.properties, sent.properties);
        }
    }
}

TEST_F(Messages, FiftyMegabytes) {
    constexpr std::size_t kBytes = std::size_t{50} * 1024 * 1024;
    Blob large(kBytes);
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i * 31);
    const Message received = round_trip({.body = large});
    EXPECT_TRUE(received.body == Message::Body(large));
    const std::string text(kBytes, 't');
    EXPECT_TRUE(round_trip({.body = text}).body == Message::Body(text));
}

TEST_F(Messages, WhatIsTooLongIsRefusedHere) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    const auto sent = producer.send({.correlation_id = std::string(70000, 'x')});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), Errc::unsendable);
    good(producer.send({.body = "the connection is still good"}));
}

}  // namespace
}  // namespace tern::client::testing
