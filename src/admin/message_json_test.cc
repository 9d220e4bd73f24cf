#include "admin/message_json.h"

#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

using message::HubBytes;
using message::HubList;
using message::HubMap;
using message::HubObject;
using message::HubValue;

TEST(Json, text_is_always_text) {
    EXPECT_EQ(clean_utf8("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x8D\xBA"),
              "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x8D\xBA");
    const std::string mark = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_utf8("a\xFF"
                         "b"),
              "a" + mark + "b");
    EXPECT_EQ(clean_utf8("\xC3"), mark);
    EXPECT_EQ(clean_utf8("\xC0\x80"), mark + mark);
    EXPECT_EQ(clean_utf8("\xED\xA0\x80"), mark + mark + mark);
    EXPECT_EQ(clean_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);
}

TEST(Json, base64_goes_both_ways) {
    for (const char* text : {"", "a", "ab", "abc", "abcd"}) {
        std::string back;
        EXPECT_TRUE(decode_base64(base64(text), back)) << text;
        EXPECT_EQ(back, text);
    }
    std::string back;
    EXPECT_FALSE(decode_base64("a", back));
    EXPECT_FALSE(decode_base64("****", back));
}

class MessageJson : public AdminTest {
protected:
    json::object show(const message::HubMessage& message, std::size_t body_bytes = 1000) {
        broker::Sight sight;
        sight.delivery.tag.ordinal = 5;
        sight.delivery.failures = 2;
        sight.delivery.message = make(message).value();
        return message_json(sight, formats_, body_bytes);
    }
};

TEST_F(MessageJson, shows_all_kinds_of_bodies) {
    json::object view = show(hub(std::string("soup \xC3\xA4")));
    EXPECT_EQ(view["body_type"], "text");
    EXPECT_EQ(view["body"], "soup \xC3\xA4");
    EXPECT_EQ(view["body_truncated"], false);
    view = show(hub(std::string("soup \xC3\xA4")), 6);
    EXPECT_EQ(view["body"], "soup ");
    EXPECT_EQ(view["body_bytes"], 7);
    EXPECT_EQ(view["body_truncated"], true);
    view = show(hub(Buffer::copy_of(as_bytes(std::string_view("\0\1", 2)))));
    EXPECT_EQ(view["body_type"], "bytes");
    EXPECT_EQ(view["body_base64"], "AAE=");
    HubMap map;
    map.put("i", {std::int32_t{-5}});
    map.put("b", {HubBytes{"\1"}});
    view = show(hub(map));
    EXPECT_EQ(view["body_type"], "map");
    EXPECT_EQ(json::serialize(view["body"]), R"({"i":-5,"b":{"base64":"AQ=="}})");
    view = show(hub(HubList{{{true}, {std::string("x")}}}));
    EXPECT_EQ(view["body_type"], "list");
    EXPECT_EQ(json::serialize(view["body"]), R"([true,"x"])");
    view = show(hub(HubObject{Buffer::copy_of(as_bytes(std::string_view("o")))}));
    EXPECT_EQ(view["body_type"], "object");
    EXPECT_EQ(view["body_base64"], "bw==");
    EXPECT_EQ(show({})["body_type"], "none");
}

TEST_F(MessageJson, shows_headers_and_properties) {
    message::HubMessage message;
    message.durable = Durable::yes;
    message.priority = 9;
    message.group_id = "g";
    message.properties.put("nan", {std::numeric_limits<double>::quiet_NaN()});
    message.properties.put("n", {std::int64_t{1} << 60});
    const json::object view = show(message);
    EXPECT_EQ(view.at("id"), 5);
    EXPECT_EQ(view.at("state"), "ready");
    EXPECT_EQ(view.at("format"), "openwire");
    EXPECT_EQ(view.at("redeliveries"), 2);
    EXPECT_EQ(view.at("durable"), true);
    EXPECT_EQ(view.at("priority"), 9);
    EXPECT_EQ(view.at("group"), "g");
    EXPECT_EQ(view.at("message_id"), "ID:test:1:1:7");
    EXPECT_EQ(view.at("properties").at("nan"), "nan");
    EXPECT_EQ(view.at("properties").at("n"), std::int64_t{1} << 60);
}

}  // namespace
}  // namespace tern::admin
