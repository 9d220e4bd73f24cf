#include "cli/classic_options.h"

#include "cli/options_fixture.h"

namespace tern::cli {
namespace {

using client::Destination;
using client::Message;
using Acknowledge = ConsumeOptions::Acknowledge;

class ClassicOptionsTest : public CommandLineTest {};

TEST_F(ClassicOptionsTest, TheProducersDefaults) {
    const auto options = parsed<ProduceOptions>({"producer"});
    EXPECT_EQ(options.common.url, "tcp://localhost:61616");
    EXPECT_EQ(options.common.destination, Destination::queue("TEST"));
    EXPECT_EQ(options.common.count, 1000U);
    EXPECT_TRUE(options.numbered);
    EXPECT_TRUE(options.message.persistent);
    EXPECT_EQ(options.transacted, 0U);
    EXPECT_FALSE(options.rate);
}

TEST_F(ClassicOptionsTest, TheProducerTakesEverything) {
    const auto options = parsed<ProduceOptions>({"producer",
                                                 "--brokerUrl",
                                                 "failover:(tcp://h:1)",
                                                 "--user",
                                                 "u",
                                                 "--password",
                                                 "p",
                                                 "--destination",
                                                 "topic://T",
                                                 "--messageCount",
                                                 "20",
                                                 "--sleep",
                                                 "50",
                                                 "--persistent",
                                                 "false",
                                                 "--messageSize",
                                                 "3",
                                                 "--msgTTL",
                                                 "500",
                                                 "--msgGroupID",
                                                 "g",
                                                 "--transactionBatchSize",
                                                 "5",
                                                 "--parallelThreads",
                                                 "2",
                                                 "--clientId",
                                                 "c",
                                                 "--priority",
                                                 "7",
                                                 "--disableMessageTimestamp",
                                                 "false"});
    EXPECT_EQ(options.common.url, "failover:(tcp://h:1)");
    EXPECT_EQ(options.common.user, "u");
    EXPECT_EQ(options.common.password, "p");
    EXPECT_EQ(options.common.client_id, "c");
    EXPECT_EQ(options.common.destination, Destination::topic("T"));
    EXPECT_EQ(options.common.count, 40U);
    EXPECT_EQ(options.parallel, 2);
    EXPECT_EQ(options.rate, 40.0);
    EXPECT_EQ(options.transacted, 5U);
    EXPECT_EQ(options.time_to_live, milliseconds(500));
    EXPECT_FALSE(options.numbered);
    EXPECT_FALSE(options.message.persistent);
    EXPECT_EQ(options.message.body, Message::Body(client::Blob(3, '.')));
    EXPECT_EQ(options.message.group_id, "g");
    EXPECT_EQ(options.message.priority, 7);
}

TEST_F(ClassicOptionsTest, WhatTheProducerSends) {
    EXPECT_EQ(parsed<ProduceOptions>({"producer", "--textMessageSize=2"}).message.body,
              Message::Body(".."));
    EXPECT_EQ(parsed<ProduceOptions>({"producer", "--message", "hi"}).message.body,
              Message::Body("hi"));
    EXPECT_EQ(parsed<ProduceOptions>({"producer", "--size", "4"}).message.body,
              Message::Body("xxxx"));
    EXPECT_NE(refused({"producer", "--payloadUrl", "file:/nowhere"}).find("/nowhere"),
              std::string::npos);
    EXPECT_FALSE(parsed<ProduceOptions>({"producer", "--non-persistent"}).message.persistent);
    EXPECT_TRUE(parsed<ProduceOptions>({"producer", "--persistent"}).message.persistent);
    EXPECT_EQ(parsed<ProduceOptions>({"producer", "-n", "3"}).common.count, 3U);
}

TEST_F(ClassicOptionsTest, TheConsumersDefaults) {
    const auto options = parsed<ConsumeOptions>({"consumer"});
    EXPECT_EQ(options.common.destination, Destination::queue("TEST"));
    EXPECT_EQ(options.common.count, 1000U);
    EXPECT_EQ(options.print, Print::lines);
    EXPECT_EQ(options.acknowledge, Acknowledge::automatic);
    EXPECT_EQ(options.transacted, 0U);
    EXPECT_FALSE(options.idle);
}

TEST_F(ClassicOptionsTest, TheConsumerTakesEverything) {
    const auto options =
        parsed<ConsumeOptions>({"consumer",  "--brokerUrl",       "tcp://h:1", "--user",
                                "u",         "--password",        "p",         "--destination",
                                "topic://T", "--messageCount",    "20",        "--sleep",
                                "50",        "--transacted",      "true",      "--batchSize",
                                "4",         "--durable",         "true",      "--clientId",
                                "c",         "--parallelThreads", "1",         "--bytesAsText",
                                "true",      "--breakOnNull",     "true",      "--shared",
                                "false"});
    EXPECT_EQ(options.common.url, "tcp://h:1");
    EXPECT_EQ(options.common.client_id, "c");
    EXPECT_EQ(options.subscription, "consumer-1");
    EXPECT_EQ(options.common.count, 20U);
    EXPECT_EQ(options.rate, 20.0);
    EXPECT_EQ(options.transacted, 4U);
    EXPECT_EQ(options.idle, milliseconds(3000));
}

TEST_F(ClassicOptionsTest, HowTheConsumerAcknowledges) {
    const auto client =
        parsed<ConsumeOptions>({"consumer", "--ackMode", "CLIENT_ACKNOWLEDGE", "--batchSize", "7"});
    EXPECT_EQ(client.acknowledge, Acknowledge::automatic);
    EXPECT_EQ(client.batch, 7U);
    const auto individual =
        parsed<ConsumeOptions>({"consumer", "--ackMode", "INDIVIDUAL_ACKNOWLEDGE"});
    EXPECT_EQ(individual.acknowledge, Acknowledge::individual);
    EXPECT_EQ(parsed<ConsumeOptions>({"consumer", "--transacted", "6"}).transacted, 6U);
    EXPECT_EQ(parsed<ConsumeOptions>({"consumer", "--transacted"}).transacted, 10U);
    EXPECT_EQ(parsed<ConsumeOptions>({"consumer", "--transacted", "false"}).transacted, 0U);
}

TEST_F(ClassicOptionsTest, WhatIsRefused) {
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"consumer", "--ackMode", "SOMETIMES"},
             {"consumer", "--durable", "true", "--destination", "topic://T"},
             {"consumer", "--durable", "true", "--destination", "topic://T", "--clientId", "c",
              "--parallelThreads", "2"},
             {"consumer", "--shared", "true"},
             {"consumer", "--transacted", "maybe"},
             {"producer", "--brokerUrl", "nonsense"},
             {"producer", "--messageCount", "-1"},
             {"producer", "--persistent", "perhaps"},
             {"producer", "--disableMessageTimestamp", "true"}}) {
        EXPECT_NE(refused(arguments), "accepted") << arguments[1];
    }
}

}  // namespace
}  // namespace tern::cli
