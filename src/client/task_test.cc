#include "client/task.h"

#include "client/connection.h"
#include "client/fake_broker_fixture.h"

#include <gtest/gtest.h>

#include <future>

namespace tern::client::testing {
namespace {

class TaskTest : public ::testing::Test {
protected:
    template <class T>
    static T good(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }
    void dispatch(const openwire::ConsumerId& receiver, int number) {
        constexpr openwire::Destination kQueue{openwire::DataType::queue, "Q"};
        broker.send(openwire::MessageDispatch{
            .consumer_id = receiver,
            .destination = kQueue,
            .message = openwire::Message{.destination = kQueue,
                                         .message_id = openwire::MessageId{
                                             .producer_id = openwire::ProducerId{"other", 1, 1},
                                             .producer_sequence_id = number}}});
    }

    FakeBroker broker;
    Connection connection = good(Connection::adopt(broker.client_socket()));
    Session session = good(connection.create_session());
    Consumer consumer = good(session.create_consumer(Destination::queue("Q")));
    openwire::ConsumerId id = *broker.expect<openwire::ConsumerInfo>().consumer_id;
};

/// Counts what it receives, and ends after so many.
Task take(Consumer& consumer, int count, int& taken) {
    while (taken < count) {
        const auto message = co_await consumer.next();
        if (!message) co_return std::unexpected(message.error());
        ++taken;
    }
    co_return {};
}

TEST_F(TaskTest, ReceivesOneByOne) {
    int taken = 0;
    good(session.spawn(take(consumer, 100, taken)));
    for (int i = 1; i <= 100; ++i) dispatch(id, i);
    good(session.join());
    EXPECT_EQ(taken, 100);
    for (int i = 0; i < 100; ++i) std::ignore = broker.expect<openwire::MessageAck>();
}

TEST_F(TaskTest, SeveralShareTheirThread) {
    auto other = good(session.create_consumer(Destination::queue("Q")));
    const auto other_id = *broker.expect<openwire::ConsumerInfo>().consumer_id;
    int one = 0;
    int two = 0;
    good(session.spawn(take(consumer, 50, one)));
    good(session.spawn(take(other, 50, two)));
    for (int i = 1; i <= 50; ++i) dispatch(i % 2 == 0 ? id : other_id, i);
    for (int i = 51; i <= 100; ++i) dispatch(i % 2 == 0 ? id : other_id, i);
    good(session.join());
    EXPECT_EQ(one + two, 100);
}

TEST_F(TaskTest, OneWaitsAtATime) {
    int one = 0;
    int two = 0;
    good(session.spawn(take(consumer, 1, one)));
    good(session.spawn(take(consumer, 1, two)));
    dispatch(id, 1);
    EXPECT_EQ(session.join().error(), Errc::wrong_mode);
    EXPECT_EQ(one + two, 1);
    good(session.join());  // said once
    EXPECT_EQ(consumer.set_listener([](const Message&) {}).has_value(), true);
    good(session.spawn(take(consumer, 2, one)));
    EXPECT_EQ(session.join().error(), Errc::wrong_mode);
}

TEST_F(TaskTest, TheEndOfTheConsumerIsHeardOf) {
    int taken = 0;
    good(session.spawn(take(consumer, 1, taken)));
    dispatch(id, 1);
    good(session.join());
    good(session.spawn(take(consumer, 2, taken)));
    good(consumer.close());
    EXPECT_EQ(session.join().error(), Errc::closed);
}

TEST_F(TaskTest, TheLossOfTheConnectionIsHeardOf) {
    int taken = 0;
    good(session.spawn(take(consumer, 1, taken)));
    broker.hang_up();
    EXPECT_EQ(session.join().error(), Errc::connection_lost);
}

/// Owns what it uses, and waits for ever.
Task hold(Consumer consumer, std::promise<void>& started, std::promise<Error>& heard) {
    started.set_value();
    const auto message = co_await consumer.next();
    if (!message) heard.set_value(message.error());
    for (;;) {
        const auto more = co_await consumer.next();
        if (!more) co_return std::unexpected(more.error());
    }
}

TEST_F(TaskTest, TheEndOfTheSessionIsTheEnd) {
    std::promise<void> started;
    std::promise<Error> heard;
    auto held = good(session.create_consumer(Destination::queue("Q")));
    good(session.spawn(hold(std::move(held), started, heard)));
    started.get_future().wait();
    good(session.close());
    EXPECT_EQ(heard.get_future().get(), Errc::closed);
    EXPECT_EQ(session.spawn(take(consumer, 1, *std::make_unique<int>())).error(), Errc::closed);
    EXPECT_EQ(session.join().error(), Errc::closed);
}

/// Closes another's consumer.
Task close_it(Consumer& consumer) {
    co_return consumer.close();
}

TEST_F(TaskTest, OneMayCloseWhatAnotherWaitsFor) {
    int taken = 0;
    good(session.spawn(take(consumer, 1, taken)));
    good(session.spawn(close_it(consumer)));
    EXPECT_EQ(session.join().error(), Errc::closed);
}

}  // namespace
}  // namespace tern::client::testing
