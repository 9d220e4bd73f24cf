// What a real broker would do too rarely: loss, silence, refusals at the wrong moment.

#include "client/connection.h"

#include "client/fake_broker_fixture.h"
#include "protocol/openwire/codec/id_text.h"

#include <gtest/gtest.h>

#include <future>

namespace tern::client::testing {
namespace {

using openwire::DataType;

constexpr milliseconds kLong{60'000};
constexpr milliseconds kShort{1};

class ConnectionTest : public ::testing::Test {
protected:
    template <class T>
    static T good(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }

    Connection connect(ConnectionOptions options = {}) {
        return good(Connection::adopt(broker.client_socket(), std::move(options)));
    }
    void dispatch(const openwire::ConsumerId& consumer, int number) {
        broker.send(openwire::MessageDispatch{
            .consumer_id = consumer,
            .destination = kQueue,
            .message = openwire::Message{.destination = kQueue,
                                         .message_id = openwire::MessageId{
                                             .producer_id = openwire::ProducerId{"other", 1, 1},
                                             .producer_sequence_id = number,
                                             .broker_sequence_id = number}}});
    }

    static constexpr openwire::Destination kQueue{DataType::queue, "Q"};
    const Destination queue = Destination::queue("Q");
    FakeBroker broker;
};

TEST_F(ConnectionTest, LogsInAndOutInGoodOrder) {
    auto connection = connect({.user = "u", .password = "p", .client_id = "me"});
    const auto info = broker.expect<openwire::ConnectionInfo>();
    EXPECT_EQ(info.user_name, "u");
    EXPECT_EQ(info.password, "p");
    EXPECT_EQ(info.client_id, "me");
    EXPECT_TRUE(info.manageable);
    EXPECT_TRUE(info.connection_id->value.view().starts_with("ID:"));

    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    const auto subscribed = broker.expect<openwire::ConsumerInfo>();
    dispatch(*subscribed.consumer_id, 1);
    dispatch(*subscribed.consumer_id, 2);
    EXPECT_EQ(good(consumer.receive()).id, "other:1:1:1");
    const auto ack = broker.expect<openwire::MessageAck>();
    EXPECT_EQ(ack.ack_type, openwire::AckType::standard);
    EXPECT_EQ(to_text(*ack.last_message_id), "other:1:1:1");

    good(connection.close());
    const auto left = broker.expect<openwire::RemoveInfo>();
    EXPECT_EQ(left.object_id, openwire::ObjectId(*subscribed.consumer_id));
    EXPECT_EQ(left.last_delivered_sequence_id, 1);
    const auto gone = broker.expect<openwire::RemoveInfo>();
    EXPECT_EQ(gone.object_id, openwire::ObjectId(*info.connection_id));
    EXPECT_TRUE(gone.response_required);
    std::ignore = broker.expect<openwire::ShutdownInfo>();
}

TEST_F(ConnectionTest, RefusedLoginsCarryTheReason) {
    broker.refuse(DataType::connection_info, "java.lang.SecurityException", "wrong password");
    const auto refused = Connection::adopt(broker.client_socket());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Errc::refused);
    EXPECT_EQ(refused.error().message(),
              "refused by the broker: java.lang.SecurityException: wrong password");
}

TEST_F(ConnectionTest, SilentBrokersAreGivenUp) {
    broker.ignore(DataType::connection_info);
    const auto silent = Connection::adopt(broker.client_socket(), {.connect_timeout = kShort});
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error(), Errc::timed_out);
}

TEST(ConnectionGreetingTest, OtherProtocolsAreRecognised) {
    FakeBroker http({.greeting = "HTTP/1.1 400 Bad Request\r\n\r\n"});
    EXPECT_EQ(Connection::adopt(http.client_socket()).error(), Errc::protocol_error);
}

TEST_F(ConnectionTest, LossEndsEveryWait) {
    std::promise<Error> reported;
    auto connection = connect({.on_error = [&](const Error& error) { reported.set_value(error); }});
    broker.ignore(DataType::message);
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    auto consumer = good(session.create_consumer(queue));
    auto other_session = good(connection.create_session());
    auto other = good(other_session.create_producer(queue));
    std::promise<Error> completed;
    good(other.send_async(
        {}, [&](const Result<void>& result) { completed.set_value(result.error()); }));
    auto sending = std::async(std::launch::async, [&] { return producer.send({}); });
    auto flushing = std::async(std::launch::async, [&] { return other_session.flush(); });
    auto receiving = std::async(std::launch::async, [&] { return consumer.receive(); });
    std::ignore = broker.expect<openwire::Message>();
    std::ignore = broker.expect<openwire::Message>();
    broker.hang_up();
    EXPECT_EQ(sending.get().error(), Errc::connection_lost);
    EXPECT_EQ(flushing.get().error(), Errc::connection_lost);
    EXPECT_EQ(receiving.get().error(), Errc::connection_lost);
    EXPECT_EQ(completed.get_future().get(), Errc::connection_lost);
    EXPECT_EQ(reported.get_future().get(), Errc::connection_lost);
    EXPECT_EQ(producer.send({}).error(), Errc::connection_lost);
    EXPECT_EQ(other.send_async({}).error(), Errc::connection_lost);
    good(connection.close());
}

TEST_F(ConnectionTest, ErrorsWithoutACallAreReported) {
    std::promise<Error> reported;
    auto connection = connect({.on_error = [&](const Error& error) { reported.set_value(error); }});
    broker.send(openwire::ConnectionError{
        .exception = openwire::Throwable{.class_name = "javax.jms.JMSException", .message = "x"}});
    const Error error = reported.get_future().get();
    EXPECT_EQ(error, Errc::refused);
    EXPECT_EQ(error.exception_class, "javax.jms.JMSException");
}

TEST_F(ConnectionTest, AnswersMayBeLate) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    broker.ignore(DataType::message);
    EXPECT_EQ(producer.send({}, kShort).error(), Errc::timed_out);
    const auto late = broker.expect<openwire::Message>();
    broker.send(openwire::Response{.correlation_id = late.command_id});
    good(producer.close());
    good(session.create_producer(queue));  // answered behind the late one
}

TEST_F(ConnectionTest, KeepAlivesAreAnswered) {
    auto connection = connect();
    broker.send(openwire::KeepAliveInfo{.command_id = 77, .response_required = true});
    const auto answer = broker.expect<openwire::KeepAliveInfo>();
    EXPECT_EQ(answer.command_id, 77);
    EXPECT_FALSE(answer.response_required);
}

TEST(ConnectionSilenceTest, TheLineIsKeptAlive) {
    FakeBroker broker({.inactivity = milliseconds(900)});
    auto connection = Connection::adopt(broker.client_socket(), {.inactivity_initial_delay = {}});
    ASSERT_TRUE(connection);
    std::ignore = broker.expect<openwire::KeepAliveInfo>();
}

TEST(ConnectionSilenceTest, DeathIsNoticed) {
    FakeBroker broker({.inactivity = milliseconds(50)});
    std::promise<Error> reported;
    auto connection = Connection::adopt(
        broker.client_socket(), {.on_error = [&](const Error& error) { reported.set_value(error); },
                                 .inactivity_initial_delay = {}});
    EXPECT_EQ(reported.get_future().get(), Errc::connection_lost);
}

TEST_F(ConnectionTest, AnUnansweredCommitLeavesDoubt) {
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::transacted}));
    auto producer = good(session.create_producer(queue));
    broker.ignore(DataType::transaction_info);
    good(producer.send({}));
    auto committing = std::async(std::launch::async, [&] { return session.commit(); });
    using openwire::TransactionOperation;
    while (broker.expect<openwire::TransactionInfo>().operation !=
           TransactionOperation::commit_one_phase) {
    }
    broker.hang_up();
    const auto committed = committing.get();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error(), Errc::connection_lost);
    EXPECT_TRUE(committed.error().text.ends_with("; the outcome of the transaction is unknown"));
    EXPECT_EQ(producer.send({}).error().text, committed.error().text);
    EXPECT_EQ(session.commit().error().text, committed.error().text);
    EXPECT_EQ(session.rollback().error().text, committed.error().text);
}

TEST_F(ConnectionTest, ARefusedCommitRollsBack) {
    auto connection = connect({.redelivery = {.delay = {}}});
    auto session = good(connection.create_session({.ack_mode = AckMode::transacted}));
    auto consumer = good(session.create_consumer(queue));
    dispatch(*broker.expect<openwire::ConsumerInfo>().consumer_id, 1);
    EXPECT_EQ(good(consumer.receive()).redelivery_count, 0);
    EXPECT_EQ(broker.expect<openwire::TransactionInfo>().operation,
              openwire::TransactionOperation::begin);
    broker.refuse(DataType::transaction_info, "javax.jms.TransactionRolledBackException", "no");
    EXPECT_EQ(session.commit().error(), Errc::refused);
    const auto ack = broker.expect<openwire::MessageAck>();
    EXPECT_EQ(ack.ack_type, openwire::AckType::standard);
    EXPECT_TRUE(ack.transaction_id);
    EXPECT_EQ(broker.expect<openwire::MessageAck>().ack_type, openwire::AckType::redelivered);
    EXPECT_EQ(good(consumer.receive()).redelivery_count, 1);
}

TEST_F(ConnectionTest, TheBrokerMayCloseAConsumerOrChangeItsPrefetch) {
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::client}));
    auto consumer = good(session.create_consumer(queue));
    const auto id = broker.expect<openwire::ConsumerInfo>().consumer_id;
    broker.send(openwire::ConsumerControl{.consumer_id = id, .prefetch = 2});
    for (int i = 1; i <= 2; ++i) dispatch(*id, i);
    good(consumer.receive());
    good(consumer.receive());
    EXPECT_EQ(broker.expect<openwire::MessageAck>().ack_type, openwire::AckType::delivered);
    broker.send(openwire::ConsumerControl{.close = true, .consumer_id = id});
    EXPECT_EQ(consumer.receive().error(), Errc::closed);
}

TEST_F(ConnectionTest, ReceivingWaitsNoLongerThanAsked) {
    auto connection = connect({.redelivery = {.delay = kLong}});
    auto session = good(connection.create_session({.ack_mode = AckMode::client}));
    auto consumer = good(session.create_consumer(queue));
    EXPECT_EQ(good(consumer.receive_no_wait()), std::nullopt);
    EXPECT_EQ(good(consumer.receive(kShort)), std::nullopt);
    dispatch(*broker.expect<openwire::ConsumerInfo>().consumer_id, 1);
    EXPECT_TRUE(good(consumer.receive(kLong)));
    good(session.recover());
    EXPECT_EQ(good(consumer.receive(kShort)), std::nullopt);  // it comes after the delay
}

TEST_F(ConnectionTest, ManyThreadsSendAndReceive) {
    auto connection = connect();
    std::vector<std::future<void>> workers;
    for (int i = 0; i < 4; ++i) {
        workers.push_back(std::async(std::launch::async, [&] {
            auto session = good(connection.create_session({.unconfirmed_max = 10}));
            auto producer = good(session.create_producer(queue));
            for (int n = 0; n < 200; ++n) {
                good(n % 10 == 0 ? producer.send({.body = Blob(1000)})
                                 : producer.send_async({.body = "text"}));
            }
            good(session.flush());
        }));
    }
    for (auto& worker : workers) worker.get();
    good(connection.close());
}

TEST_F(ConnectionTest, SendersWaitWhileTheBrokerReadsNothing) {
    // More than sockets and queue hold together: without the wait it would all be in memory.
    constexpr std::size_t kBytes = std::size_t{1} << 20;
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue, {.confirm = Confirm::never}));
    for (int i = 0; i < 20; ++i) good(producer.send({.body = Blob(kBytes)}));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(broker.expect<openwire::Message>().content.view().size(), kBytes);
    }
}

}  // namespace
}  // namespace tern::client::testing
