#include "protocol/amqp091/arguments.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

std::string entries(const FieldTable& table) {
    ByteWriter out;
    encode_entries(out, table);
    return std::string(as_text(out.bytes()));
}

TEST(Arguments, UnknownExchangeTypeIsRefused) {
    const auto read = read_exchange({.exchange = "x", .type = "other"}, "/");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ReplyCode::precondition_failed);
    EXPECT_EQ(read.error().text, "unknown exchange type 'other'");
}

TEST(Arguments, ASecondDeclarationMustSayTheSame) {
    const QueueDeclare declare{.queue = "q", .durable = true};
    const auto wanted = read_queue(declare, "q", "/");
    ASSERT_TRUE(wanted);
    broker::QueueInfo current;
    EXPECT_TRUE(check_same(*wanted, current, "q"));
    current.options =
        std::make_shared<const broker::QueueOptions>(broker::QueueOptions{.durable = false});
    const auto same = check_same(*wanted, current, "q");
    ASSERT_FALSE(same);
    EXPECT_EQ(same.error().text,
              "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current "
              "is 'false'");
}

TEST(Arguments, BadValuesAreNamed) {
    FieldTable table;
    table.put("x-message-ttl", {std::int32_t{-1}});
    const std::string raw = entries(table);
    const auto read = read_queue({.queue = "q", .arguments = {as_bytes(raw)}}, "q", "/");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().text,
              "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': {value_negative,-1}");
}

TEST(Arguments, ATypeThatIsNotSaidIsTheBrokersWhereThatFits) {
    const QueueDeclare durable{.queue = "q", .durable = true};
    EXPECT_FALSE(read_queue(durable, "q", "/")->quorum);
    EXPECT_TRUE(read_queue(durable, "q", "/", "quorum")->quorum);
    EXPECT_EQ(read_queue(durable, "q", "/", "quorum")->deliveries_max, 20);
    const QueueDeclare mine{.queue = "q", .durable = true, .exclusive = true};
    EXPECT_FALSE(read_queue(mine, "q", "/", "quorum")->quorum);
}

TEST(Arguments, WhatOneTypeHasAnotherRefuses) {
    FieldTable table;
    table.put("x-queue-type", {std::string("quorum")});
    table.put("x-max-priority", {std::int32_t{5}});
    const std::string raw = entries(table);
    const QueueDeclare declare{.queue = "q", .durable = true, .arguments = {as_bytes(raw)}};
    const auto read = read_queue(declare, "q", "/");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ReplyCode::precondition_failed);
}

TEST(Arguments, AConsumerTimeoutIsNoReasonToBeAnotherQueue) {
    FieldTable table;
    const std::string without = entries(table);
    table.put("x-consumer-timeout", {std::int32_t{500}});
    const std::string with = entries(table);
    const QueueDeclare declare{.queue = "q", .durable = true, .arguments = {as_bytes(with)}};
    const auto read = read_queue(declare, "q", "/");
    ASSERT_TRUE(read);
    EXPECT_EQ(consumer_timeout_of(*read), 500);
    const QueueDeclare plain{.queue = "q", .durable = true, .arguments = {as_bytes(without)}};
    const auto other = read_queue(plain, "q", "/");
    ASSERT_TRUE(other);
    EXPECT_EQ(consumer_timeout_of(*other), std::nullopt);
    const auto queue = std::make_shared<broker::QueueInfo>();
    queue->options = std::make_shared<const broker::QueueOptions>(*read);
    EXPECT_TRUE(check_same(*other, *queue, "q"));
    table.put("x-consumer-timeout", {std::int32_t{-1}});
    const std::string negative = entries(table);
    EXPECT_FALSE(
        read_queue({.queue = "q", .durable = true, .arguments = {as_bytes(negative)}}, "q", "/"));
}

TEST(Arguments, APriorityOfAConsumerIsANumber) {
    FieldTable table;
    EXPECT_EQ(read_priority(as_bytes(entries(table)), "queue"), 0);
    table.put("x-priority", {std::int32_t{-3}});
    EXPECT_EQ(read_priority(as_bytes(entries(table)), "queue"), -3);
    table.put("x-priority", {std::string("high")});
    EXPECT_FALSE(read_priority(as_bytes(entries(table)), "queue"));
}

TEST(Arguments, HeadersToMatch) {
    FieldTable table;
    table.put("x-match", {std::string("any")});
    table.put("x-other", {std::int32_t{1}});
    table.put("n", {std::int16_t{5}});
    const std::string raw = entries(table);
    const auto match = read_match(as_bytes(raw));
    ASSERT_TRUE(match);
    EXPECT_TRUE(match->any);
    ASSERT_EQ(match->headers.size(), 1U);
    EXPECT_EQ(match->headers[0].second, broker::HeaderValue(std::int64_t{5}));
    table.put("x-match", {std::string("some")});
    EXPECT_FALSE(read_match(as_bytes(entries(table))));
}

}  // namespace
}  // namespace tern::amqp091
