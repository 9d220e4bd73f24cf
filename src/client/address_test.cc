#include "client/destination.h"
#include "client/url.h"

#include <gtest/gtest.h>

namespace tern::client {
namespace {

TEST(DestinationTest, TextAndBack) {
    const Destination queue = Destination::queue("A.B");
    EXPECT_EQ(Destination::parse("A.B"), queue);
    EXPECT_EQ(Destination::parse("queue://A.B"), queue);
    EXPECT_EQ(Destination::parse(" queue:// A.B "), queue);
    EXPECT_EQ(queue.text(), "queue://A.B");
    for (const auto* const text :
         {"topic://A.>", "temp-queue://ID:h-1:1", "temp-topic://ID:h-1:2", "queue://A,topic://B"}) {
        const auto parsed = Destination::parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->text(), text);
    }
    EXPECT_TRUE(Destination::parse("topic://T")->is_topic());
    EXPECT_TRUE(Destination::parse("temp-topic://T")->is_temporary());
    EXPECT_FALSE(queue.is_topic());
}

TEST(DestinationTest, RefusesWhatIsNone) {
    for (const auto* const text :
         {"", " ", "queue://", "topic:// ", "kafka://X", "queue://X?consumer.prefetchSize=1"}) {
        const auto parsed = Destination::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error(), Errc::bad_argument);
    }
    EXPECT_EQ(Destination::parse("").error().message(), "bad argument: destination '' has no name");
}

TEST(UrlTest, HostAndPort) {
    EXPECT_EQ(parse_endpoint("tcp://localhost"), (Endpoint{"localhost", 61616}));
    EXPECT_EQ(parse_endpoint("tcp://broker.example:7000"), (Endpoint{"broker.example", 7000}));
    EXPECT_EQ(parse_endpoint("tcp://broker.example:7000/"), (Endpoint{"broker.example", 7000}));
    EXPECT_EQ(parse_endpoint("tcp://[::1]:7000"), (Endpoint{"::1", 7000}));
    EXPECT_EQ(parse_endpoint("tcp://[::1]"), (Endpoint{"::1", 61616}));
    EXPECT_EQ(parse_endpoint("ssl://h:1"), (Endpoint{.host = "h", .port = 1, .tls = true}));
    EXPECT_EQ((Endpoint{.host = "::1", .port = 1, .tls = true}.text()), "ssl://[::1]:1");
    EXPECT_EQ(Endpoint{.host = "h"}.text(), "tcp://h:61616");
}

TEST(UrlTest, OptionsOfABroker) {
    const auto endpoint = parse_endpoint(
        "ssl://h?socket.verifyHostName=false&wireFormat.maxInactivityDuration=5000"
        "&connectionTimeout=70&wireFormat.version=9&keepAlive=true");
    ASSERT_TRUE(endpoint) << endpoint.error().message();
    EXPECT_EQ(*endpoint, (Endpoint{.host = "h",
                                   .tls = true,
                                   .verify_host = false,
                                   .connect_timeout = milliseconds(70),
                                   .inactivity = milliseconds(5000),
                                   .version = 9}));
}

TEST(UrlTest, RefusesWhatIsNone) {
    for (const auto* const url : {"",
                                  "localhost",
                                  "localhost:1",
                                  "http://h",
                                  "tcp://",
                                  "tcp://:1",
                                  "tcp://h:",
                                  "tcp://h:0",
                                  "tcp://h:65536",
                                  "tcp://h:1x",
                                  "tcp://[::1",
                                  "tcp://[::1]1",
                                  "tcp://h/path",
                                  "tcp://h?x=y",
                                  "tcp://h?keepAlive",
                                  "tcp://h?wireFormat.version=x",
                                  "tcp://h?jms.x=y",
                                  "failover:",
                                  "failover:()",
                                  "failover:(tcp://a",
                                  "failover:(tcp://a)x",
                                  "failover:(tcp://a,)x",
                                  "failover:(a)",
                                  "failover:(tcp://a)?x=y",
                                  "failover:(tcp://a)?timeout=soon",
                                  "failover:(tcp://a)?nested.x=y",
                                  "failover:(tcp://a)?priorityURIs=b",
                                  "failover:(tcp://a)?randomize=%4"}) {
        const auto parsed = parse_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error(), Errc::bad_argument);
    }
}

TEST(UrlTest, Failover) {
    for (const auto* const url :
         {"failover:(tcp://a:1,ssl://b)", "failover://(tcp://a:1,ssl://b)",
          "failover:tcp://a:1,ssl://b", "failover:( tcp://a:1 , ssl://b )"}) {
        const auto parsed = parse_url(url);
        ASSERT_TRUE(parsed) << url << ": " << parsed.error().message();
        EXPECT_EQ(parsed->brokers, (std::vector<Endpoint>{{"a", 1}, {.host = "b", .tls = true}}));
        EXPECT_EQ(parsed->failover, FailoverOptions());
    }
    EXPECT_FALSE(parse_url("tcp://a")->failover);

    ConnectionOptions options;
    const auto parsed = parse_url(
        "failover:(tcp://a?wireFormat.version=9,tcp://b)?randomize=false&initialReconnectDelay=1"
        "&maxReconnectDelay=2&useExponentialBackOff=false&backOffMultiplier=1.5"
        "&maxReconnectAttempts=3&startupMaxReconnectAttempts=4&timeout=5&priorityBackup=true"
        "&priorityURIs=tcp%3A%2F%2Fb,tcp://c&trackMessages=true&maxCacheSize=6"
        "&warnAfterReconnectAttempts=7&reconnectSupported=false&updateURIsSupported=false"
        "&backup=true&nested.wireFormat.maxInactivityDuration=8&jms.userName=me"
        "&jms.prefetchPolicy.all=9&jms.redeliveryPolicy.maximumRedeliveries=-1"
        "&jms.redeliveryPolicy.useExponentialBackOff=true"
        "&jms.redeliveryPolicy.redeliveryDelay=70"
        "&jms.redeliveryPolicy.collisionAvoidancePercent=20"
        "&jms.redeliveryPolicy.useCollisionAvoidance=true",
        options);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(parsed->brokers,
              (std::vector<Endpoint>{{.host = "a", .inactivity = milliseconds(8), .version = 9},
                                     {.host = "b", .inactivity = milliseconds(8)}}));
    EXPECT_EQ(*parsed->failover, (FailoverOptions{.randomize = false,
                                                  .initial_reconnect_delay = milliseconds(1),
                                                  .max_reconnect_delay = milliseconds(2),
                                                  .use_exponential_back_off = false,
                                                  .back_off_multiplier = 1.5,
                                                  .max_reconnect_attempts = 3,
                                                  .startup_max_reconnect_attempts = 4,
                                                  .timeout = milliseconds(5),
                                                  .priority_backup = true,
                                                  .priority_uris = {{"b"}, {"c"}},
                                                  .track_messages = true,
                                                  .max_cache_size = 6,
                                                  .warn_after_reconnect_attempts = 7,
                                                  .reconnect_supported = false,
                                                  .update_uris_supported = false}));
    EXPECT_EQ(options.user, "me");
    EXPECT_EQ(options.prefetch.queue, 9);
    EXPECT_EQ(options.prefetch.durable_topic, 9);
    EXPECT_EQ(options.redelivery.redeliveries_max, -1);
    EXPECT_EQ(options.redelivery.delay_multiplier, 5.0);
    EXPECT_EQ(options.redelivery.repeated_delay, milliseconds(70));
    EXPECT_EQ(options.redelivery.collision_avoidance, 0.2);
}

TEST(ErrorTest, MessagesAreOneLine) {
    const Error refused{
        .code = Errc::refused, .exception_class = "javax.jms.JMSException", .text = "no\nway"};
    EXPECT_EQ(refused.message(), "refused by the broker: javax.jms.JMSException: no way");
    EXPECT_EQ(Error{.code = Errc::closed}.message(), "closed");
}

}  // namespace
}  // namespace tern::client
