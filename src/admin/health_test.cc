#include "admin/health.h"

#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HealthTest : public AdminTest {
protected:
    std::vector<std::string> findings() {
        std::vector<std::string> ids;
        const broker::QueueStatus& queue = broker_.queues.at("ORDERS").status;
        for (const HealthFinding& one : judge({}, {}, {queue}, broker_.consumers)) {
            EXPECT_EQ(one.about, "ORDERS");
            EXPECT_FALSE(one.remedy.empty());
            ids.push_back(one.id);
        }
        return ids;
    }
    void add_consumer(std::uint64_t credit, std::uint32_t unsettled) {
        broker::QueueStatus& queue = broker_.queues.at("ORDERS").status;
        ++queue.counts.consumers;
        broker_.consumers.push_back(
            {.queue = queue.info, .credit = credit, .unsettled = unsettled});
    }
};

TEST_F(HealthTest, names_what_keeps_messages_waiting) {
    EXPECT_THAT(findings(), IsEmpty());
    broker_.queues.at("ORDERS").status.counts.ready = 5;
    EXPECT_THAT(findings(), ElementsAre("no_consumer"));
    add_consumer(0, 10);
    EXPECT_THAT(findings(), ElementsAre("slow_consumer"));
    add_consumer(1, 0);
    EXPECT_THAT(findings(), IsEmpty());
    broker_.queues.at("ORDERS").status.paused = true;
    EXPECT_THAT(findings(), ElementsAre("paused"));
}

TEST_F(HealthTest, names_limits_that_are_nearly_reached) {
    broker::BrokerStatus status;
    const auto ids = [&status] {
        std::vector<std::string> found;
        for (const HealthFinding& one : judge({}, status, {}, {})) {
            EXPECT_FALSE(one.remedy.empty());
            found.push_back(classic_id(one));
        }
        return found;
    };
    status.flow.memory = status.flow.store = {.used = 89, .limit = 100};
    EXPECT_THAT(ids(), IsEmpty());
    status.flow.memory.used = 90;
    EXPECT_EQ(judge({}, status, {}, {}).front().cause,
              "90 % of the memory are used: 90 of 100 bytes");
    status.flow.store.used = 100;
    status.flow.temporary = status.flow.schedule = {.used = 99, .limit = 100};
    status.flow.disk_free_bytes = 5;
    status.flow.disk_reserve_bytes = 6;
    EXPECT_THAT(
        ids(),
        ElementsAre("org.apache.activemq.memory_limit", "org.apache.activemq.StoreLimit",
                    "org.apache.activemq.TempStoreLimit", "org.apache.activemq.JobSchedulerLimit",
                    "org.apache.activemq.FreeDiskSpaceLeft"));
    EXPECT_THAT(judge({}, status, {}, {})[1].cause,
                testing::EndsWith("; producers wait or are refused"));
}

TEST_F(HealthTest, names_where_no_more_connections_can_come_soon) {
    About about;
    ConnectionLimit all{.max = 10, .open = 8};
    std::vector<OpenListener> open(2);
    open[0].name = "openwire";
    open[0].connections.open = 100;
    open[1].name = "stomp";
    open[1].connections = {.max = 2, .open = 1, .refused = 7};
    about.connections = [&all] { return all; };
    about.listeners = [&open] { return open; };
    EXPECT_THAT(judge(about, {}, {}, {}), IsEmpty());
    all.open = 9;
    open[1].connections.open = 2;
    const auto found = judge(about, {}, {}, {});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].id, "connection_limit");
    EXPECT_EQ(found[0].about, "all listeners");
    EXPECT_EQ(found[1].about, "stomp");
    EXPECT_EQ(found[1].cause, "2 of 2 connections are open; 7 were refused since the start");
}

TEST_F(HealthTest, names_a_slow_disk_once) {
    std::vector<broker::QueueStatus> queues(2, broker_.queues.at("ORDERS").status);
    for (broker::QueueStatus& one : queues) {
        auto slow = std::make_shared<broker::Latencies>();
        slow->confirm.recent.add(700'000);
        one.latencies = std::move(slow);
    }
    const auto found = judge({}, {}, queues, {});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().id, "disk_latency");
    EXPECT_THAT(found.front().cause, testing::HasSubstr("ms until they are safe"));
}

TEST_F(HealthTest, is_shown_with_its_cause) {
    broker_.queues.at("ORDERS").status.counts.ready = 5;
    const json::value view = get("/api/v1/health");
    EXPECT_EQ(view.at("status"), "warning");
    EXPECT_EQ(view.at("findings").at(0).at("cause"), "5 messages wait and nobody consumes them");
}

}  // namespace
}  // namespace tern::admin
