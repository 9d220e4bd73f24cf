#include "client/deliveries.h"

#include "protocol/openwire/codec/id_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tern::client {
namespace {

using openwire::AckType;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Mode = Deliveries::Mode;

/// Plays a consumer: messages are numbers, acknowledgements are words.
class DeliveriesTest : public ::testing::Test {
protected:
    Deliveries& open(Mode mode, int prefetch, const RedeliveryPolicy& policy = {.delay = {}}) {
        return deliveries.emplace(mode, prefetch, policy);
    }

    static Delivery delivery(int number) {
        Delivery made;
        made.message.id = fmt::format("c:1:1:{}", number);
        made.message.body = std::to_string(number);
        made.destination = {.type = openwire::DataType::queue, .physical_name = "Q"};
        made.id = {.producer_id = openwire::ProducerId{"c", 1, 1},
                   .producer_sequence_id = number,
                   .broker_sequence_id = 100 + number};
        return made;
    }
    /// With a connection that may be lost, and is.
    Deliveries& open_audited(Mode mode) {
        return deliveries.emplace(mode, 100, RedeliveryPolicy{.delay = {}}, &audit);
    }
    void lose() {
        deliveries->connection_lost();
        audit.connection_lost();
    }
    void arrive(int first, int last) {
        for (int i = first; i <= last; ++i) deliveries->arrived(delivery(i));
    }
    /// The body of the next message, "-" for none.
    std::string next() {
        const Message* const message = deliveries->next(now, acks);
        return message == nullptr ? "-" : *message->text();
    }
    void take(int count) {
        for (int i = 0; i < count; ++i) ASSERT_NE(next(), "-");
    }

    /// What was acknowledged since the last call, as "type first-last xcount [in transaction]".
    std::vector<std::string> acked() {
        std::vector<std::string> words;
        for (const Ack& ack : std::exchange(acks, {})) {
            const auto& command = ack.command;
            const auto number = [](const std::optional<openwire::MessageId>& id) {
                return id ? std::to_string(id->producer_sequence_id) : "null";
            };
            words.push_back(fmt::format("{} {}-{} x{}{}", name(command.ack_type),
                                        number(command.first_message_id),
                                        number(command.last_message_id), command.message_count,
                                        ack.in_transaction ? " tx" : ""));
        }
        return words;
    }
    static std::string_view name(AckType type) {
        switch (type) {
            case AckType::delivered:
                return "delivered";
            case AckType::poison:
                return "poison";
            case AckType::standard:
                return "standard";
            case AckType::redelivered:
                return "redelivered";
            case AckType::individual:
                return "individual";
            case AckType::unmatched:
                return "unmatched";
            case AckType::expired:
                return "expired";
        }
        return "?";
    }

    Audit audit;
    std::optional<Deliveries> deliveries;
    Deliveries::Now now{Timestamp(seconds(1000)), Deliveries::Instant(seconds(50))};
    Acks acks;
};

TEST_F(DeliveriesTest, AutomaticAcknowledgesEachMessage) {
    open(Mode::automatic, 4);
    EXPECT_EQ(deliveries->ready_at(), std::nullopt);
    arrive(1, 10);
    EXPECT_LE(deliveries->ready_at(), now.steady);
    for (int i = 1; i <= 10; ++i) {
        EXPECT_EQ(next(), std::to_string(i));
        EXPECT_EQ(*deliveries->take_newest(acks).text(), std::to_string(i));
        EXPECT_THAT(acked(), ElementsAre(fmt::format("standard {0}-{0} x1", i)));
    }
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(deliveries->last_delivered_sequence_id(), 110);
}

TEST_F(DeliveriesTest, NothingDeliveredIsMinusOne) {
    open(Mode::automatic, 4);
    arrive(1, 1);
    EXPECT_EQ(deliveries->last_delivered_sequence_id(), -1);
}

TEST_F(DeliveriesTest, ClientWidensTheWindowAtHalfOfIt) {
    open(Mode::client, 4);
    arrive(1, 9);
    take(2);
    EXPECT_THAT(acked(), IsEmpty());
    take(2);  // asks for more when the third is wanted
    EXPECT_THAT(acked(), ElementsAre("delivered 1-2 x2"));
    take(1);
    EXPECT_THAT(acked(), ElementsAre("delivered 3-4 x2"));
    deliveries->acknowledge_all(acks);
    EXPECT_THAT(acked(), ElementsAre("standard 1-5 x5"));
    take(2);
    EXPECT_THAT(acked(), IsEmpty());  // the window is as it was at first
    take(1);
    EXPECT_THAT(acked(), ElementsAre("delivered 6-7 x2"));
}

TEST_F(DeliveriesTest, AcknowledgingNothingSaysNothing) {
    open(Mode::client, 4);
    deliveries->acknowledge_all(acks);
    deliveries->rolled_back(now, acks);
    EXPECT_THAT(acked(), IsEmpty());
}

TEST_F(DeliveriesTest, IndividualNamesTheLastOnly) {
    open(Mode::individual, 100);
    arrive(1, 3);
    take(3);
    EXPECT_TRUE(deliveries->acknowledge_one("c:1:1:2", acks));
    EXPECT_FALSE(deliveries->acknowledge_one("c:1:1:2", acks));
    EXPECT_FALSE(deliveries->acknowledge_one("c:1:1:4", acks));
    EXPECT_THAT(acked(), ElementsAre("individual null-2 x1"));
    EXPECT_EQ(deliveries->delivered(), 2U);
}

TEST_F(DeliveriesTest, IndividualCountsAsTheBrokerDoes) {
    open(Mode::individual, 4);
    arrive(1, 8);
    take(3);
    EXPECT_THAT(acked(), ElementsAre("delivered 1-2 x2"));
    // The broker takes one off its extension for whatever is acknowledged.
    EXPECT_TRUE(deliveries->acknowledge_one("c:1:1:3", acks));
    EXPECT_THAT(acked(), ElementsAre("individual null-3 x1"));
    take(1);
    EXPECT_THAT(acked(), IsEmpty());
    take(1);
    EXPECT_THAT(acked(), ElementsAre("delivered 2-4 x2"));
}

TEST_F(DeliveriesTest, TransactedAcknowledgesAtCommit) {
    open(Mode::transacted, 4);
    arrive(1, 5);
    take(3);
    EXPECT_THAT(acked(), ElementsAre("delivered 1-2 x2 tx"));
    deliveries->acknowledge_all(acks);
    EXPECT_THAT(acked(), ElementsAre("standard 1-3 x3 tx"));
    EXPECT_EQ(deliveries->delivered(), 3U);
    deliveries->committed();
    EXPECT_EQ(deliveries->delivered(), 0U);
    EXPECT_EQ(next(), "4");
}

TEST_F(DeliveriesTest, RollbackRedeliversInOrder) {
    open(Mode::transacted, 100);
    arrive(1, 3);
    take(2);
    deliveries->rolled_back(now, acks);
    EXPECT_THAT(acked(), ElementsAre("redelivered 1-2 x2"));
    const Message* const message = deliveries->next(now, acks);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(*message->text(), "1");
    EXPECT_EQ(message->redelivery_count, 1);
    EXPECT_EQ(next(), "2");
    EXPECT_EQ(next(), "3");
    EXPECT_EQ(deliveries->delivered(), 3U);
}

TEST_F(DeliveriesTest, RollbackPausesForTheDelay) {
    open(Mode::transacted, 100,
         {.delay = seconds(1), .delay_multiplier = 2, .delay_max = seconds(3)});
    arrive(1, 2);
    for (const int pause : {1, 2, 3, 3}) {
        take(1);
        deliveries->rolled_back(now, acks);
        EXPECT_EQ(deliveries->ready_at(), now.steady + seconds(pause));
        now.steady += seconds(pause) - milliseconds(1);
        EXPECT_EQ(next(), "-");
        now.steady += milliseconds(1);
    }
    EXPECT_EQ(next(), "1");
}

TEST_F(DeliveriesTest, WhatIsRolledBackTooOftenIsPoison) {
    open(Mode::transacted, 100, {.redeliveries_max = 1, .delay = {}});
    arrive(1, 2);
    take(2);
    deliveries->rolled_back(now, acks);
    arrive(3, 4);
    take(4);
    acks.clear();
    deliveries->rolled_back(now, acks);
    EXPECT_EQ(acks.front().cause, "rolled back 2 times, redelivery is limited to 1");
    EXPECT_THAT(acked(), ElementsAre("poison 1-2 x2", "redelivered 3-4 x2"));
    EXPECT_EQ(next(), "3");
    EXPECT_EQ(next(), "4");
    EXPECT_EQ(next(), "-");
}

TEST_F(DeliveriesTest, PoisonBetweenOthersIsTakenOutAlone) {
    open(Mode::client, 100, {.redeliveries_max = 1, .delay = {}});
    arrive(1, 1);
    Delivery tired = delivery(2);
    tired.message.redelivery_count = 1;
    deliveries->arrived(std::move(tired));
    arrive(3, 3);
    take(3);
    deliveries->rolled_back(now, acks);
    EXPECT_THAT(acked(), ElementsAre("poison 2-2 x1", "redelivered 1-3 x2"));
}

TEST_F(DeliveriesTest, RedeliveryWithoutLimit) {
    open(Mode::client, 100, {.redeliveries_max = -1, .delay = {}});
    arrive(1, 1);
    for (int i = 0; i < 50; ++i) {
        take(1);
        deliveries->rolled_back(now, acks);
    }
    const Message* const message = deliveries->next(now, acks);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->redelivery_count, 50);
}

TEST_F(DeliveriesTest, ExpiredMessagesAreSkipped) {
    open(Mode::client, 100);
    for (const int offset : {-1, 0, -1, 1}) {
        Delivery aged = delivery(offset + 5);
        aged.message.expiration = now.wall + milliseconds(offset);
        deliveries->arrived(std::move(aged));
    }
    EXPECT_EQ(next(), "5");
    EXPECT_EQ(next(), "6");
    EXPECT_EQ(next(), "-");
    EXPECT_THAT(acked(), ElementsAre("expired 4-4 x1", "expired 4-4 x1"));
}

TEST_F(DeliveriesTest, BrowsersAcknowledgeToSeeMore) {
    open(Mode::browse, 4);
    Delivery expired = delivery(1);
    expired.message.expiration = now.wall - seconds(1);
    deliveries->arrived(std::move(expired));
    arrive(2, 6);
    for (int i = 1; i <= 6; ++i) {
        EXPECT_EQ(next(), std::to_string(i));
        EXPECT_EQ(*deliveries->take_newest(acks).text(), std::to_string(i));
    }
    EXPECT_THAT(acked(), ElementsAre("standard 1-2 x2", "standard 3-4 x2"));
}

TEST_F(DeliveriesTest, WithoutPrefetchThereIsNoWindow) {
    open(Mode::client, 0);
    arrive(1, 5);
    take(5);
    EXPECT_THAT(acked(), IsEmpty());
}

TEST_F(DeliveriesTest, WhatWasDoneWithBeforeALossIsAcknowledgedAlone) {
    open_audited(Mode::automatic);
    arrive(1, 3);
    take(1);
    std::ignore = deliveries->take_newest(acks);
    EXPECT_THAT(acked(), ElementsAre("standard 1-1 x1"));
    lose();
    EXPECT_EQ(next(), "-");
    arrive(1, 3);
    EXPECT_EQ(next(), "2");
    EXPECT_THAT(acked(), ElementsAre("individual null-1 x1"));
}

TEST_F(DeliveriesTest, OnTheSameConnectionNothingIsSuppressed) {
    open_audited(Mode::client);
    arrive(1, 1);
    take(1);
    deliveries->acknowledge_all(acks);
    arrive(1, 1);  // sent anew under the same id
    EXPECT_EQ(next(), "1");
}

TEST_F(DeliveriesTest, AcknowledgedAfterTheLoss) {
    open_audited(Mode::client);
    arrive(1, 4);
    take(2);
    lose();
    EXPECT_EQ(deliveries->missing(), 2U);
    arrive(1, 4);  // even if it is back already
    deliveries->acknowledge_all(acks);
    EXPECT_THAT(acked(), IsEmpty());
    EXPECT_EQ(next(), "3");
    EXPECT_THAT(acked(), ElementsAre("individual null-1 x1", "individual null-2 x1"));

    open_audited(Mode::individual);
    arrive(5, 6);
    take(2);
    lose();
    EXPECT_TRUE(deliveries->acknowledge_one("c:1:1:5", acks));
    EXPECT_FALSE(deliveries->acknowledge_one("c:1:1:5", acks));
    arrive(5, 6);
    EXPECT_EQ(next(), "6");
    EXPECT_THAT(acked(), ElementsAre("individual null-5 x1"));
}

TEST_F(DeliveriesTest, NotAcknowledgedBeforeTheLossComesAgain) {
    open_audited(Mode::client);
    arrive(1, 2);
    take(2);
    lose();
    deliveries->rolled_back(now, acks);
    EXPECT_EQ(deliveries->missing(), 0U);
    arrive(1, 2);
    EXPECT_EQ(next(), "1");
    EXPECT_EQ(next(), "2");
}

TEST_F(DeliveriesTest, ATransactionGetsBackWhatItHad) {
    open_audited(Mode::transacted);
    arrive(1, 3);
    take(2);
    lose();
    EXPECT_EQ(deliveries->missing(), 2U);
    arrive(1, 1);
    EXPECT_EQ(deliveries->missing(), 1U);
    EXPECT_EQ(deliveries->delivered(), 1U);
    arrive(2, 3);
    EXPECT_EQ(deliveries->missing(), 0U);
    EXPECT_EQ(next(), "3");
    deliveries->acknowledge_all(acks);
    EXPECT_THAT(acked(), ElementsAre("standard 1-3 x3 tx"));

    lose();
    deliveries->rolled_back(now, acks);
    EXPECT_EQ(deliveries->missing(), 0U);
    arrive(1, 3);
    EXPECT_EQ(next(), "1");
}

TEST(AuditTest, ForgetsTheOldest) {
    Audit audit;
    for (std::size_t i = 0; i <= Audit::kKeysMax; ++i) audit.done(std::to_string(i));
    audit.connection_lost();
    EXPECT_FALSE(audit.was_done("0"));
    EXPECT_TRUE(audit.was_done("1"));
    EXPECT_TRUE(audit.was_done(std::to_string(Audit::kKeysMax)));
}

}  // namespace
}  // namespace tern::client
