#include "broker/api/queue_options.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(QueueOptions, SurviveTheJournal) {
    const QueueOptions options{.durable = false,
                               .exclusive = true,
                               .auto_delete = true,
                               .single_active_consumer = true,
                               .quorum = true,
                               .dead_letter_at_least_once = true,
                               .overflow = Overflow::reject,
                               .priorities = 10,
                               .message_ttl_ms = 1,
                               .expires_ms = 2,
                               .messages_max = 3,
                               .bytes_max = 4,
                               .deliveries_max = 5,
                               .vhost = "v",
                               .dead_letter_exchange = "",
                               .dead_letter_key = "k",
                               .arguments = "raw"};
    ByteWriter out;
    encode(out, options);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_queue_options(in), options);
    EXPECT_TRUE(in.done());
}

TEST(QueueOptions, NothingIsNotEmpty) {
    ByteWriter out;
    encode(out, QueueOptions{});
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_queue_options(in), QueueOptions{});
}

}  // namespace
}  // namespace tern::broker
