#include "protocol/amqp091/definitions.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

constexpr std::string_view kExport = R"({
  "rabbit_version": "3.13.7",
  "users": [{"name": "guest"}],
  "exchanges": [{"name": "orders", "vhost": "/", "type": "topic", "durable": true,
                 "auto_delete": false, "internal": false,
                 "arguments": {"alternate-exchange": "rest"}}],
  "queues": [{"name": "q", "vhost": "shop", "durable": true, "auto_delete": false,
              "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 3,
                            "x-dead-letter-exchange": "dead"}}],
  "bindings": [{"source": "orders", "vhost": "/", "destination": "q", "destination_type": "queue",
                "routing_key": "a.#", "arguments": {}},
               {"source": "heads", "vhost": "/", "destination": "orders",
                "destination_type": "exchange", "routing_key": "",
                "arguments": {"x-match": "any", "n": 1}}]})";

std::string problem(std::string_view text) {
    const auto read = Definitions::parse(text, "classic");
    return read ? "" : read.error();
}

TEST(DefinitionsTest, an_export_is_what_was_declared) {
    const auto read = Definitions::parse(kExport, "classic");
    ASSERT_TRUE(read) << read.error();
    ASSERT_EQ(read->exchanges.size(), 1U);
    EXPECT_EQ(read->exchanges[0].type, broker::ExchangeType::topic);
    EXPECT_EQ(read->exchanges[0].alternate, "rest");
    ASSERT_EQ(read->queues.size(), 1U);
    const auto& [address, options] = read->queues[0];
    EXPECT_EQ(address, broker::queue_address("shop", "q"));
    EXPECT_TRUE(options.quorum);
    EXPECT_EQ(options.deliveries_max, 3);
    EXPECT_EQ(options.dead_letter_exchange, "dead");
    ASSERT_EQ(read->bindings.size(), 2U);
    EXPECT_EQ(read->bindings[0].key, "a.#");
    EXPECT_TRUE(read->bindings[1].to_exchange);
    EXPECT_TRUE(read->bindings[1].match.any);
    EXPECT_FALSE(read->empty());
}

TEST(DefinitionsTest, a_virtual_host_may_say_of_which_type_queues_are) {
    const auto read = Definitions::parse(R"({
      "vhosts": [{"name": "old"}, {"name": "new", "default_queue_type": "quorum"},
                 {"name": "newer", "metadata": {"default_queue_type": "quorum"}},
                 {"name": "none", "default_queue_type": "undefined"}],
      "queues": [{"name": "q", "vhost": "new", "durable": true},
                 {"name": "q", "vhost": "old", "durable": true}]})",
                                         "classic");
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->queues[0].second.quorum);
    EXPECT_FALSE(read->queues[1].second.quorum);
    EXPECT_EQ(read->default_type("newer", "classic"), "quorum");
    EXPECT_EQ(read->default_type("none", "classic"), "classic");
}

TEST(DefinitionsTest, an_export_without_any_is_fine) {
    const auto read = Definitions::parse(R"({"users": []})", "classic");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->empty());
}

TEST(DefinitionsTest, what_is_wrong_is_named) {
    EXPECT_EQ(problem("[]"), "it is no object");
    EXPECT_EQ(problem(R"({"queues": 1})"), "queues is no list");
    EXPECT_EQ(problem(R"({"queues": [1]})"), "queues has what is no object");
    EXPECT_EQ(problem(R"({"queues": [{"vhost": "/"}]})"), "queues: there is no text name");
    EXPECT_EQ(problem(R"({"exchanges": [{"name": "x", "vhost": "/", "type": "x-none"}]})"),
              "exchanges: unknown exchange type 'x-none'");
    EXPECT_EQ(problem(R"({"queues": [{"name": "q", "vhost": "/", "durable": 3}]})"),
              "queues: durable is neither true nor false");
}

}  // namespace
}  // namespace tern::amqp091
