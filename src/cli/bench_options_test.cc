#include "cli/options_fixture.h"

namespace tern::cli {
namespace {

using load::Mode;
using load::ProtocolName;
using namespace std::chrono_literals;

class BenchOptionsTest : public CommandLineTest {
protected:
    static load::Settings settings(std::vector<const char*> words) {
        words.insert(words.begin(), "bench");
        return parsed<BenchOptions>(std::move(words)).settings;
    }
    static std::string refusal(std::vector<const char*> words) {
        words.insert(words.begin(), "bench");
        return refused(std::move(words));
    }
};

TEST_F(BenchOptionsTest, without_words_is_one_queue_with_confirms) {
    const load::Settings all = settings({});
    EXPECT_EQ(all.protocol, ProtocolName::openwire);
    EXPECT_EQ(all.host, "localhost");
    EXPECT_EQ(all.port, 61616);
    EXPECT_EQ(all.destination, "bench");
    EXPECT_FALSE(all.topic);
    EXPECT_TRUE(all.persistent);
    EXPECT_TRUE(all.confirmed);
    EXPECT_EQ(all.ahead, 1000);
    EXPECT_EQ(all.mode, Mode::traffic);
}

TEST_F(BenchOptionsTest, takes_everything) {
    const load::Settings all = settings({"--url",
                                         "tcp://broker:1234",
                                         "--protocol",
                                         "amqp091",
                                         "--destination",
                                         "topic://t",
                                         "--exchange",
                                         "amq.fanout",
                                         "--size",
                                         "2k",
                                         "--transient",
                                         "--publishers",
                                         "3",
                                         "-s",
                                         "4",
                                         "--threads",
                                         "2",
                                         "--warm-up",
                                         "0",
                                         "--duration",
                                         "200ms",
                                         "--window",
                                         "7",
                                         "--ahead",
                                         "9",
                                         "--interval",
                                         "50ms",
                                         "--broker-pid",
                                         "12",
                                         "--user",
                                         "u",
                                         "--password",
                                         "p",
                                         "--idle",
                                         "5"});
    EXPECT_EQ(all.host, "broker");
    EXPECT_EQ(all.port, 1234);
    EXPECT_EQ(all.protocol, ProtocolName::amqp091);
    EXPECT_TRUE(all.topic);
    EXPECT_EQ(all.destination, "t");
    EXPECT_EQ(all.exchange, "amq.fanout");
    EXPECT_EQ(all.size, 2048U);
    EXPECT_FALSE(all.persistent);
    EXPECT_FALSE(all.confirmed);
    EXPECT_EQ(all.publishers, 3);
    EXPECT_EQ(all.subscribers, 4);
    EXPECT_EQ(all.threads, 2);
    EXPECT_EQ(all.warm_up, 0ms);
    EXPECT_EQ(all.duration, 200ms);
    EXPECT_EQ(all.window, 7);
    EXPECT_EQ(all.ahead, 9);
    EXPECT_EQ(all.sample_interval, 50ms);
    EXPECT_EQ(all.broker_pid, 12);
    EXPECT_EQ(all.user, "u");
    EXPECT_EQ(all.password, "p");
    EXPECT_EQ(all.idle, 5);
}

TEST_F(BenchOptionsTest, a_rate_has_no_limit_on_the_way) {
    EXPECT_EQ(settings({"--rate", "100"}).ahead, 0);
    EXPECT_EQ(settings({"--rate", "100", "--ahead", "5"}).ahead, 5);
}

TEST_F(BenchOptionsTest, mqtt_confirms_by_its_quality_of_service) {
    EXPECT_TRUE(settings({"--protocol", "mqtt"}).topic);
    EXPECT_FALSE(settings({"--protocol", "mqtt"}).confirmed);
    EXPECT_TRUE(settings({"--protocol", "mqtt", "--qos", "1"}).confirmed);
}

TEST_F(BenchOptionsTest, has_modes) {
    EXPECT_EQ(settings({"--backlog", "--count", "10"}).mode, Mode::backlog);
    EXPECT_EQ(settings({"--storm", "10"}).mode, Mode::storm);
}

TEST_F(BenchOptionsTest, takes_what_tls_needs) {
    const auto plain = settings({"--url", "tcp://h:1"});
    EXPECT_FALSE(plain.tls);
    const auto all =
        settings({"--url", "ssl://h:1?socket.verifyHostName=false", "--trust-store", "ca.pem"});
    EXPECT_TRUE(all.tls);
    EXPECT_FALSE(all.verify_host);
    EXPECT_EQ(all.trust_store, "ca.pem");
}

TEST_F(BenchOptionsTest, keeps_times_by_interval_for_the_log) {
    EXPECT_FALSE(settings({}).times_by_interval);
    EXPECT_TRUE(settings({"--hdr-log", "file"}).times_by_interval);
}

TEST_F(BenchOptionsTest, says_what_is_wrong) {
    EXPECT_EQ(refusal({"--protocol", "mqtt", "--transacted", "5"}),
              "--transacted: MQTT has no transactions");
    EXPECT_EQ(refusal({"--durable"}), "--durable is for topics: -d topic://NAME");
    EXPECT_EQ(refusal({"--destinations", "2", "-p", "2"}),
              "--destinations: each needs a publisher and a subscriber of its own");
    EXPECT_EQ(refusal({"--destinations", "2", "-p", "2", "-s", "3", "-d", "topic://t"}),
              "--destinations: topics need as many subscribers each");
    EXPECT_EQ(refusal({"--protocol", "mqtt", "--destination", "queue://q"}),
              "MQTT has topics only: --destination topic://NAME");
    EXPECT_EQ(refusal({"--backlog", "-d", "topic://t"}), "--backlog: nothing waits on a topic");
    EXPECT_EQ(refusal({"--url", "failover:(tcp://a:1,tcp://b:1)"}),
              "--url: a load goes to one broker: tcp://HOST:PORT or ssl://HOST:PORT");
    EXPECT_EQ(refusal({"--storm", "1", "--backlog"}), "--storm excludes --backlog");
    EXPECT_EQ(refusal({"--qos", "1"}), "--qos is MQTT's");
    EXPECT_EQ(refusal({"-p", "0", "-s", "0"}),
              "nothing to do: no --publishers, --subscribers, --idle or --storm");
    EXPECT_EQ(refusal({"--size", "23"}),
              "--size: a message has at least 24 bytes, which say when it was to be sent");
    EXPECT_NE(refusal({"--protocol", "smtp"}).find("'smtp' is not openwire"), std::string::npos);
    EXPECT_NE(refusal({"--duration", "soon"}).find("'soon' is not a duration"), std::string::npos);
}

TEST_F(BenchOptionsTest, takes_the_properties_of_the_performance_plugin) {
    const auto options =
        parsed<BenchOptions>({"bench", "--perf", "producer", "-DsysTest.numClients=25",
                              "-Dfactory.brokerURL=tcp://b:1?jms.useAsyncSend=true", "-D",
                              "producer.deliveryMode=persistent", "--threads", "2"});
    EXPECT_EQ(options.settings.publishers, 25);
    EXPECT_EQ(options.settings.subscribers, 0);
    EXPECT_EQ(options.settings.host, "b");
    EXPECT_EQ(options.settings.threads, 2);
    EXPECT_TRUE(options.settings.persistent);
    EXPECT_EQ(options.perf->report, "./JmsProducer_numClients25_numDests1_all.xml");
    EXPECT_EQ(refusal({"--perf", "producer", "-Da"}), "-D: 'a' is not NAME=VALUE");
    EXPECT_EQ(refusal({"--perf", "consumer", "-DsysTest.propsConfigFile=/nowhere"}),
              "cannot read /nowhere");
    EXPECT_NE(refusal({"--perf", "producer", "--size", "5k"}), "accepted");
}

}  // namespace
}  // namespace tern::cli
