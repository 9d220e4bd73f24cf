#include "protocol/openwire/consumer.h"

#include "protocol/openwire/codec/connection_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr broker::TransactionNumber kTx{1}, kOtherTx{2};

/// A consumer and the broker that feeds it: messages are numbers, each the sequence of its producer
/// and its ordinal on the queue; its brokerSequenceId is a hundred higher.
class ConsumerStory : public testing::Test {
protected:
    void open(std::uint32_t prefetch) {
        consumer_ = Consumer(broker::ConsumerNumber{1}, prefetch);
        credit_ = prefetch;
    }
    /// What the broker may send now, which is sent.
    std::vector<int> sent() {
        credit_ += consumer_.take_grant();
        std::vector<int> all;
        for (; credit_ > 0; --credit_) {
            all.push_back(++last_);
            send(last_);
        }
        return all;
    }
    void send(int number) {
        consumer_.sent({.key = key_of(id(number)),
                        .message = {},
                        .tag = {broker::QueueId{1}, static_cast<std::uint64_t>(number), {}},
                        .sequence = 100 + number});
    }
    /// Made up by the session, as a browse or the replay of advisories is.
    void send_made_up(int number) {
        consumer_.sent({.key = key_of(id(number)), .sequence = 100 + number});
    }
    void acknowledge(int first, int last) { consumer_.acknowledge(range(first, last)); }
    void stage(int first, int last, broker::TransactionNumber transaction, bool extends = false) {
        consumer_.stage(range(first, last), transaction, extends);
    }
    std::vector<int> in_flight() { return numbers(consumer_.tags({0, consumer_.in_flight()})); }
    std::vector<int> failed(std::int64_t last) { return numbers(consumer_.failed(last)); }

    static MessageId id(int number) {
        return {.producer_id = ProducerId{.connection_id = "ID:c", .value = 1, .session_id = 1},
                .producer_sequence_id = number};
    }
    Consumer::Range range(int first, int last) {
        const auto found = consumer_.find(id(first), id(last));
        EXPECT_TRUE(found) << first << " to " << last;
        return found.value_or(Consumer::Range{});
    }
    static std::vector<int> numbers(const std::vector<broker::DeliveryTag>& tags) {
        std::vector<int> all;
        for (const broker::DeliveryTag& tag : tags) all.push_back(static_cast<int>(tag.ordinal));
        return all;
    }

    Consumer consumer_{broker::ConsumerNumber{1}, 0};
    std::uint32_t credit_ = 0;
    int last_ = 0;
};

// ---- the window: OpenWire reference, 11.3

TEST_F(ConsumerStory, the_observed_example) {
    open(3);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
    consumer_.extend(2);
    EXPECT_THAT(sent(), ElementsAre(4, 5));
    acknowledge(1, 2);
    EXPECT_THAT(sent(), IsEmpty()) << "three left, the extension is used up";
    acknowledge(3, 3);
    EXPECT_THAT(sent(), ElementsAre(6));
}

TEST_F(ConsumerStory, each_acknowledged_message_makes_room_for_one) {
    open(2);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    EXPECT_THAT(sent(), IsEmpty());
    acknowledge(2, 2);
    EXPECT_THAT(sent(), ElementsAre(3));
    acknowledge(1, 3);
    EXPECT_THAT(sent(), ElementsAre(4, 5));
}

TEST_F(ConsumerStory, what_was_granted_is_not_granted_again) {
    open(5);
    credit_ = 0;  // the queue is empty: nothing comes
    EXPECT_EQ(consumer_.take_grant(), 0U);
    send(1);
    EXPECT_EQ(consumer_.take_grant(), 0U);
    acknowledge(1, 1);
    EXPECT_EQ(consumer_.take_grant(), 1U);
    EXPECT_EQ(consumer_.take_grant(), 0U);
}

TEST_F(ConsumerStory, an_extension_never_goes_below_nothing) {
    open(2);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    consumer_.extend(1);
    EXPECT_THAT(sent(), ElementsAre(3));
    acknowledge(1, 3);
    EXPECT_THAT(sent(), ElementsAre(4, 5)) << "and not one fewer";
}

TEST_F(ConsumerStory, transacted_ranges_stay_in_the_window_until_the_commit) {
    open(3);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
    stage(1, 2, kTx);
    EXPECT_THAT(sent(), IsEmpty());
    consumer_.commit(kTx);
    EXPECT_THAT(sent(), ElementsAre(4, 5));
    EXPECT_THAT(in_flight(), ElementsAre(3, 4, 5));
}

TEST_F(ConsumerStory, a_commit_uses_up_what_delivered_acks_had_extended) {
    open(3);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
    consumer_.extend(2);
    EXPECT_THAT(sent(), ElementsAre(4, 5));
    stage(1, 2, kTx);
    consumer_.commit(kTx);
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ConsumerStory, individual_acks_in_a_transaction_extend_the_window_meanwhile) {
    open(2);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    stage(1, 1, kTx, true);
    EXPECT_THAT(sent(), ElementsAre(3));
    consumer_.commit(kTx);
    EXPECT_THAT(in_flight(), ElementsAre(2, 3));
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ConsumerStory, a_rollback_takes_back_what_individual_acks_extended) {
    open(2);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    stage(1, 2, kTx, true);
    EXPECT_THAT(sent(), ElementsAre(3, 4));
    consumer_.rollback(kTx);
    EXPECT_THAT(in_flight(), ElementsAre(1, 2, 3, 4)) << "they stay with the client";
    EXPECT_THAT(sent(), IsEmpty());
    acknowledge(1, 2);
    EXPECT_THAT(sent(), IsEmpty());
    acknowledge(3, 3);
    EXPECT_THAT(sent(), ElementsAre(5));
}

TEST_F(ConsumerStory, a_transaction_ends_for_its_own_messages_only) {
    open(4);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3, 4));
    stage(1, 2, kTx);
    stage(3, 3, kOtherTx);
    consumer_.commit(kOtherTx);
    EXPECT_THAT(in_flight(), ElementsAre(1, 2, 4));
    consumer_.rollback(kTx);
    stage(1, 1, kOtherTx);
    consumer_.commit(kOtherTx);
    EXPECT_THAT(in_flight(), ElementsAre(2, 4));
}

TEST_F(ConsumerStory, what_one_transaction_has_acknowledged_stays_with_it) {
    open(3);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
    stage(1, 2, kTx, true);
    stage(1, 3, kOtherTx, true);
    EXPECT_THAT(sent(), ElementsAre(4, 5, 6)) << "each extends the window once";
    consumer_.commit(kTx);
    EXPECT_THAT(in_flight(), ElementsAre(3, 4, 5, 6));
    consumer_.rollback(kOtherTx);
    EXPECT_THAT(in_flight(), ElementsAre(3, 4, 5, 6));
    acknowledge(3, 6);
    EXPECT_THAT(sent(), ElementsAre(7, 8, 9));
}

TEST_F(ConsumerStory, a_new_prefetch_is_the_new_limit) {
    open(1);
    EXPECT_THAT(sent(), ElementsAre(1));
    consumer_.set_prefetch(3);
    EXPECT_THAT(sent(), ElementsAre(2, 3));
    consumer_.set_prefetch(1);
    acknowledge(1, 2);
    EXPECT_THAT(sent(), IsEmpty());
    acknowledge(3, 3);
    EXPECT_THAT(sent(), ElementsAre(4));
}

TEST_F(ConsumerStory, without_prefetch_nothing_comes_by_itself) {
    open(0);
    EXPECT_THAT(sent(), IsEmpty());
    EXPECT_FALSE(consumer_.has_room());
}

TEST_F(ConsumerStory, without_prefetch_an_extended_window_brings_nothing) {
    open(0);
    EXPECT_TRUE(consumer_.take_pull());
    send(1);
    consumer_.extend(1);
    stage(1, 1, kTx, true);
    EXPECT_EQ(consumer_.take_grant(), 0);
}

TEST_F(ConsumerStory, what_the_session_makes_up_takes_part_in_the_window_only) {
    open(2);
    send_made_up(1);
    EXPECT_TRUE(consumer_.has_room());
    send_made_up(2);
    EXPECT_FALSE(consumer_.has_room());
    EXPECT_THAT(in_flight(), IsEmpty()) << "nothing of it can be settled";
    EXPECT_THAT(failed(RemoveInfo::kUnknownDelivered), IsEmpty());
    acknowledge(1, 1);
    EXPECT_TRUE(consumer_.has_room());
}

// ---- ranges: 11.5

TEST_F(ConsumerStory, ranges_follow_the_order_of_dispatch) {
    open(9);
    for (const int number : {5, 2, 9, 1}) send(number);
    EXPECT_EQ(consumer_.find(id(2), id(1)), Consumer::Range(1, 4));
    EXPECT_EQ(consumer_.find(id(9), id(9)), Consumer::Range(2, 3));
    EXPECT_EQ(consumer_.find({}, id(9)), Consumer::Range(0, 3)) << "null: from the oldest on";
    EXPECT_EQ(consumer_.find(id(1), id(5)), std::nullopt) << "backwards";
    EXPECT_EQ(consumer_.find(id(7), id(1)), std::nullopt);
    EXPECT_EQ(consumer_.find(id(5), id(7)), std::nullopt);
    EXPECT_EQ(consumer_.find(id(5), {}), std::nullopt);
    EXPECT_EQ(consumer_.find_one(id(9)), Consumer::Range(2, 3));
    EXPECT_EQ(consumer_.find_one(id(8)), std::nullopt);
    EXPECT_EQ(consumer_.oldest(3), Consumer::Range(0, 3));
    EXPECT_EQ(consumer_.oldest(30), Consumer::Range(0, 4));
}

TEST_F(ConsumerStory, messages_are_told_apart_by_producer_and_sequence) {
    open(9);
    const MessageId seen{.text_view = "shown to people",
                         .producer_id = id(1).producer_id,
                         .producer_sequence_id = 1,
                         .broker_sequence_id = 4711};
    send(1);
    EXPECT_TRUE(consumer_.find_one(seen));
    for (const ProducerId& other :
         {ProducerId{.connection_id = "ID:d", .value = 1, .session_id = 1},
          ProducerId{.connection_id = "ID:c", .value = 2, .session_id = 1},
          ProducerId{.connection_id = "ID:c", .value = 1, .session_id = 2}}) {
        EXPECT_FALSE(
            consumer_.find_one(MessageId{.producer_id = other, .producer_sequence_id = 1}));
    }
}

// ---- failed deliveries when the consumer goes: 11.6

TEST_F(ConsumerStory, all_count_as_failed_when_nobody_knows_what_was_seen) {
    open(3);
    std::ignore = sent();
    EXPECT_THAT(failed(RemoveInfo::kUnknownDelivered), ElementsAre(1, 2, 3));
}

TEST_F(ConsumerStory, none_counts_as_failed_when_nothing_was_seen) {
    open(3);
    std::ignore = sent();
    EXPECT_THAT(failed(RemoveInfo::kNoneDelivered), IsEmpty());
}

TEST_F(ConsumerStory, those_up_to_the_last_one_seen_count_as_failed) {
    open(4);
    std::ignore = sent();
    acknowledge(1, 1);
    EXPECT_THAT(failed(103), ElementsAre(2, 3));
    EXPECT_THAT(failed(104), ElementsAre(2, 3, 4));
}

TEST_F(ConsumerStory, none_counts_as_failed_when_the_last_one_seen_is_not_in_flight) {
    open(3);
    std::ignore = sent();
    acknowledge(2, 2);
    EXPECT_THAT(failed(102), IsEmpty());
    EXPECT_THAT(failed(999), IsEmpty());
}

TEST_F(ConsumerStory, order_of_dispatch_decides_what_the_last_one_seen_covers) {
    open(3);
    for (const int number : {3, 1, 2}) send(number);
    EXPECT_THAT(failed(101), ElementsAre(3, 1));
}

}  // namespace
}  // namespace tern::openwire
