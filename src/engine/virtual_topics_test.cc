// Topics whose messages reach queues that are named after them.

#include "engine/engine_story.h"

#include <algorithm>
#include <set>

namespace tern::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class VirtualTopicsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    VirtualTopicsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {
        configure({.virtual_topics = broker::VirtualTopics({{"VirtualTopic.>", "Consumer.*.", ""}}),
                   .policies = {}});
    }

    void publish(const std::string& to, const std::string& name) {
        connect().publish(to, name);
        idle();
    }
    void declare(const std::string& queue) {
        connect().declare(queue);
        idle();
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, VirtualTopicsTest, testing::Values(1, 2, 3));

TEST_P(VirtualTopicsTest, every_group_gets_everything_and_shares_it) {
    StoryClient& client = connect();
    client.subscribe("a1", "Consumer.A.VirtualTopic.T");
    client.subscribe("a2", "Consumer.A.VirtualTopic.T");
    client.subscribe("b", "Consumer.B.VirtualTopic.T");
    client.subscribe("plain", "topic VirtualTopic.T");
    idle();
    publish("topic VirtualTopic.T", "1");
    publish("topic VirtualTopic.T", "2");
    publish("topic VirtualTopic.Other", "3");
    auto group = client.got("a1");
    const auto rest = client.got("a2");
    group.insert(group.end(), rest.begin(), rest.end());
    EXPECT_THAT(group, UnorderedElementsAre("1", "2"));
    EXPECT_THAT(client.got("b"), ElementsAre("1", "2"));
    EXPECT_THAT(client.got("plain"), ElementsAre("1", "2"));
}

TEST_P(VirtualTopicsTest, a_queue_fills_while_nobody_is_there_and_survives) {
    publish("topic VirtualTopic.T", "before");
    declare("Consumer.A.VirtualTopic.T");
    publish("topic VirtualTopic.T", "1");
    restart();
    publish("topic VirtualTopic.T", "2");
    EXPECT_THAT(on("Consumer.A.VirtualTopic.T"), ElementsAre("1", "2"));
    restart();
    EXPECT_THAT(on("Consumer.A.VirtualTopic.T"), ElementsAre("1", "2"));
}

/// Whatever a virtual topic says of `transactedSend`.
TEST_P(VirtualTopicsTest, a_message_reaches_all_queues_or_none_wherever_power_fails) {
    const std::vector<std::string> groups{"A", "B", "C", "D", "E"};
    for (const std::string& group : groups) declare("Consumer." + group + ".VirtualTopic.T");
    std::set<std::size_t> sizes;
    for (std::uint64_t nth = 1; nth <= 12; ++nth) {
        StoryClient& client = connect();
        disk_.cut_power_at(nth);
        const std::string name = std::to_string(nth);
        client.publish("topic VirtualTopic.T", name);
        client.publish("topic VirtualTopic.T", name + "b");
        idle();
        const bool confirmed = client.ok(name);
        crash();
        const auto first = on("Consumer.A.VirtualTopic.T");
        for (const std::string& group : groups) {
            EXPECT_EQ(on("Consumer." + group + ".VirtualTopic.T"), first) << "power off at " << nth;
        }
        const bool there = std::ranges::find(first, name) != first.end();
        EXPECT_TRUE(there || !confirmed) << "power off at " << nth;
        sizes.insert(first.size());
    }
    EXPECT_GT(sizes.size(), 1U) << "some arrived";
}

TEST_P(VirtualTopicsTest, a_transaction_reaches_all_queues_or_none) {
    declare("Consumer.A.VirtualTopic.T");
    declare("Consumer.B.VirtualTopic.T");
    StoryClient& client = connect();
    client.begin(1);
    client.publish_in(1, "topic VirtualTopic.T", "kept");
    client.commit(1);
    client.begin(2);
    client.publish_in(2, "topic VirtualTopic.T", "dropped");
    client.rollback(2);
    idle();
    EXPECT_THAT(on("Consumer.A.VirtualTopic.T"), ElementsAre("kept"));
    EXPECT_THAT(on("Consumer.B.VirtualTopic.T"), ElementsAre("kept"));
}

TEST_P(VirtualTopicsTest, power_that_fails_leaves_a_message_on_all_queues_or_none) {
    declare("Consumer.A.VirtualTopic.T");
    declare("Consumer.B.VirtualTopic.T");
    declare("Consumer.C.VirtualTopic.T");
    std::size_t kept = 0;
    for (int steps = 0; steps < 60; ++steps) {
        const std::string name = std::to_string(steps);
        connect().publish("topic VirtualTopic.T", name);
        for (int i = 0; i < steps % 20 && world_->step(); ++i) {
        }
        crash();
        const auto there = on("Consumer.A.VirtualTopic.T");
        EXPECT_EQ(on("Consumer.B.VirtualTopic.T"), there) << name;
        EXPECT_EQ(on("Consumer.C.VirtualTopic.T"), there) << name;
        kept = there.size();
    }
    EXPECT_GT(kept, 0U);
    EXPECT_LT(kept, 60U);
}

TEST_P(VirtualTopicsTest, other_rules_hold_from_the_moment_they_are_given) {
    declare("Consumer.A.VirtualTopic.T");
    declare("VTC.T");
    configure({.virtual_topics = broker::VirtualTopics({{">", "VTC.", ""}}), .policies = {}});
    publish("topic VirtualTopic.T", "1");
    publish("topic T", "2");
    EXPECT_THAT(on("Consumer.A.VirtualTopic.T"), IsEmpty());
    EXPECT_THAT(on("VTC.T"), ElementsAre("2"));
}

class SelectiveTopicsTest : public VirtualTopicsTest {
protected:
    void set(bool remembered) {
        configure({.virtual_topics = broker::VirtualTopics({{.name = "VirtualTopic.>",
                                                             .prefix = "Consumer.*.",
                                                             .postfix = "",
                                                             .selective = true}}),
                   .policies = {},
                   .selectors_remembered = remembered});
    }
    static void select(StoryClient& client, const std::string& consumer, const std::string& queue,
                       const std::string& selector) {
        client.subscribe_as(consumer, queue, [selector](broker::Subscribe& command) {
            command.selector = selector;
            command.credit = 100;
        });
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, SelectiveTopicsTest, testing::Values(1, 2, 3));

TEST_P(SelectiveTopicsTest, a_queue_gets_what_somebody_takes) {
    set(false);
    const std::string queue = "Consumer.A.VirtualTopic.T";
    StoryClient& client = connect();
    select(client, "x", queue, "kind = 'x'");
    select(client, "y", queue, "kind = 'y'");
    idle();
    publish("topic VirtualTopic.T", "x1");
    publish("topic VirtualTopic.T", "y2");
    publish("topic VirtualTopic.T", "z3");
    publish(queue, "z4");
    EXPECT_THAT(client.got("x"), ElementsAre("x1"));
    EXPECT_THAT(client.got("y"), ElementsAre("y2"));
    client.settle("x1");
    client.settle("y2");
    client.unsubscribe("x");
    idle();
    publish("topic VirtualTopic.T", "x5");
    EXPECT_THAT(on(queue), ElementsAre("z4"));
    client.disconnect();
    idle();
    publish("topic VirtualTopic.T", "y6");
    EXPECT_THAT(on(queue), ElementsAre("z4"));
}

TEST_P(SelectiveTopicsTest, as_soon_as_the_answer_says_that_somebody_is_there) {
    set(false);
    StoryClient& client = connect();
    StoryClient& sender = connect();
    client.declare("Consumer.A.VirtualTopic.T");
    idle();
    select(client, "x", "Consumer.A.VirtualTopic.T", "kind = 'x'");
    while (!client.answered("subscribe x")) pass(Millis(1));
    sender.publish("topic VirtualTopic.T", "x1");
    idle();
    EXPECT_THAT(client.got("x"), ElementsAre("x1"));
}

TEST_P(SelectiveTopicsTest, selectors_may_be_remembered) {
    set(true);
    const std::string queue = "Consumer.A.VirtualTopic.T";
    StoryClient& client = connect();
    select(client, "x", queue, "kind = 'x'");
    idle();
    client.disconnect();
    idle();
    publish("topic VirtualTopic.T", "x1");
    publish("topic VirtualTopic.T", "y2");
    restart();
    publish("topic VirtualTopic.T", "x3");
    publish("topic VirtualTopic.T", "y4");
    EXPECT_THAT(on(queue), ElementsAre("x1", "x3"));
}

TEST_P(VirtualTopicsTest, a_full_queue_may_go_without_a_message) {
    broker::Policy policy;
    policy.memory_limit = 20'000;
    policy.fail_if_no_space = true;
    policy.queue_cursor.kind = broker::Cursor::Kind::memory;
    const auto set = [&](bool drops) {
        configure({.virtual_topics = broker::VirtualTopics({{.name = "VirtualTopic.>",
                                                             .prefix = "Consumer.*.",
                                                             .postfix = "",
                                                             .drops = drops}}),
                   .policies = broker::PolicyMap({{{broker::Domain::queue, false, "Consumer.A.>"},
                                                   std::make_shared<const broker::Policy>(policy)}},
                                                 broker::Policy())});
        idle();
    };
    set(true);
    declare("Consumer.A.VirtualTopic.T");
    declare("Consumer.B.VirtualTopic.T");
    StoryClient& sender = connect();
    for (int i = 0; i < 5; ++i) {
        sender.publish_large("topic VirtualTopic.T", 10'000);
        idle();
    }
    EXPECT_LT(on("Consumer.A.VirtualTopic.T").size(), 5U);
    EXPECT_EQ(on("Consumer.B.VirtualTopic.T").size(), 5U);
}

}  // namespace
}  // namespace tern::engine
