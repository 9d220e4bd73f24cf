#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using What = broker::Notice::What;

/// What clients are told of each other, and the numbers they can ask for.
class NoticesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    NoticesTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    StoryClient& watch(const std::string& topics) {
        StoryClient& watcher = connect();
        watcher.subscribe("w", "topic " + topics);
        idle();
        return watcher;
    }
    std::vector<std::string> lasting(const std::string& pattern) {
        StoryClient& asks = connect();
        asks.list_notices(pattern);
        idle();
        return asks.notices();
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, NoticesTest, testing::Values(1, 2, 3));

TEST_P(NoticesTest, whoever_listens_is_told_with_the_count_of_what_lasts) {
    StoryClient& exact = watch("here.a");
    StoryClient& all = watch("here.>");
    StoryClient& a = connect();
    a.announce(What::begins, "here.a", "x");
    idle();
    connect().announce(What::begins, "here.a", "y");
    idle();
    a.announce(What::begins, "here.b", "z");
    a.announce(What::happens, "here.a", "!");
    a.announce(What::ends, "here.a", "x");
    idle();
    EXPECT_TRUE(a.ok("announce x"));
    EXPECT_THAT(exact.got("w"), ElementsAre("x of 1", "y of 2", "! of 2", "x of 1"));
    EXPECT_EQ(all.got("w").size(), 5U);
}

TEST_P(NoticesTest, who_comes_later_can_ask_for_what_lasts) {
    StoryClient& a = connect();
    a.announce(What::begins, "here.a", "x");
    a.announce(What::begins, "here.a", "y");
    a.announce(What::begins, "here.b", "z");
    a.announce(What::happens, "here.b", "!");
    idle();
    EXPECT_THAT(lasting("here.>"), ElementsAre("x of 2", "y of 2", "z of 1"));
    EXPECT_THAT(lasting("here.b"), ElementsAre("z of 1"));
    EXPECT_THAT(lasting("there"), IsEmpty());
    a.announce(What::ends, "here.a", "x");
    a.announce(What::ends, "here.b", "z");
    idle();
    EXPECT_THAT(lasting("here.>"), ElementsAre("y of 1"));
}

TEST_P(NoticesTest, the_end_of_what_never_began_is_not_told) {
    StoryClient& watcher = watch("here.a");
    StoryClient& a = connect();
    a.announce(What::ends, "here.a", "x");
    a.announce(What::begins, "here.a", "y");
    a.announce(What::ends, "here.a", "x");
    idle();
    EXPECT_TRUE(a.ok("announce x"));
    EXPECT_THAT(watcher.got("w"), ElementsAre("y of 1"));
}

TEST_P(NoticesTest, an_end_is_told_though_the_connection_goes_before_its_turn) {
    for (int steps = 0; steps < 20; ++steps) {
        StoryClient& a = connect();
        a.announce(What::begins, "here", "x");
        a.subscribe("c", "made on demand " + std::to_string(steps));
        a.announce(What::ends, "here", "x");
        for (int i = 0; i < steps; ++i) std::ignore = world_->step();
        a.disconnect();
        idle();
        EXPECT_THAT(lasting("here"), IsEmpty());
    }
}

TEST_P(NoticesTest, queues_report_what_they_have_seen) {
    StoryClient& a = connect();
    for (const char* name : {"0", "1", "2"}) a.publish("q.a", name);
    a.publish("q.b", "3");
    a.publish("other", "4");
    idle();
    a.subscribe("c", "q.a", 2);
    idle();
    a.settle("0");
    idle();
    a.report_queues("q.*");
    idle();
    ASSERT_EQ(a.reports().size(), 2U);
    const broker::QueueReport& report = a.reports()[0];
    EXPECT_EQ(report.queue.name, "q.a");
    EXPECT_EQ(report.totals.enqueued, 3U);
    EXPECT_EQ(report.totals.dispatched, 2U);
    EXPECT_EQ(report.totals.dequeued, 1U);
    EXPECT_EQ(report.counts.ready, 1U);
    EXPECT_EQ(report.counts.unsettled, 1U);
    EXPECT_EQ(report.counts.consumers, 1U);
    EXPECT_EQ(a.reports()[1].queue.name, "q.b");
    restart();
    StoryClient& b = connect();
    b.report_queues("q.a");
    idle();
    ASSERT_EQ(b.reports().size(), 1U);
    EXPECT_EQ(b.reports()[0].counts.ready, 2U);
    EXPECT_EQ(b.reports()[0].totals.enqueued, 0U) << "it was there before";
}

// ---- Of rooms that leave it to the engine

TEST_P(NoticesTest, who_is_introduced_is_known_with_its_consumers_and_producers) {
    StoryClient& connections = watch("who.connections");
    StoryClient& consumers = watch("who.consumers.>");
    StoryClient& producers = watch("who.producers.>");
    StoryClient& a = connect();
    a.connection().describe({.protocol = "story", .peer = "here:1"});
    const std::string id = "ID:story-" + std::to_string(a.shard().id().value) + "-" +
                           std::to_string(a.connection().status().ref.connection.value);
    a.introduce("me");
    a.introduce("me again");
    a.subscribe_as("c", "q,topic t,$private", [](broker::Subscribe&) {});
    a.add_producer(1, "q");
    idle();
    EXPECT_THAT(connections.got("w"), ElementsAre("+" + id + " me of 1"));
    EXPECT_THAT(consumers.got("w"),
                testing::UnorderedElementsAre("+" + id + ":1 of 1", "+" + id + ":1 of 1"));
    EXPECT_THAT(producers.got("w"), ElementsAre("+" + id + ":1 of 1"));
    EXPECT_THAT(lasting("who.>"), testing::SizeIs(4));
    EXPECT_THAT(lasting("who.consumers.q"), ElementsAre("+" + id + ":1 of 1"));
    a.unsubscribe("c");
    a.remove_producer(1);
    idle();
    EXPECT_THAT(consumers.got("w"), ElementsAre("-" + id + ":1 of 0", "-" + id + ":1 of 0"));
    EXPECT_THAT(producers.got("w"), ElementsAre("-" + id + ":1 of 0"));
    a.subscribe("d", "q");
    a.add_producer(2, "topic t");
    idle();
    a.disconnect();
    idle();
    EXPECT_EQ(consumers.got("w").size(), 2U);
    EXPECT_EQ(producers.got("w").size(), 2U);
    EXPECT_THAT(connections.got("w"), ElementsAre("-" + id + " of 0"));
    EXPECT_THAT(lasting("who.>"), IsEmpty());
}

TEST_P(NoticesTest, who_consumes_by_way_of_other_destinations_is_told_of_as_theirs) {
    configure({.virtual_topics = broker::VirtualTopics({{"news.>", "A.*.", ""}}),
               .composites = {{.from = StoryClient::destination("in"),
                               .to = {{.destination = StoryClient::destination("out")}}}},
               .virtual_demand = {.consumers = true, .queues = true},
               .policies = {}});
    StoryClient& watcher = watch("demand.>");
    StoryClient& a = connect();
    a.connection().describe({.protocol = "story", .peer = "here:1"});
    a.introduce("me");
    const std::string id = "ID:story-" + std::to_string(a.shard().id().value) + "-" +
                           std::to_string(a.connection().status().ref.connection.value);
    a.subscribe("c", "A.x.news.today");
    idle();
    a.subscribe("d", "out");
    a.subscribe("e", "other");
    idle();
    const auto told = watcher.got("w");
    ASSERT_EQ(told.size(), 4U);
    EXPECT_THAT(told[0], testing::MatchesRegex("\\+ID:queues:.* of 1"));
    EXPECT_EQ(told[1], "+" + id + ":1 of 2");
    EXPECT_THAT(told[2], testing::MatchesRegex("\\+ID:queues:.* of 1"));
    EXPECT_EQ(told[3], "+" + id + ":2 of 2");
    EXPECT_THAT(lasting("demand.news.today"), testing::SizeIs(2));
    EXPECT_THAT(lasting("demand.in"), testing::SizeIs(2));
    a.unsubscribe("d");
    idle();
    EXPECT_THAT(watcher.got("w"), ElementsAre("-" + id + ":2 of 1"));
    a.remove("out");
    a.disconnect();
    idle();
    EXPECT_EQ(watcher.got("w").size(), 2U);
    EXPECT_THAT(lasting("demand.>"), testing::SizeIs(1)) << "the queue that is still there";
}

TEST_P(NoticesTest, other_settings_change_what_is_told_of_those_who_are_there) {
    const auto follow = [this](const std::string& prefix, bool consumers, bool queues) {
        configure({.virtual_topics = broker::VirtualTopics({{"news.>", prefix + ".*.", ""}}),
                   .virtual_demand = {.consumers = consumers, .queues = queues},
                   .policies = {}});
        idle();
    };
    follow("A", false, false);
    StoryClient& watcher = watch("demand.>");
    StoryClient& a = connect();
    a.connection().describe({.protocol = "story", .peer = "here:1"});
    a.introduce("me");
    const std::string id = "ID:story-" + std::to_string(a.shard().id().value) + "-" +
                           std::to_string(a.connection().status().ref.connection.value);
    a.subscribe("c", "A.x.news.a");
    a.subscribe("d", "B.x.news.b");
    idle();
    EXPECT_THAT(watcher.got("w"), IsEmpty());
    follow("A", true, false);
    EXPECT_THAT(watcher.got("w"), ElementsAre("+" + id + ":1 of 1"));
    follow("A", true, true);
    EXPECT_THAT(watcher.got("w"), ElementsAre(testing::MatchesRegex("\\+ID:queues:.* of 2")));
    follow("A", true, true);
    EXPECT_THAT(watcher.got("w"), IsEmpty()) << "all of it holds";
    follow("B", true, false);
    EXPECT_EQ(watcher.got("w").size(), 3U);
    EXPECT_THAT(lasting("demand.>"), ElementsAre("+" + id + ":2 of 1"));
    a.unsubscribe("d");
    idle();
    EXPECT_THAT(watcher.got("w"), ElementsAre("-" + id + ":2 of 0"));
    a.unsubscribe("c");
    idle();
    follow("A", true, false);
    EXPECT_THAT(watcher.got("w"), IsEmpty());
}

TEST_P(NoticesTest, nobody_hears_of_who_is_not_introduced) {
    StoryClient& a = connect();
    a.subscribe("c", "q");
    a.add_producer(1, "q");
    idle();
    EXPECT_THAT(lasting("who.>"), IsEmpty());
    a.disconnect();
    EXPECT_THAT(lasting("who.>"), IsEmpty());
}

}  // namespace
}  // namespace tern::engine
