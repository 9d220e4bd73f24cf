#include "protocol/mqtt/session_record.h"

#include "bytes/byte_writer.h"

#include <gtest/gtest.h>

namespace tern::mqtt {
namespace {

void expect_same(const SessionRecord& record) {
    const auto again = decode_record(encode_record(record)->body().bytes());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, record);
}

TEST(SessionRecord, comes_back_as_it_was_written) {
    SubscriptionsRecord record{.version = 3, .expiry_s = 60, .subscriptions = {}};
    expect_same(record);
    record.subscriptions["a/+"] = {.options = {.qos = Qos::exactly_once,
                                               .no_local = true,
                                               .retain_as_published = true,
                                               .retain_handling = RetainHandling::do_not_send},
                                   .identifier = 7,
                                   .channel = Channel::durable};
    record.subscriptions["$share/g/#"] = {
        .options = {}, .identifier = 0, .channel = Channel::shared};
    expect_same(record);
    expect_same(ReceivedRecord{65535});
    expect_same(ReleasedRecord{1});
    expect_same(LeftRecord{-1});
    expect_same(WillRecord{.number = 9,
                           .due_at_ms = 7,
                           .will = {.topic = "a/b",
                                    .payload = "gone",
                                    .properties = "p",
                                    .qos = Qos::exactly_once,
                                    .retain = true,
                                    .expiry_s = 0,
                                    .delay_s = 5}});
    expect_same(WillRecord{});
    expect_same(SentRecord{.packet_id = 9, .identifier = 3, .retain = true, .message = "stored"});
    expect_same(SentRecord{.packet_id = 9, .message = {}});
}

TEST(SessionRecord, refuses_what_makes_no_sense) {
    EXPECT_FALSE(decode_record({}));
    const auto refuse = [](std::initializer_list<std::uint8_t> bytes) {
        EXPECT_FALSE(decode_record({bytes.begin(), bytes.size()}));
    };
    refuse({9});
    refuse({6, 0, 0, 0, 0, 0, 0, 1});
    refuse({6, 0, 1, 0, 0});
    refuse({2, 0});
    refuse({2, 0, 1, 0});
    refuse({5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
            1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    refuse({5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9});
    refuse({1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 'a', 3, 0, 0, 0, 0, 0});
    refuse({1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 'a', 1, 3, 0, 0, 0, 0});
}

}  // namespace
}  // namespace tern::mqtt
