// Connections, topics, temporary queues, browsers, what the broker refuses.

#include "client_fixture.h"

#include <atomic>
#include <future>

namespace tern::client::testing {
namespace {

using Texts = std::vector<std::string>;

class Connections : public ClientTest {};

TEST_F(Connections, ClientIdsAreUnique) {
    ConnectionOptions with = options();
    with.client_id = queue.name;
    auto first = connect(with);
    const auto second = Connection::connect(with);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), Errc::refused);
    EXPECT_EQ(second.error().exception_class, "javax.jms.InvalidClientIDException");
    EXPECT_FALSE(second.error().text.empty());
    good(first.close());
    connect(with);
}

TEST_F(Connections, NobodyThere) {
    ConnectionOptions with = options();
    with.url = "tcp://127.0.0.1:1";
    EXPECT_EQ(Connection::connect(with).error(), Errc::unreachable);
    with.url = "tcp://no-such-host.invalid";
    EXPECT_EQ(Connection::connect(with).error(), Errc::unreachable);
    with.url = "http://localhost";
    EXPECT_EQ(Connection::connect(with).error(), Errc::bad_argument);
}

TEST_F(Connections, WhatTheBrokerRefuses) {
    auto connection = connect();
    auto session = good(connection.create_session());
    const auto consumer = session.create_consumer(queue, {.selector = "this is no selector"});
    ASSERT_FALSE(consumer);
    EXPECT_EQ(consumer.error(), Errc::refused);
    EXPECT_EQ(consumer.error().exception_class, "javax.jms.InvalidSelectorException");

    auto producer = good(session.create_producer());
    const auto sent =
        producer.send({.destination = {Destination::Kind::temporary_queue, "ID:gone-1-1-1:1:1"}});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), Errc::refused);
    EXPECT_EQ(sent.error().exception_class, "org.apache.activemq.DestinationDoesNotExistException");
    EXPECT_EQ(producer.send({}).error(), Errc::bad_argument);
    good(producer.send({.body = "still good", .destination = queue}));
}

TEST_F(Connections, ARefusedMessageSpoilsItsTransaction) {
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::transacted}));
    auto producer = good(session.create_producer());
    good(producer.send({.body = "good", .destination = queue}));
    good(producer.send({.destination = {Destination::Kind::temporary_queue, "ID:gone-1-1-1:1:1"}}));
    const auto committed = session.commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error(), Errc::refused);
    EXPECT_EQ(waiting(), Texts());
    good(producer.send({.body = "better", .destination = queue}));
    good(session.commit());
    EXPECT_EQ(waiting(), Texts{"better"});
}

TEST_F(Connections, TopicsReachAllWhoListen) {
    const Destination topic = Destination::topic(queue.name);
    auto connection = connect();
    auto session = good(connection.create_session());
    std::vector<Consumer> consumers;
    for (int i = 0; i < 3; ++i) consumers.push_back(good(session.create_consumer(topic)));
    auto producer = good(session.create_producer(topic));
    for (const auto& text : numbers(20)) good(producer.send({.body = text}));
    for (Consumer& consumer : consumers) EXPECT_EQ(next_texts(consumer, 20), numbers(20));
}

TEST_F(Connections, TopicSubscribersMayReceiveMoreThanThePrefetch) {
    const Destination topic = Destination::topic(queue.name);
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::client}));
    auto consumer = good(session.create_consumer(topic, {.prefetch = 4}));
    auto sending = good(connection.create_session());
    auto producer = good(sending.create_producer(topic));
    for (const auto& text : numbers(20)) good(producer.send({.body = text}));
    EXPECT_EQ(next_texts(consumer, 20), numbers(20));
    good(session.acknowledge());
}

TEST_F(Connections, ConsumersShareAQueue) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto one = good(session.create_consumer(queue, {.prefetch = 1}));
    auto two = good(session.create_consumer(queue, {.prefetch = 1}));
    send(numbers(10));
    Texts all;
    while (all.size() < 10) {
        for (Consumer* consumer : {&one, &two}) {
            if (const auto message = good(consumer->receive(milliseconds(10)))) {
                all.push_back(text_of(*message));
            }
        }
    }
    std::ranges::sort(all);
    EXPECT_EQ(all, numbers(10));
}

TEST_F(Connections, SelectorsChooseOrAreRefused) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    for (int i = 0; i < 6; ++i) {
        good(producer.send({.body = std::to_string(i), .properties = {{"odd", i % 2 != 0}}}));
    }
    auto subscribed = session.create_consumer(queue, {.selector = "odd = TRUE"});
    if (!subscribed) {
        // Who cannot evaluate a selector says so, and never ignores it.
        EXPECT_EQ(subscribed.error().exception_class, "javax.jms.InvalidSelectorException");
        return;
    }
    auto consumer = good(std::move(subscribed));
    EXPECT_EQ(next_texts(consumer, 3), (Texts{"1", "3", "5"}));
    good(connection.close());
    EXPECT_EQ(waiting(), (Texts{"0", "2", "4"}));
}

TEST_F(Connections, SentAheadAndConfirmed) {
    constexpr int kCount = 5000;
    auto connection = connect();
    auto session =
        good(connection.create_session({.ack_mode = AckMode::client, .unconfirmed_max = 100}));
    auto producer = good(session.create_producer(queue));
    std::atomic<int> confirmed{0};
    for (const auto& text : numbers(kCount)) {
        good(producer.send_async({.body = text}, [&](const Result<void>& result) {
            if (result) ++confirmed;
        }));
    }
    good(session.flush());
    EXPECT_EQ(confirmed, kCount);
    auto consumer = good(session.create_consumer(queue));
    EXPECT_EQ(next_texts(consumer, kCount), numbers(kCount));
    good(session.acknowledge());
}

TEST_F(Connections, ABacklogOfMoreThanTheBrokerSendsAtOnce) {
    constexpr int kCount = 2000;
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::client}));
    auto producer = good(session.create_producer(queue));
    const Blob body(std::size_t{4} * 1024);
    for (int i = 0; i < kCount; ++i) {
        good(producer.send_async({.body = body, .properties = {{"n", i}}, .persistent = false}));
    }
    good(session.flush());
    auto consumer = good(session.create_consumer(queue));
    for (int i = 0; i < kCount; ++i) EXPECT_EQ(*next(consumer).properties.find("n"), Value(i));
    good(session.acknowledge());
}

TEST_F(Connections, FlushSaysWhatWasRefused) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer());
    good(producer.send_async(
        {.destination = {Destination::Kind::temporary_queue, "ID:gone-1-1-1:1:1"}}));
    good(producer.send_async({.body = "good", .destination = queue}));
    EXPECT_EQ(session.flush().error(), Errc::refused);
    good(session.flush());
    EXPECT_EQ(waiting(), Texts{"good"});
}

TEST_F(Connections, BrowsersSeeEverythingAndTakeNothing) {
    send(numbers(50));
    for (const int prefetch : {1, 7, 500}) {
        Texts seen;
        for (const Message& message : browse(queue, {.prefetch = prefetch})) {
            seen.push_back(text_of(message));
        }
        EXPECT_EQ(seen, numbers(50)) << prefetch;
    }
    EXPECT_EQ(browse(Destination::queue(queue.name + ".EMPTY")).size(), 0U);
    auto connection = connect();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    const Message first = next(consumer);
    EXPECT_EQ(text_of(first), "0");
    EXPECT_FALSE(first.redelivered());
}

TEST_F(Connections, RequestsAreAnswered) {
    auto server = connect();
    auto serving = good(server.create_session());
    auto requests = good(serving.create_consumer(queue));
    auto replies = good(serving.create_producer());
    good(requests.set_listener([&](const Message& request) {
        good(replies.send({.body = "re: " + text_of(request),
                           .correlation_id = request.correlation_id,
                           .destination = *request.reply_to}));
    }));

    auto connection = connect();
    auto session = good(connection.create_session());
    auto requester = good(Requester::create(session, queue));
    for (const auto& text : numbers(20)) {
        const auto reply = good(requester.request({.body = text}, kLong));
        ASSERT_TRUE(reply);
        EXPECT_EQ(text_of(*reply), "re: " + text);
    }
    EXPECT_EQ(requester.reply_to().kind, Destination::Kind::temporary_queue);
}

TEST_F(Connections, TemporaryQueuesEndWithTheirConnection) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer());
    const Destination removed = good(session.create_temporary_queue());
    good(producer.send({.body = "x", .destination = removed}));
    good(session.remove_temporary(removed));
    EXPECT_EQ(producer.send({.destination = removed}).error(), Errc::refused);

    Destination gone;
    {
        auto other = connect();
        auto other_session = good(other.create_session());
        gone = good(other_session.create_temporary_topic());
        good(producer.send({.destination = gone}));
    }
    EXPECT_EQ(producer.send({.destination = gone}).error(), Errc::refused);
}

TEST_F(Connections, InterruptWakesReceivers) {
    auto connection = connect();
    auto session = good(connection.create_session({.ack_mode = AckMode::client}));
    auto consumer = good(session.create_consumer(queue));
    send(numbers(1));
    EXPECT_EQ(next_text(consumer), "0");
    auto waiter = std::async(std::launch::async, [&] { return consumer.receive(); });
    connection.interrupt();
    EXPECT_EQ(waiter.get().error(), Errc::interrupted);
    good(session.acknowledge());
    good(connection.close());
    EXPECT_EQ(waiting(), Texts());
}

TEST_F(Connections, CloseWakesReceivers) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    auto waiter = std::async(std::launch::async, [&] { return consumer.receive(); });
    good(connection.close());
    EXPECT_EQ(waiter.get().error(), Errc::closed);
    EXPECT_EQ(connection.create_session().error(), Errc::closed);
}

TEST_F(Connections, SessionsOfOneConnectionWorkInParallel) {
    auto connection = connect();
    constexpr int kSessions = 4;
    constexpr int kMessages = 200;
    const auto work = [&](int number) {
        const Destination own = Destination::queue(fmt::format("{}.{}", queue.name, number));
        auto session = good(connection.create_session());
        auto producer = good(session.create_producer(own));
        auto consumer = good(session.create_consumer(own));
        for (const auto& text : numbers(kMessages)) {
            good(producer.send({.body = text}));
            EXPECT_EQ(next_text(consumer), text);
        }
    };
    std::vector<std::future<void>> workers;
    for (int i = 0; i < kSessions; ++i) workers.push_back(std::async(std::launch::async, work, i));
    for (auto& worker : workers) worker.get();
}

}  // namespace
}  // namespace tern::client::testing
