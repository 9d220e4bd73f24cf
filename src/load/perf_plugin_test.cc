#include "load/perf_plugin.h"

#include <gtest/gtest.h>

namespace tern::load {
namespace {

using std::chrono::milliseconds;

PerfPlan plan_of(PerfGoal goal, std::string_view text) {
    Properties properties;
    read_properties(text, properties);
    const auto plan = perf_plan(goal, std::move(properties));
    EXPECT_TRUE(plan) << plan.error();
    return plan.value_or(PerfPlan{});
}

std::string refusal(std::string_view text) {
    Properties properties;
    read_properties(text, properties);
    const auto plan = perf_plan(PerfGoal::producer, std::move(properties));
    return plan ? "accepted" : plan.error();
}

TEST(PerfPluginTest, properties_are_lines) {
    Properties all;
    read_properties("# no\n! no\n a = b \r\n\nc:d=e\nf\n", all);
    EXPECT_EQ(all, (Properties{{"a", "b"}, {"c", "d=e"}, {"f", ""}}));
}

TEST(PerfPluginTest, has_its_defaults) {
    const PerfPlan plan = plan_of(PerfGoal::producer, "");
    EXPECT_EQ(plan.url, "");
    EXPECT_EQ(plan.settings.destination, "TEST.FOO");
    EXPECT_FALSE(plan.settings.persistent);
    EXPECT_EQ(plan.settings.publishers, 1);
    EXPECT_EQ(plan.settings.subscribers, 0);
    EXPECT_EQ(plan.settings.duration, milliseconds(300'000));
    EXPECT_EQ(plan.settings.size, 1024U);
    EXPECT_EQ(plan.report, "./JmsProducer_numClients1_numDests1_all.xml");
}

TEST(PerfPluginTest, takes_a_published_producer) {
    const PerfPlan plan = plan_of(PerfGoal::producer, R"(
sysTest.reportDir=./reports
sysTest.samplers=tp,cpu
sysTest.spiClass=org.apache.activemq.tool.spi.ActiveMQReflectionSPI
sysTest.clientPrefix=Prod
sysTest.numClients=25
producer.destName=topic://T
producer.deliveryMode=persistent
producer.messageSize=2048
producer.sendType=count
producer.sendCount=10
factory.brokerURL=tcp://b:1
factory.userName=u
factory.password=p
)");
    EXPECT_EQ(plan.settings.publishers, 25);
    EXPECT_EQ(plan.settings.count, 250U);
    EXPECT_TRUE(plan.settings.topic);
    EXPECT_TRUE(plan.settings.persistent);
    EXPECT_TRUE(plan.settings.confirmed);
    EXPECT_EQ(plan.settings.window, 1);
    EXPECT_EQ(plan.settings.user, "u");
    EXPECT_EQ(plan.report, "./reports/Prod_numClients25_numDests1_all.xml");
    EXPECT_EQ(plan.without_effect, (std::vector<std::string>{"sysTest.spiClass"}));
    EXPECT_TRUE(plan.settings.machine_by_interval);
}

TEST(PerfPluginTest, takes_options_of_the_url) {
    const PerfPlan plan =
        plan_of(PerfGoal::producer,
                "factory.brokerURL=tcp://b:1?jms.prefetchPolicy.all=5&jms.useAsyncSend=true\n"
                "producer.deliveryMode=persistent\n");
    EXPECT_EQ(plan.url, "tcp://b:1");
    EXPECT_TRUE(plan.settings.persistent);
    EXPECT_FALSE(plan.settings.confirmed);
    EXPECT_EQ(plan.without_effect,
              (std::vector<std::string>{"factory.brokerURL?jms.prefetchPolicy.all=5"}));
}

TEST(PerfPluginTest, takes_a_consumer) {
    const PerfPlan plan =
        plan_of(PerfGoal::consumer, "sysTest.numClients=5\nconsumer.recvDuration=1000\n");
    EXPECT_EQ(plan.settings.publishers, 0);
    EXPECT_EQ(plan.settings.subscribers, 5);
    EXPECT_EQ(plan.settings.duration, milliseconds(1000));
    EXPECT_EQ(plan.client_prefix, "JmsConsumer");
    EXPECT_FALSE(plan.settings.machine_by_interval);
    EXPECT_TRUE(plan_of(PerfGoal::consumer, "consumer.durable=true\nconsumer.destName=topic://T\n")
                    .settings.durable);
}

TEST(PerfPluginTest, says_what_the_machine_did) {
    const PerfPlan plan = plan_of(PerfGoal::producer, "sysTest.samplers=tp,cpu");
    const MachineUse before{.user = 1000, .system = 500, .idle = 4000, .switches = 70};
    const MachineUse after{
        .user = 1050, .system = 525, .idle = 4020, .waiting = 5, .switches = 100, .blocks_out = 9};
    Result result;
    result.machine_samples = {after.since(before), {.user = 60, .blocks_out = 4}};
    const std::string summary = perf_summary(plan, result);
    EXPECT_NE(summary.find("########################################\n"
                           "####    SYSTEM CPU USAGE SUMMARY    ####\n"
                           "########################################\n"
                           "Total Blocks Received: 0\n"
                           "Ave Blocks Received: 0\n"
                           "Total Blocks Sent: 13\n"
                           "Ave Blocks Sent: 6.5\n"
                           "Total Context Switches: 30\n"
                           "Ave Context Switches: 15\n"
                           "Total User Time: 110\n"
                           "Ave User Time: 55\n"
                           "Total System Time: 25\n"
                           "Ave System Time: 12.5\n"
                           "Total Idle Time: 20\n"
                           "Ave Idle Time: 10\n"
                           "Total Waiting Time: 5\n"),
              std::string::npos)
        << summary;
    EXPECT_NE(perf_report(plan, result).find("<prop key='AveUserTime'>55</prop>"),
              std::string::npos);
}

TEST(PerfPluginTest, refuses_what_it_cannot_do) {
    EXPECT_EQ(refusal("sysTest.totalDests=2"), "sysTest.totalDests: the load has one destination");
    EXPECT_EQ(refusal("sysTest.numClients=many"),
              "sysTest.numClients: 'many' is not a number from 1 on");
    EXPECT_EQ(refusal("producer.sendType=never"),
              "producer.sendType: 'never' is not time or count");
}

TEST(PerfPluginTest, sums_up_as_the_plugin_does) {
    PerfPlan plan = plan_of(PerfGoal::producer, "sysTest.numClients=2");
    Result result;
    result.client_samples = {{0, 10}, {30, 20}, {60, 40}};
    EXPECT_EQ(perf_summary(plan, result),
              "#########################################\n"
              "####    SYSTEM THROUGHPUT SUMMARY    ####\n"
              "#########################################\n"
              "System Total Throughput: 160\n"
              "System Total Clients: 2\n"
              "System Average Throughput: 53.33333333333333\n"
              "System Average Throughput Excluding Min/Max: 16.666666666666668\n"
              "System Average Client Throughput: 26.666666666666664\n"
              "System Average Client Throughput Excluding Min/Max: 8.333333333333334\n"
              "Min Client Throughput Per Sample: clientName=JmsProducer0, value=0\n"
              "Max Client Throughput Per Sample: clientName=JmsProducer0, value=60\n"
              "Min Client Total Throughput: clientName=JmsProducer1, value=70\n"
              "Max Client Total Throughput: clientName=JmsProducer0, value=90\n"
              "Min Average Client Throughput: clientName=JmsProducer1, "
              "value=23.333333333333332\n"
              "Max Average Client Throughput: clientName=JmsProducer0, value=30\n"
              "Min Average Client Throughput Excluding Min/Max: clientName=JmsProducer1, "
              "value=6.666666666666667\n"
              "Max Average Client Throughput Excluding Min/Max: clientName=JmsProducer0, "
              "value=10\n"
              "#########################################\n");
    const std::string report = perf_report(plan, result);
    EXPECT_NE(report.find("<value index='1' clientName='JmsProducer1'>20</value>"),
              std::string::npos);
    EXPECT_NE(report.find("<prop key='SysTotalTP'>160</prop>"), std::string::npos);
}

}  // namespace
}  // namespace tern::load
