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
        for (const HealthFinding& one : judge({queue}, broker_.consumers)) {
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

TEST_F(HealthTest, is_shown_with_its_cause) {
    broker_.queues.at("ORDERS").status.counts.ready = 5;
    const json::value view = get("/api/v1/health");
    EXPECT_EQ(view.at("status"), "warning");
    EXPECT_EQ(view.at("findings").at(0).at("cause"), "5 messages wait and nobody consumes them");
}

}  // namespace
}  // namespace tern::admin
