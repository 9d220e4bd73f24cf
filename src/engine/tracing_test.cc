#include "broker/api/errors.h"
#include "engine/engine_story.h"
#include "engine/operations.h"

#include <algorithm>

namespace tern::engine {
namespace {

using What = broker::TraceEvent::What;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class TracingStory : public EngineStory, public testing::WithParamInterface<int> {
protected:
    TracingStory() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    void follow(double share) {
        Operations operations(*engine_, [](Task task) { task(); });
        operations.follow_messages(share, [](std::error_code error) { EXPECT_FALSE(error); });
        idle();
    }
    broker::TracePage page(broker::TraceQuery query = {}) {
        Operations operations(*engine_, [](Task task) { task(); });
        broker::TracePage found;
        operations.list_traces(std::move(query),
                               [&found](broker::TracePage one) { found = std::move(one); });
        idle();
        return found;
    }
    /// Of the only message that was followed.
    std::vector<What> way() {
        const broker::TracePage found = page();
        EXPECT_THAT(found.traces, SizeIs(1));
        std::vector<What> all;
        if (found.traces.empty()) return all;
        for (const broker::TraceEvent& one : found.traces.front().events) all.push_back(one.what);
        return all;
    }
    /// Whether that happened there to the only message that was followed.
    bool has(What what, const std::string& at) {
        const broker::TracePage found = page();
        return found.traces.size() == 1 &&
               std::ranges::any_of(found.traces.front().events, [&](const auto& event) {
                   return event.what == what && event.at == at;
               });
    }
    std::size_t act(broker::MessageAction action) {
        Operations operations(*engine_, [](Task task) { task(); });
        std::size_t count = 0;
        operations.act(std::move(action),
                       [&count](Result<std::size_t> done) { count = done.value_or(0); });
        idle();
        return count;
    }
};

TEST_P(TracingStory, nothing_is_followed_unless_somebody_asks) {
    connect().publish("q", "m");
    idle();
    EXPECT_EQ(page().share, 0);
    EXPECT_THAT(page().traces, IsEmpty());
}

TEST_P(TracingStory, a_message_is_followed_from_its_sender_to_its_consumer) {
    follow(1);
    StoryClient& sender = connect();
    sender.publish("q", "m");
    idle();
    EXPECT_THAT(way(), ElementsAre(What::received, What::stored, What::queued, What::confirmed));
    StoryClient& taker = connect();
    taker.subscribe("c", "q");
    idle();
    taker.settle("m");
    idle();
    EXPECT_THAT(way(), ElementsAre(What::received, What::stored, What::queued, What::confirmed,
                                   What::dispatched, What::accepted));
    const broker::TracePage found = page({.search = "q"});
    ASSERT_THAT(found.traces, SizeIs(1));
    const auto& events = found.traces.front().events;
    EXPECT_EQ(events[0].at, "queue://q");
    EXPECT_TRUE(events[0].who);
    ASSERT_TRUE(events[4].who);
    EXPECT_NE(events[4].who->consumer, broker::ConsumerNumber());
    EXPECT_TRUE(std::ranges::is_sorted(events, {}, &broker::TraceEvent::at_us));
    EXPECT_THAT(page({.search = "elsewhere"}).traces, IsEmpty());
}

TEST_P(TracingStory, what_is_not_stored_is_followed_too) {
    follow(1);
    connect().publish("q", "m", Durable::no);
    idle();
    EXPECT_THAT(way(), ElementsAre(What::received, What::queued));
}

TEST_P(TracingStory, deliveries_that_fail_and_dead_letters_are_told) {
    follow(1);
    StoryClient& sender = connect();
    sender.publish("q", "m");
    StoryClient& taker = connect();
    taker.subscribe("c", "q");
    idle();
    taker.settle("m", broker::Outcome::fail);
    idle();
    taker.settle("m", broker::Outcome::reject);
    idle();
    // Time stands still here, so that what other shards tell may come in between.
    EXPECT_THAT(way(),
                UnorderedElementsAre(What::received, What::stored, What::queued, What::confirmed,
                                     What::dispatched, What::failed, What::dispatched,
                                     What::rejected, What::sent_on, What::stored, What::queued));
    EXPECT_TRUE(has(What::queued, "queue://ActiveMQ.DLQ"));
}

TEST_P(TracingStory, what_an_operator_moves_is_followed_further) {
    follow(1);
    connect().publish("q", "m");
    idle();
    const broker::Destination from(broker::Domain::queue, false, "q");
    EXPECT_EQ(act({.what = broker::MessageAction::What::move,
                   .queue = from,
                   .to = {broker::Domain::queue, false, "other"}}),
              1U);
    EXPECT_THAT(page({.search = "other"}).traces, SizeIs(1));
    EXPECT_TRUE(has(What::removed, "queue://q"));
    EXPECT_TRUE(has(What::queued, "queue://other"));
    EXPECT_FALSE(has(What::removed, "queue://other"));
    EXPECT_EQ(act({.what = broker::MessageAction::What::remove,
                   .queue = broker::Destination(broker::Domain::queue, false, "other")}),
              1U);
    EXPECT_TRUE(has(What::removed, "queue://other"));
}

TEST_P(TracingStory, a_share_of_them_is_followed) {
    follow(0.25);
    StoryClient& sender = connect();
    for (int i = 0; i < 400; ++i) sender.publish("q", "m" + std::to_string(i));
    idle();
    EXPECT_THAT(page({.limit = 1000}).traces,
                SizeIs(testing::AllOf(testing::Ge(80U), testing::Le(120U))));
    EXPECT_THAT(page({.limit = 7}).traces, SizeIs(7));
    follow(0);
    const std::size_t before = page({.limit = 1000}).traces.size();
    for (int i = 0; i < 100; ++i) sender.publish("q", "n" + std::to_string(i));
    idle();
    EXPECT_THAT(page({.limit = 1000}).traces, SizeIs(before));
}

INSTANTIATE_TEST_SUITE_P(shards, TracingStory, testing::Values(1, 3));

}  // namespace
}  // namespace tern::engine
