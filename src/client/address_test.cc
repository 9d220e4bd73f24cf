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
    EXPECT_EQ(parse_url("tcp://localhost"), (Endpoint{"localhost", 61616}));
    EXPECT_EQ(parse_url("tcp://broker.example:7000"), (Endpoint{"broker.example", 7000}));
    EXPECT_EQ(parse_url("tcp://broker.example:7000/"), (Endpoint{"broker.example", 7000}));
    EXPECT_EQ(parse_url("tcp://[::1]:7000"), (Endpoint{"::1", 7000}));
    EXPECT_EQ(parse_url("tcp://[::1]"), (Endpoint{"::1", 61616}));
}

TEST(UrlTest, RefusesWhatIsNone) {
    for (const auto* const url :
         {"", "localhost", "localhost:1", "http://h", "ssl://h", "tcp://", "tcp://:1",
          "tcp://h:", "tcp://h:0", "tcp://h:65536", "tcp://h:1x", "tcp://[::1", "tcp://[::1]1",
          "tcp://h/path", "tcp://h?x=y"}) {
        const auto parsed = parse_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error(), Errc::bad_argument);
    }
}

TEST(ErrorTest, MessagesAreOneLine) {
    const Error refused{
        .code = Errc::refused, .exception_class = "javax.jms.JMSException", .text = "no\nway"};
    EXPECT_EQ(refused.message(), "refused by the broker: javax.jms.JMSException: no way");
    EXPECT_EQ(Error{.code = Errc::closed}.message(), "closed");
}

}  // namespace
}  // namespace tern::client
