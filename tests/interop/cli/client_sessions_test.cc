// Acknowledgement, transactions, redelivery.

#include "client_fixture.h"

#include <condition_variable>
#include <future>
#include <mutex>

namespace tern::client::testing {
namespace {

using Texts = std::vector<std::string>;

class Sessions : public ClientTest {
protected:
    struct Receiving {
        Connection connection;
        Session session;
        Consumer consumer;
    };
    Receiving receiving(AckMode mode, const ConsumerOptions& with = {},
                        ConnectionOptions connecting = options()) const {
        auto connection = connect(std::move(connecting));
        auto session = good(connection.create_session({.ack_mode = mode}));
        auto consumer = good(session.create_consumer(queue, with));
        return {std::move(connection), std::move(session), std::move(consumer)};
    }
};

TEST_F(Sessions, AutomaticAcknowledgesWhatWasReceived) {
    send(numbers(5));
    {
        auto [connection, session, consumer] = receiving(AckMode::automatic);
        EXPECT_EQ(next_texts(consumer, 3), numbers(3));
    }
    EXPECT_EQ(waiting(), numbers(2, 3));
}

TEST_F(Sessions, WhatWasNotReceivedIsNotMarkedRedelivered) {
    send(numbers(4));
    {
        auto [connection, session, consumer] = receiving(AckMode::client);
        EXPECT_EQ(next_texts(consumer, 2), numbers(2));
    }
    auto [connection, session, consumer] = receiving(AckMode::automatic);
    for (const bool redelivered : {true, true, false, false}) {
        const Message message = next(consumer);
        EXPECT_EQ(message.redelivered(), redelivered) << text_of(message);
    }
}

TEST_F(Sessions, ClientAcknowledgesAllThatWasReceived) {
    send(numbers(5));
    {
        auto [connection, session, consumer] = receiving(AckMode::client);
        EXPECT_EQ(next_texts(consumer, 3), numbers(3));
        good(session.acknowledge());
        EXPECT_EQ(next_text(consumer), "3");
    }
    EXPECT_EQ(waiting(), (Texts{"3", "4"}));
}

TEST_F(Sessions, ClientMayReceiveMoreThanThePrefetch) {
    for (const int prefetch : {1, 2, 3, 10}) {
        SCOPED_TRACE(prefetch);
        send(numbers(50));
        auto [connection, session, consumer] = receiving(AckMode::client, {.prefetch = prefetch});
        EXPECT_EQ(next_texts(consumer, 30), numbers(30));
        good(session.acknowledge());
        EXPECT_EQ(next_texts(consumer, 20), numbers(20, 30));
        good(session.acknowledge());
        good(connection.close());
        EXPECT_EQ(waiting(), Texts());
    }
}

TEST_F(Sessions, IndividualAcknowledgesOneByOne) {
    send(numbers(6));
    {
        auto [connection, session, consumer] = receiving(AckMode::individual);
        std::vector<Message> received;
        for (int i = 0; i < 6; ++i) received.push_back(next(consumer));
        for (const int i : {4, 0, 2}) good(consumer.acknowledge(received.at(i)));
        const auto again = consumer.acknowledge(received[0]);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error(), Errc::bad_argument);
    }
    EXPECT_EQ(waiting(), (Texts{"1", "3", "5"}));
}

TEST_F(Sessions, IndividualIsNotStalledByWhatItKeeps) {
    send(numbers(40));
    auto [connection, session, consumer] = receiving(AckMode::individual, {.prefetch = 4});
    for (int i = 0; i < 40; ++i) {
        const Message message = next(consumer);
        EXPECT_EQ(text_of(message), std::to_string(i));
        if (i % 4 == 0) good(consumer.acknowledge(message));
    }
}

TEST_F(Sessions, RecoverBringsMessagesAgain) {
    send(numbers(4));
    auto [connection, session, consumer] = receiving(AckMode::client);
    EXPECT_EQ(next_texts(consumer, 2), numbers(2));
    good(session.recover());
    const Message again = next(consumer);
    EXPECT_EQ(text_of(again), "0");
    EXPECT_EQ(again.redelivery_count, 1);
    EXPECT_EQ(next_texts(consumer, 3), numbers(3, 1));
    good(session.acknowledge());
    good(connection.close());
    EXPECT_EQ(waiting(), Texts());
}

TEST_F(Sessions, CommitMakesSentMessagesVisible) {
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::transacted}));
    auto producer = good(session.create_producer(queue));
    for (const auto& text : numbers(3)) good(producer.send({.body = text}));
    EXPECT_EQ(waiting(), Texts());
    good(session.commit());
    EXPECT_EQ(waiting(), numbers(3));
    good(producer.send({.body = "never"}));
    good(session.rollback());
    good(producer.send({.body = "3"}));
    good(session.commit());
    EXPECT_EQ(waiting(), numbers(4));
    good(session.commit());  // of nothing
}

TEST_F(Sessions, RollbackBringsReceivedMessagesAgain) {
    send(numbers(4));
    auto [connection, session, consumer] = receiving(AckMode::transacted, {.prefetch = 2});
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 3; ++i) {
            const Message message = next(consumer);
            EXPECT_EQ(text_of(message), std::to_string(i));
            EXPECT_EQ(message.redelivery_count, round);
        }
        good(session.rollback());
    }
    EXPECT_EQ(next_texts(consumer, 4), numbers(4));
    good(session.commit());
    good(connection.close());
    EXPECT_EQ(waiting(), Texts());
}

TEST_F(Sessions, ReceivedAndSentCommitTogether) {
    send(numbers(2));
    {
        auto [connection, session, consumer] = receiving(AckMode::transacted);
        auto producer = good(session.create_producer(queue));
        EXPECT_EQ(next_text(consumer), "0");
        good(producer.send({.body = "answer"}));
        good(session.rollback());
        EXPECT_EQ(next_text(consumer), "0");
        good(producer.send({.body = "answer"}));
        good(session.commit());
    }
    EXPECT_EQ(waiting(), (Texts{"1", "answer"}));
}

TEST_F(Sessions, ConsumerClosedInATransaction) {
    for (const bool commits : {false, true}) {
        send(numbers(2));
        auto [connection, session, consumer] = receiving(AckMode::transacted);
        EXPECT_EQ(next_texts(consumer, 2), numbers(2));
        good(consumer.close());
        good(commits ? session.commit() : session.rollback());
        EXPECT_EQ(waiting(), commits ? Texts() : numbers(2));
        if (commits) continue;
        auto again = good(session.create_consumer(queue));
        const Message message = next(again);
        EXPECT_EQ(text_of(message), "0");
        EXPECT_EQ(message.redelivery_count, 1);
        EXPECT_EQ(next_text(again), "1");
        good(session.commit());
    }
}

TEST_F(Sessions, UncommittedIsRolledBackWithTheConnection) {
    send(numbers(2));
    {
        auto [connection, session, consumer] = receiving(AckMode::transacted);
        auto producer = good(session.create_producer(queue));
        EXPECT_EQ(next_text(consumer), "0");
        good(producer.send({.body = "never"}));
        good(connection.close());
    }
    EXPECT_EQ(waiting(), numbers(2));
}

TEST_F(Sessions, PoisonGoesToTheDeadLetterQueue) {
    const std::string mark = queue.name;
    send({mark, "good"});
    ConnectionOptions twice = options();
    twice.redelivery.redeliveries_max = 2;
    auto [connection, session, consumer] = receiving(AckMode::transacted, {}, twice);
    for (int delivery = 0; delivery <= 2; ++delivery) {
        const Message message = next(consumer);
        EXPECT_EQ(text_of(message), mark);
        EXPECT_EQ(message.redelivery_count, delivery);
        good(session.rollback());
    }
    EXPECT_EQ(next_text(consumer), "good");
    good(session.commit());

    const auto dead = browse(Destination::queue("ActiveMQ.DLQ"));
    const auto letter = std::ranges::find_if(
        dead, [&mark](const Message& message) { return text_of(message) == mark; });
    ASSERT_NE(letter, dead.end());
    EXPECT_EQ(letter->original_destination, queue);
    const Value* const cause = letter->properties.find("dlqDeliveryFailureCause");
    ASSERT_NE(cause, nullptr);
    ASSERT_NE(cause->as<std::string>(), nullptr);
    EXPECT_NE(cause->as<std::string>()->find("rolled back 3 times"), std::string::npos);
    auto cleaner = good(session.create_consumer(Destination::queue("ActiveMQ.DLQ")));
    while (next_text(cleaner) != mark) {
    }
    good(session.commit());
}

TEST_F(Sessions, ListenersRunInOrderAndFailuresComeAgain) {
    send(numbers(100));
    auto [connection, session, consumer] = receiving(AckMode::automatic);
    std::mutex mutex;
    std::condition_variable changed;
    Texts heard;
    int failures = 0;
    good(consumer.set_listener([&](const Message& message) {
        const std::lock_guard lock(mutex);
        if (text_of(message) == "5" && message.redelivery_count < 2) {
            ++failures;
            throw std::runtime_error("not yet");
        }
        heard.push_back(text_of(message));
        changed.notify_all();
    }));
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, kLong, [&] { return heard.size() == 100; }));
    EXPECT_EQ(heard, numbers(100));
    EXPECT_EQ(failures, 2);
    lock.unlock();
    const auto received = consumer.receive_no_wait();
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error(), Errc::wrong_mode);
    good(connection.close());
    EXPECT_EQ(waiting(), Texts());
}

TEST_F(Sessions, AListenerMayCommit) {
    send(numbers(10));
    auto [connection, session, consumer] = receiving(AckMode::transacted);
    const Destination answers = Destination::queue(queue.name + ".ANSWERS");
    auto producer = good(session.create_producer(answers));
    std::promise<void> last;
    Session& own = session;
    good(consumer.set_listener([&](const Message& question) {
        good(producer.send({.body = text_of(question) + "!"}));
        good(own.commit());
        EXPECT_EQ(own.close().error(), Errc::wrong_mode);
        if (text_of(question) == "9") last.set_value();
    }));
    EXPECT_EQ(last.get_future().wait_for(kLong), std::future_status::ready);
    good(connection.close());
    EXPECT_EQ(waiting(), Texts());
    EXPECT_EQ(browse(answers).size(), 10U);
}

TEST_F(Sessions, PullsWithoutPrefetch) {
    auto [connection, session, consumer] = receiving(AckMode::automatic, {.prefetch = 0});
    EXPECT_EQ(good(consumer.receive_no_wait()), std::nullopt);
    EXPECT_EQ(good(consumer.receive(milliseconds(1))), std::nullopt);
    send(numbers(3));
    EXPECT_EQ(next_text(consumer), "0");
    EXPECT_EQ(text_of(*good(consumer.receive_no_wait())), "1");
    EXPECT_EQ(waiting(), Texts{"2"});
    EXPECT_EQ(text_of(good(consumer.receive())), "2");
}

TEST_F(Sessions, CallsThatDoNotFitTheMode) {
    auto connection = connect();
    auto session = good(connection.create_session());
    EXPECT_EQ(session.commit().error(), Errc::wrong_mode);
    EXPECT_EQ(session.rollback().error(), Errc::wrong_mode);
    EXPECT_EQ(session.acknowledge().error(), Errc::wrong_mode);
    EXPECT_EQ(session.recover().error(), Errc::wrong_mode);
    auto consumer = good(session.create_consumer(queue));
    EXPECT_EQ(consumer.acknowledge({}).error(), Errc::wrong_mode);
    good(session.close());
    EXPECT_EQ(session.create_consumer(queue).error(), Errc::closed);
    EXPECT_EQ(consumer.receive_no_wait().error(), Errc::closed);
}

}  // namespace
}  // namespace tern::client::testing
