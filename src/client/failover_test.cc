// How a connection with failover gets from one broker to the next.

#include "client/failover_fixture.h"
#include "protocol/openwire/codec/id_text.h"

namespace tern::client::testing {
namespace {

using openwire::AckType;
using openwire::DataType;

class FailoverConnectionTest : public FailoverTest {};

TEST_F(FailoverConnectionTest, WhatTheNextBrokerHears) {
    auto connection = connect({}, {.client_id = "me"});
    const auto hello = first.expect<openwire::ConnectionInfo>();
    EXPECT_TRUE(hello.fault_tolerant);
    EXPECT_FALSE(hello.failover_reconnect);
    auto session = good(connection.create_session());
    const auto temporary = good(session.create_temporary_queue());
    const auto producer = good(session.create_producer(queue));
    auto closed_producer = good(session.create_producer(queue));
    good(closed_producer.close());
    const auto consumer =
        good(session.create_consumer(queue, {.selector = "a = 1", .prefetch = 7}));
    auto closed_consumer = good(session.create_consumer(queue));
    good(closed_consumer.close());
    auto closed_session = good(connection.create_session());
    good(closed_session.close());
    std::ignore = first.expect<openwire::ConsumerInfo>();
    lose();

    EXPECT_TRUE(second.expect<openwire::ConnectionControl>().fault_tolerant);
    const auto again = second.expect<openwire::ConnectionInfo>();
    EXPECT_TRUE(again.failover_reconnect);
    EXPECT_EQ(again.connection_id, hello.connection_id);
    EXPECT_EQ(again.client_id, "me");
    EXPECT_EQ(second.expect<openwire::DestinationInfo>().destination->physical_name,
              temporary.name);
    EXPECT_EQ(second.expect<openwire::SessionInfo>().session_id->value, 1);
    EXPECT_EQ(second.expect<openwire::ProducerInfo>().producer_id->value, 1);
    const auto subscribed = second.expect<openwire::ConsumerInfo>();
    EXPECT_EQ(subscribed.consumer_id->value, 3);
    EXPECT_EQ(subscribed.selector, "a = 1");
    EXPECT_EQ(subscribed.prefetch_size, 7);
    // What was closed is not there any more.
    const auto next = good(session.create_producer(queue));
    EXPECT_EQ(second.expect<openwire::ProducerInfo>().producer_id->value, 5);
}

TEST_F(FailoverConnectionTest, ListenersHearOfLossAndReturn) {
    std::promise<Error> interrupted;
    std::promise<std::string> first_url;
    std::promise<std::string> next_url;
    int resumed = 0;
    auto connection =
        connect({}, {.on_interrupted = [&](const Error& error) { interrupted.set_value(error); },
                     .on_resumed =
                         [&](const std::string& url) {
                             (resumed++ == 0 ? first_url : next_url).set_value(url);
                         }});
    EXPECT_EQ(first_url.get_future().get(), "tcp://one:61616");
    lose();
    EXPECT_EQ(interrupted.get_future().get(), Errc::connection_lost);
    EXPECT_TRUE(next_url.get_future().get().starts_with("tcp://"));
}

TEST_F(FailoverConnectionTest, WhatWasNotAnsweredIsSentAgain) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    first.ignore(DataType::text_message);
    std::promise<bool> confirmed;
    const std::string ahead = good(producer.send_async(
        {.body = "a"}, [&](const Result<void>& result) { confirmed.set_value(!!result); }));
    auto sending = std::async(std::launch::async, [&] { return producer.send({.body = "b"}); });
    const auto one = first.expect<openwire::Message>();
    const auto two = first.expect<openwire::Message>();
    lose();
    const auto one_again = second.expect<openwire::Message>();
    const auto two_again = second.expect<openwire::Message>();
    EXPECT_EQ(one_again.message_id, one.message_id);
    EXPECT_EQ(one_again.command_id, one.command_id);
    EXPECT_EQ(two_again.message_id, two.message_id);
    EXPECT_TRUE(std::ranges::equal(two_again.content.view(), two.content.view()));
    EXPECT_EQ(to_text(*one.message_id), ahead);
    EXPECT_EQ(good(sending.get()), to_text(*two.message_id));
    EXPECT_TRUE(confirmed.get_future().get());
    good(session.flush());
}

TEST_F(FailoverConnectionTest, CallsWaitForTheNextBroker) {
    auto connection = connect();
    first.hang_up();
    auto creating = std::async(std::launch::async, [&] { return connection.create_session(); });
    let_in(second);
    auto session = good(creating.get());
    good(session.create_consumer(queue));
    std::ignore = second.expect<openwire::ConsumerInfo>();
}

TEST_F(FailoverConnectionTest, ForNoLongerThanTheTimeout) {
    std::promise<void> interrupted;
    auto connection = connect("&timeout=5&initialReconnectDelay=60000",
                              {.on_interrupted = [&](const Error&) { interrupted.set_value(); }});
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    first.hang_up();
    interrupted.get_future().wait();
    const auto sent = producer.send({});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().message(), "no answer in time: failover timeout of 5 ms reached");
}

TEST_F(FailoverConnectionTest, NorAfterAnInterruption) {
    std::promise<void> interrupted;
    auto connection = connect("&initialReconnectDelay=60000",
                              {.on_interrupted = [&](const Error&) { interrupted.set_value(); }});
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    first.hang_up();
    interrupted.get_future().wait();
    auto sending = std::async(std::launch::async, [&] { return producer.send({}); });
    connection.interrupt();
    EXPECT_EQ(sending.get().error(), Errc::interrupted);
    good(connection.close());
    EXPECT_EQ(producer.send({}).error(), Errc::closed);
}

TEST_F(FailoverConnectionTest, ItGivesUpAfterSoManyAttempts) {
    std::promise<Error> reported;
    std::atomic<int> warned{0};
    auto connection = connect("&maxReconnectAttempts=3&warnAfterReconnectAttempts=1",
                              {.on_error = [&](const Error& error) { reported.set_value(error); },
                               .on_retrying = [&](const Error&) { ++warned; }});
    std::ignore = tried();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    first.hang_up();
    const Error error = consumer.receive().error();
    EXPECT_EQ(error, Errc::unreachable);
    EXPECT_EQ(error.text,
              "nobody there; gave up after 3 rounds through tcp://one:61616, tcp://two:61616");
    EXPECT_EQ(reported.get_future().get().text, error.text);
    EXPECT_EQ(warned, 2);
    EXPECT_EQ(tried(), (std::vector<std::string>{"one", "two", "one", "two", "one", "two"}));
}

TEST_F(FailoverConnectionTest, AFirstLoginThatIsRefusedIsNotTriedAgain) {
    first.refuse(DataType::connection_info, "java.lang.SecurityException", "wrong password");
    ConnectionOptions options;
    options.url = "failover:(tcp://one)";
    options.open_socket = [this](const std::string&, std::uint16_t) -> Result<int> {
        return first.client_socket();
    };
    const auto refused = Connection::connect(std::move(options));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message(),
              "refused by the broker: java.lang.SecurityException: wrong password");
}

TEST_F(FailoverConnectionTest, WhatWasDoneWithIsNotSeenAgain) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    const auto subscribed = *first.expect<openwire::ConsumerInfo>().consumer_id;
    for (int i = 1; i <= 3; ++i) dispatch(first, subscribed, i);
    EXPECT_EQ(good(consumer.receive()).id, id(1));
    lose();  // the acknowledgement may be lost
    std::ignore = second.expect<openwire::ConsumerInfo>();
    for (int i = 1; i <= 3; ++i) dispatch(second, subscribed, i, 1);
    EXPECT_EQ(good(consumer.receive()).id, id(2));
    const auto ack = second.expect<openwire::MessageAck>();
    EXPECT_EQ(ack.ack_type, AckType::individual);
    EXPECT_EQ(to_text(*ack.last_message_id), id(1));
    EXPECT_EQ(to_text(*second.expect<openwire::MessageAck>().last_message_id), id(2));
}

TEST_F(FailoverConnectionTest, AcknowledgementsAreForTheirLinkOnly) {
    for (const AckMode mode : {AckMode::client, AckMode::individual}) {
        SCOPED_TRACE(static_cast<int>(mode));
        FakeBroker one;
        FakeBroker two;
        let_in(one);
        first.hang_up();
        auto connection = connect();
        std::ignore = one.expect<openwire::ConnectionInfo>();
        auto session = good(connection.create_session({.ack_mode = mode}));
        auto consumer = good(session.create_consumer(queue));
        const auto subscribed = *one.expect<openwire::ConsumerInfo>().consumer_id;
        dispatch(one, subscribed, 1);
        dispatch(one, subscribed, 2);
        const auto received = good(consumer.receive());
        let_in(two);
        one.hang_up();
        std::ignore = two.expect<openwire::ConsumerInfo>();
        // Said after the loss: it holds for what comes again.
        good(mode == AckMode::client ? session.acknowledge() : consumer.acknowledge(received));
        dispatch(two, subscribed, 1, 1);
        dispatch(two, subscribed, 2, 1);
        const auto next = good(consumer.receive());
        EXPECT_EQ(next.id, id(2));
        EXPECT_EQ(next.redelivery_count, 1);
        EXPECT_EQ(to_text(*two.expect<openwire::MessageAck>().last_message_id), id(1));
        good(mode == AckMode::client ? session.acknowledge() : consumer.acknowledge(next));
        EXPECT_EQ(to_text(*two.expect<openwire::MessageAck>().last_message_id), id(2));
        good(connection.close());
    }
}

TEST_F(FailoverConnectionTest, AListenerThatWasAtWorkHasDoneIt) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    std::promise<void> working;
    std::promise<void> go_on;
    std::promise<std::string> next;
    int calls = 0;
    good(consumer.set_listener([&](const Message& message) {
        if (calls++ > 0) return next.set_value(message.id);
        working.set_value();
        go_on.get_future().wait();
        EXPECT_EQ(message.id, id(1));
    }));
    const auto subscribed = *first.expect<openwire::ConsumerInfo>().consumer_id;
    dispatch(first, subscribed, 1);
    working.get_future().wait();
    lose();
    std::ignore = second.expect<openwire::ConsumerInfo>();
    go_on.set_value();
    dispatch(second, subscribed, 1, 1);
    dispatch(second, subscribed, 2);
    EXPECT_EQ(next.get_future().get(), id(2));
}

TEST_F(FailoverConnectionTest, APullIsRepeated) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue, {.prefetch = 0}));
    const auto subscribed = *first.expect<openwire::ConsumerInfo>().consumer_id;
    auto receiving = std::async(std::launch::async, [&] { return consumer.receive(); });
    EXPECT_EQ(first.expect<openwire::MessagePull>().timeout, 0);
    lose();
    EXPECT_EQ(second.expect<openwire::MessagePull>().timeout, 0);
    dispatch(second, subscribed, 1);
    EXPECT_EQ(good(receiving.get()).id, id(1));
}

TEST_F(FailoverConnectionTest, ABrowseIsCutOff) {
    auto connection = connect();
    auto session = good(connection.create_session());
    auto browser = good(session.browse(queue));
    auto browsing = std::async(std::launch::async, [&] { return browser.next(); });
    std::ignore = first.expect<openwire::ConsumerInfo>();
    lose();
    EXPECT_EQ(browsing.get().error(), Errc::connection_lost);
    good(browser.close());
    auto consumer = good(session.create_consumer(queue));
    EXPECT_FALSE(second.expect<openwire::ConsumerInfo>().browser);
}

TEST_F(FailoverConnectionTest, AConsumerThatIsNotWantedAnyMoreIsClosed) {
    std::promise<Error> reported;
    auto connection =
        connect({}, {.on_error = [&](const Error& error) { reported.set_value(error); }});
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    second.refuse(DataType::consumer_info, "javax.jms.JMSSecurityException", "not here");
    lose();
    EXPECT_EQ(consumer.receive().error(), Errc::closed);
    EXPECT_EQ(reported.get_future().get().exception_class, "javax.jms.JMSSecurityException");
}

TEST_F(FailoverConnectionTest, TrackedMessagesAreSentAgain) {
    auto connection = connect("&trackMessages=true&maxCacheSize=1500");
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue, {.confirm = Confirm::never}));
    std::vector<std::string> sent;
    for (int i = 0; i < 4; ++i) sent.push_back(good(producer.send({.body = Blob(500)})));
    for (int i = 0; i < 4; ++i) std::ignore = first.expect<openwire::Message>();
    lose();
    // As many as the cache holds.
    EXPECT_EQ(to_text(*second.expect<openwire::Message>().message_id), sent[2]);
    EXPECT_EQ(to_text(*second.expect<openwire::Message>().message_id), sent[3]);
}

TEST_F(FailoverConnectionTest, TheBrokerMaySendItElsewhere) {
    auto connection = connect();
    let_in(second);
    std::ignore = tried();
    first.send(openwire::ConnectionControl{.reconnect_to = "tcp://third:1"});
    EXPECT_TRUE(second.expect<openwire::ConnectionInfo>().failover_reconnect);
    EXPECT_EQ(tried(), std::vector<std::string>{"third"});
    // This one answers still.
    good(connection.create_session());
    std::ignore = second.expect<openwire::SessionInfo>();
}

TEST_F(FailoverConnectionTest, TheClusterIsBalancedAnew) {
    auto connection = connect();
    let_in(second);
    std::ignore = tried();
    first.send(openwire::ConnectionControl{.connected_brokers = "tcp://third:1,tcp://one:61616",
                                           .rebalance_connection = true});
    EXPECT_TRUE(second.expect<openwire::ConnectionInfo>().failover_reconnect);
    EXPECT_EQ(tried(), std::vector<std::string>{"third"});
}

TEST_F(FailoverConnectionTest, ItReturnsToABrokerWithPriority) {
    ConnectionOptions options;
    std::atomic<bool> back{false};
    options.url =
        "failover:(tcp://one,tcp://two)?priorityBackup=true&maxReconnectDelay=1"
        "&initialReconnectDelay=1";
    options.open_socket = [&](const std::string& host, std::uint16_t) -> Result<int> {
        if (host == "two") return first.client_socket();
        if (!back) return failure(Errc::unreachable, "not yet");
        return second.client_socket();
    };
    auto connection = good(Connection::connect(std::move(options)));
    std::ignore = first.expect<openwire::ConnectionInfo>();
    back = true;
    EXPECT_TRUE(second.expect<openwire::ConnectionInfo>().failover_reconnect);
}

TEST_F(FailoverConnectionTest, ManyThreadsSendThroughALoss) {
    auto connection = connect();
    std::atomic<int> sent{0};
    std::vector<std::future<void>> workers;
    for (int i = 0; i < 4; ++i) {
        workers.push_back(std::async(std::launch::async, [&] {
            auto session = good(connection.create_session({.unconfirmed_max = 10}));
            auto producer = good(session.create_producer(queue));
            for (int n = 0; n < 200; ++n) {
                good(n % 10 == 0 ? producer.send({.body = Blob(1000)})
                                 : producer.send_async({.body = "text"}));
                ++sent;
            }
            good(session.flush());
            auto left = good(session.create_consumer(queue));
        }));
    }
    while (sent < 300) std::this_thread::yield();
    lose();
    for (auto& worker : workers) worker.get();
    good(connection.close());
}

}  // namespace
}  // namespace tern::client::testing
