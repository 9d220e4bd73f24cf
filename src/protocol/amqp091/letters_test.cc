#include "protocol/amqp091/letters.h"

#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/table.h"
#include "protocol/amqp091/native.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

using broker::ExchangeDeath;
using broker::ExchangeLetter;

class LettersTest : public testing::Test {
protected:
    LettersTest() { formats_.add(Format::amqp091, reader_); }

    static MessagePtr message(const FieldTable& headers, std::string_view expiration = {}) {
        Properties properties;
        ByteWriter entries;
        encode_entries(entries, headers);
        if (!headers.empty()) properties.headers = entries.bytes();
        if (!expiration.empty()) properties.expiration = expiration;
        ByteWriter raw;
        encode_properties(raw, properties);
        ByteWriter native;
        write_native(native, "x", "key", raw.bytes());
        MessageHeader header;
        header.format = Format::amqp091;
        header.expires_at_ms = 5;
        return Message::create(header, native.bytes(), {}, as_bytes(std::string_view("body")),
                               nullptr);
    }
    ExchangeLetter die(const Message& dead, std::string_view queue, std::string_view reason,
                       std::optional<std::string_view> key = {}) {
        auto letter = letters_.write(
            dead,
            {.queue = queue, .reason = reason, .exchange = "dlx", .key = key, .now_ms = 7000});
        EXPECT_TRUE(letter);
        return *letter;
    }
    static FieldTable headers(const Message& message) {
        return *decode_table(*decode_properties(read_native(message.native())->raw)->headers);
    }
    static FieldTable death(const Message& message, std::size_t which) {
        const FieldTable all = headers(message);
        return *std::get<FieldArray>(all.find("x-death")->value).values.at(which).table();
    }

    Reader reader_;
    message::Formats formats_;
    Letters letters_{formats_};
};

TEST_F(LettersTest, it_tells_where_when_and_why) {
    const MessagePtr dead = message({}, "250");
    const ExchangeLetter letter = die(*dead, "q", "expired");
    const auto native = read_native(letter.message->native());
    EXPECT_EQ(native->exchange, "dlx");
    EXPECT_EQ(native->routing_key, "key");
    EXPECT_EQ(as_text(letter.message->body().bytes()), "body");
    EXPECT_EQ(letter.message->header().expires_at_ms, 0);
    EXPECT_FALSE(decode_properties(native->raw)->expiration);
    FieldTable expected;
    expected.put("count", {std::int64_t{1}});
    expected.put("reason", {std::string("expired")});
    expected.put("queue", {std::string("q")});
    expected.put("time", {Timestamp{7}});
    expected.put("exchange", {std::string("x")});
    expected.put("routing-keys", {FieldArray{{{std::string("key")}}}});
    expected.put("original-expiration", {std::string("250")});
    EXPECT_EQ(death(*letter.message, 0), expected);
    EXPECT_EQ(*headers(*letter.message).find("x-first-death-queue")->text(), "q");
}

TEST_F(LettersTest, the_same_again_is_counted_and_comes_first) {
    const ExchangeLetter first = die(*message({}), "a", "rejected");
    const ExchangeLetter second = die(*first.message, "b", "expired");
    const ExchangeLetter third = die(*second.message, "a", "rejected");
    EXPECT_EQ(death(*third.message, 0).find("count")->integer(), 2);
    EXPECT_EQ(*death(*third.message, 1).find("queue")->text(), "b");
    ASSERT_EQ(third.deaths.size(), 2U);
    EXPECT_EQ(third.deaths[0].queue, "a");
    EXPECT_TRUE(third.deaths[0].rejected);
    EXPECT_FALSE(third.deaths[1].rejected);
    const FieldTable all = headers(*third.message);
    EXPECT_EQ(*all.find("x-first-death-queue")->text(), "a");
    EXPECT_EQ(*all.find("x-last-death-reason")->text(), "rejected");
    // The exchange is the one of the first time, as the time is.
    EXPECT_EQ(*death(*third.message, 0).find("exchange")->text(), "x");
}

TEST_F(LettersTest, a_key_of_the_queue_takes_the_place_of_all_others) {
    FieldTable copies;
    copies.put("CC", {FieldArray{{{std::string("more")}}}});
    const MessagePtr dead = message(copies);
    EXPECT_EQ(die(*dead, "q", "maxlen").keys, (std::vector<std::string>{"key", "more"}));
    const ExchangeLetter letter = die(*dead, "q", "maxlen", "other");
    EXPECT_EQ(letter.keys, std::vector<std::string>{"other"});
    EXPECT_EQ(headers(*letter.message).find("CC"), nullptr);
    EXPECT_EQ(read_native(letter.message->native())->routing_key, "other");
}

TEST_F(LettersTest, what_a_sender_calls_deaths_does_no_harm) {
    FieldTable odd;
    odd.put("x-death", {FieldArray{{{std::string("no table")}, {FieldTable()}}}});
    const ExchangeLetter letter = die(*message(odd), "q", "rejected");
    ASSERT_EQ(letter.deaths.size(), 2U);
    EXPECT_EQ(letter.deaths[0].queue, "q");
    odd.put("x-death", {std::int32_t{3}});
    EXPECT_EQ(die(*message(odd), "q", "rejected").deaths.size(), 1U);
}

}  // namespace
}  // namespace tern::amqp091
