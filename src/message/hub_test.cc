#include "message/errors.h"
#include "message/formats.h"

#include <gtest/gtest.h>

namespace tern::message {
namespace {

/// Reads a format that consists of its body's text.
class TextReader final : public FormatReader {
public:
    [[nodiscard]] Result<HubMessage> read(const Message& stored) const override {
        HubMessage hub;
        hub.body = std::string(as_text(stored.body().bytes()));
        return hub;
    }
    [[nodiscard]] ScalarView find(const Message& stored, std::string_view name,
                                  std::string& scratch) const override {
        if (name != "twice") return {};
        scratch.append(as_text(stored.body().bytes())).append(as_text(stored.body().bytes()));
        return std::string_view(scratch);
    }
};

MessagePtr message(Format format, std::string_view body) {
    return Message::create({.format = format, .group_id = {}}, {}, {}, as_bytes(body), nullptr);
}

TEST(HubMap, keeps_one_entry_a_key_in_the_order_of_their_first_put) {
    HubMap map;
    map.put("b", {std::int32_t{1}});
    map.put("a", {true});
    map.put("b", {std::string("two")});
    ASSERT_EQ(map.entries.size(), 2U);
    EXPECT_EQ(map.entries[0].first, "b");
    EXPECT_EQ(*map.find("b"), HubValue{std::string("two")});
    EXPECT_EQ(map.find("c"), nullptr);
}

TEST(Formats, asks_the_reader_of_the_message_s_format) {
    const TextReader reader;
    Formats formats;
    formats.add(Format::stomp, reader);
    const auto read = formats.read(*message(Format::stomp, "hello"));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<std::string>(read->body), "hello");
    std::string scratch;
    EXPECT_EQ(
        std::get<std::string_view>(formats.find(*message(Format::stomp, "ab"), "twice", scratch)),
        "abab");
}

TEST(Formats, says_that_it_does_not_know_a_format) {
    const Formats formats;
    EXPECT_EQ(formats.read(*message(Format::mqtt, "")).error(), Errc::unknown_format);
    std::string scratch;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(
        formats.find(*message(Format::mqtt, ""), "x", scratch)));
}

}  // namespace
}  // namespace tern::message
