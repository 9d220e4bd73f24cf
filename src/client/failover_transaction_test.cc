// What becomes of transactions when a connection with failover loses its broker.

#include "client/failover_fixture.h"
#include "protocol/openwire/codec/id_text.h"

namespace tern::client::testing {
namespace {

using openwire::AckType;
using openwire::DataType;
using openwire::TransactionOperation;

constexpr const char* kRolledBack = "javax.jms.TransactionRolledBackException";

class FailoverTransactionTest : public FailoverTest {
protected:
    FailoverTransactionTest()
        : connection(connect()),
          session(good(connection.create_session({.ack_mode = AckMode::transacted}))),
          producer(good(session.create_producer(queue))),
          consumer(good(session.create_consumer(queue))),
          subscribed(*first.expect<openwire::ConsumerInfo>().consumer_id) {}

    static std::int64_t number(const std::optional<openwire::TransactionId>& transaction) {
        return std::get<openwire::LocalTransactionId>(*transaction).value;
    }
    /// The next word about a transaction.
    static TransactionOperation word(FakeBroker& broker) {
        return broker.expect<openwire::TransactionInfo>().operation;
    }
    void await_second() { std::ignore = second.expect<openwire::ConsumerInfo>(); }

    Connection connection;
    Session session;
    Producer producer;
    Consumer consumer;
    openwire::ConsumerId subscribed;
};

TEST_F(FailoverTransactionTest, WhatWasSentIsSentAgain) {
    auto other = good(session.create_producer(queue));
    good(producer.send({.body = "a"}));
    good(other.send({.body = "b"}));
    good(session.flush());
    good(other.close());
    const auto began = first.expect<openwire::TransactionInfo>();
    const auto one = first.expect<openwire::Message>();
    const auto two = first.expect<openwire::Message>();
    lose();
    const auto began_again = second.expect<openwire::TransactionInfo>();
    EXPECT_EQ(began_again.operation, TransactionOperation::begin);
    EXPECT_EQ(began_again.transaction_id, began.transaction_id);
    EXPECT_EQ(second.expect<openwire::Message>().message_id, one.message_id);
    // Its producer is there for as long as it takes.
    const auto returned = second.expect<openwire::ProducerInfo>();
    EXPECT_EQ(returned.producer_id, two.producer_id);
    EXPECT_EQ(second.expect<openwire::Message>().message_id, two.message_id);
    EXPECT_EQ(second.expect<openwire::RemoveInfo>().object_id,
              openwire::ObjectId(*two.producer_id));
    good(producer.send({.body = "c"}));
    good(session.commit());
    EXPECT_EQ(number(second.expect<openwire::Message>().transaction_id),
              number(began.transaction_id));
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, WhatIsUnderWayIsSentOnce) {
    first.ignore(DataType::text_message);
    good(producer.send({.body = "a"}));
    std::ignore = first.expect<openwire::Message>();
    lose();
    good(session.commit());
    std::ignore = second.expect<openwire::Message>();
    // The commit comes next.
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, ACommitWithoutAnAnswerIsInDoubt) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(producer.send({.body = "a"}));
    EXPECT_EQ(word(first), TransactionOperation::begin);
    first.ignore(DataType::transaction_info);
    auto committing = std::async(std::launch::async, [&] { return session.commit(); });
    EXPECT_EQ(word(first), TransactionOperation::commit_one_phase);
    lose();
    const auto committed = committing.get();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error(), Errc::in_doubt);
    EXPECT_EQ(committed.error().exception_class, kRolledBack);

    // It had not happened, as it turns out; and nothing of it was sent again.
    await_second();
    dispatch(second, subscribed, 1, 1);
    EXPECT_EQ(good(consumer.receive()).redelivery_count, 1);
    EXPECT_EQ(word(second), TransactionOperation::begin);
    good(producer.send({.body = "b"}));
    good(session.commit());
    EXPECT_EQ(second.expect<openwire::Message>().message_id->producer_sequence_id, 2);
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, InDoubtAndComeBackBeforeAnybodyHeard) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    first.ignore(DataType::transaction_info);
    auto committing = std::async(std::launch::async, [&] { return session.commit(); });
    while (word(first) != TransactionOperation::commit_one_phase) {
    }
    lose();
    await_second();
    dispatch(second, subscribed, 1, 1);
    EXPECT_EQ(committing.get().error(), Errc::in_doubt);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(session.commit());
}

TEST_F(FailoverTransactionTest, WhatWasReceivedAndDidNotReturnRollsBack) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(producer.send({.body = "a"}));
    lose();
    await_second();
    const auto committed = session.commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error(), Errc::rolled_back);
    EXPECT_EQ(committed.error().exception_class, kRolledBack);
    EXPECT_EQ(word(second), TransactionOperation::begin);
    EXPECT_EQ(word(second), TransactionOperation::rollback);
    // The session goes on.
    dispatch(second, subscribed, 1, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(session.commit());
    EXPECT_EQ(word(second), TransactionOperation::begin);
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, WhatWasReceivedAndReturnedIsCommitted) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    lose();
    await_second();
    dispatch(second, subscribed, 1, 1);
    dispatch(second, subscribed, 2);
    // The application does not get it twice.
    EXPECT_EQ(good(consumer.receive()).id, id(2));
    good(session.commit());
    const auto ack = second.expect<openwire::MessageAck>();
    EXPECT_EQ(ack.ack_type, AckType::standard);
    EXPECT_EQ(to_text(*ack.first_message_id), id(1));
    EXPECT_EQ(to_text(*ack.last_message_id), id(2));
    EXPECT_EQ(ack.message_count, 2);
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, ARollbackIsDoneByTheLoss) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    EXPECT_EQ(word(first), TransactionOperation::begin);
    first.ignore(DataType::transaction_info);
    auto rolling = std::async(std::launch::async, [&] { return session.rollback(); });
    EXPECT_EQ(word(first), TransactionOperation::rollback);
    lose();
    good(rolling.get());
    await_second();
    dispatch(second, subscribed, 1, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(session.commit());
    EXPECT_EQ(word(second), TransactionOperation::begin);
    EXPECT_EQ(word(second), TransactionOperation::commit_one_phase);
}

TEST_F(FailoverTransactionTest, AConsumerClosedInATransactionKeepsIt) {
    dispatch(first, subscribed, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    good(consumer.close());
    lose();
    EXPECT_EQ(*second.expect<openwire::ConsumerInfo>().consumer_id, subscribed);
    EXPECT_EQ(session.commit().error(), Errc::rolled_back);
    EXPECT_EQ(second.expect<openwire::RemoveInfo>().object_id, openwire::ObjectId(subscribed));
}

}  // namespace
}  // namespace tern::client::testing
