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

}  // namespace
}  // namespace tern::engine
