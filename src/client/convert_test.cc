#include "client/convert.h"

#include "protocol/openwire/codec/body.h"

#include <gtest/gtest.h>

#include <zlib.h>

namespace tern::client {
namespace {

using openwire::DataType;
using std::chrono::milliseconds;

Blob blob(std::string_view text) {
    return {text.begin(), text.end()};
}

Blob compressed(Bytes plain) {
    uLongf size = compressBound(plain.size());
    Blob out(size);
    EXPECT_EQ(compress(out.data(), &size, plain.data(), plain.size()), Z_OK);
    out.resize(size);
    return out;
}

/// To the wire and back, without a wire.
Message again(const Message& message) {
    const auto wire = to_wire(message);
    EXPECT_TRUE(wire);
    return from_wire(wire->message);
}

TEST(ConvertTest, BodiesAndPropertiesSurvive) {
    const Map map{{"flag", true},
                  {"n", std::int32_t{7}},
                  {"ü", "\U0001F426"},
                  {"nested", Map{{"list", List{Value(), "x", 1.5}}}}};
    for (const Message::Body& body :
         {Message::Body(), Message::Body("Grüße \U0001F426"), Message::Body(""),
          Message::Body(blob("\x01\x02")), Message::Body(Blob()), Message::Body(map),
          Message::Body(Map()),
          Message::Body(Message::Opaque{Message::Opaque::Kind::object, blob("serial")})}) {
        EXPECT_EQ(again({.body = body, .properties = map}).body, body);
        EXPECT_EQ(again({.body = body, .properties = map}).properties, map);
    }
}

TEST(ConvertTest, HeadersSurvive) {
    const Message sent{.correlation_id = "c",
                       .type = "t",
                       .reply_to = Destination::topic("ü"),
                       .group_id = "g",
                       .group_sequence = -1,
                       .persistent = false,
                       .priority = 9,
                       .expiration = Timestamp(milliseconds(77)),
                       .destination = Destination::queue("Q"),
                       .timestamp = Timestamp(milliseconds(66))};
    EXPECT_EQ(again(sent), sent);
}

TEST(ConvertTest, EmptyHeadersAreNullOnTheWire) {
    const auto wire = to_wire(Message{.destination = Destination::queue("Q")});
    ASSERT_TRUE(wire);
    EXPECT_TRUE(wire->message.correlation_id.is_null());
    EXPECT_TRUE(wire->message.jms_type.is_null());
    EXPECT_TRUE(wire->message.group_id.is_null());
    EXPECT_TRUE(wire->message.properties.is_null());
    EXPECT_TRUE(wire->message.content.is_null());
}

TEST(ConvertTest, NullTextIsEmpty) {
    EXPECT_EQ(from_wire(openwire::Message{.type = DataType::text_message}).body, Message::Body(""));
}

TEST(ConvertTest, BrokenBodiesStayAsTheyAre) {
    const Blob broken = blob("\x7f");
    for (const auto& [type, kind] :
         {std::pair(DataType::text_message, Message::Opaque::Kind::text),
          std::pair(DataType::map_message, Message::Opaque::Kind::map)}) {
        const Message message =
            from_wire(openwire::Message{.type = type, .content = Bytes(broken)});
        EXPECT_EQ(message.body, Message::Body(Message::Opaque{kind, broken}));
    }
    const Message compressed_badly = from_wire(openwire::Message{
        .type = DataType::text_message, .content = Bytes(broken), .compressed = true});
    EXPECT_EQ(compressed_badly.body,
              Message::Body(Message::Opaque{Message::Opaque::Kind::text, broken}));
}

TEST(ConvertTest, BrokenPropertiesAreNone) {
    const Blob broken = blob("\x7f");
    EXPECT_TRUE(from_wire(openwire::Message{.type = DataType::message, .properties = Bytes(broken)})
                    .properties.empty());
}

TEST(ConvertTest, CompressedBodiesAreUnpacked) {
    const std::string text(100'000, 'x');
    ByteWriter body;
    ASSERT_TRUE(openwire::encode_text_body(text, body));
    const Blob packed = compressed(body.bytes());
    EXPECT_LT(packed.size(), 1000U);
    EXPECT_EQ(
        from_wire(openwire::Message{
                      .type = DataType::text_message, .content = Bytes(packed), .compressed = true})
            .body,
        Message::Body(text));

    Blob bytes = compressed(as_bytes(text));
    bytes.insert(bytes.begin(), {0, 1, 0x86, 0xA0});  // the length in front of these alone
    EXPECT_EQ(
        from_wire(openwire::Message{
                      .type = DataType::bytes_message, .content = Bytes(bytes), .compressed = true})
            .body,
        Message::Body(blob(text)));
}

TEST(ConvertTest, MapsKeepOneValueAName) {
    Map map;
    map.set("a", 1);
    map.set("a", "two");
    EXPECT_EQ(map.size(), 1U);
    ASSERT_NE(map.find("a"), nullptr);
    EXPECT_NE(map.find("a")->as<std::string>(), nullptr);
    EXPECT_EQ(map.find("a")->as<std::int32_t>(), nullptr);
    EXPECT_EQ(map.find("b"), nullptr);
}

}  // namespace
}  // namespace tern::client
