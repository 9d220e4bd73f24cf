#include "broker/address/virtual_topics.h"

#include <gmock/gmock.h>

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(VirtualTopics, queues_are_named_after_their_topic) {
    const VirtualTopics topics({{"VirtualTopic.>", "Consumer.*.", ""}});
    EXPECT_THAT(topics.topics_of("Consumer.A.VirtualTopic.Orders"),
                ElementsAre("VirtualTopic.Orders"));
    EXPECT_THAT(topics.topics_of("Consumer.B.VirtualTopic.a.b"), ElementsAre("VirtualTopic.a.b"));
    EXPECT_THAT(topics.topics_of("Consumer.A.VirtualTopic"), ElementsAre("VirtualTopic"));
    EXPECT_THAT(topics.topics_of("Consumer.A.Orders"), IsEmpty());
    EXPECT_THAT(topics.topics_of("Consumer.A.B.VirtualTopic.Orders"), IsEmpty());
    EXPECT_THAT(topics.topics_of("VirtualTopic.Orders"), IsEmpty());
    EXPECT_THAT(topics.topics_of("Consumer.A."), IsEmpty());
}

TEST(VirtualTopics, prefix_and_postfix_may_be_anything) {
    const VirtualTopics topics({{">", "q_", "_copy"}, {"S.*", "*.*.", ".in"}});
    EXPECT_THAT(topics.topics_of("q_Orders_copy"), ElementsAre("Orders"));
    EXPECT_THAT(topics.topics_of("q_Orders"), IsEmpty());
    EXPECT_THAT(topics.topics_of("a.b.S.x.in"), ElementsAre("S.x"));
    EXPECT_THAT(topics.topics_of("a.b.S.x.y.in"), IsEmpty());
}

TEST(VirtualTopics, several_rules_and_what_the_broker_tells) {
    const VirtualTopics topics({{">", "A.", ""}, {"B.>", "A.", ""}, {">", "A.B.", ""}});
    EXPECT_THAT(topics.topics_of("A.B.C"), ElementsAre("B.C", "C"));
    EXPECT_THAT(topics.topics_of("A.ActiveMQ.Advisory.Connection"), IsEmpty());
    EXPECT_THAT(VirtualTopics().topics_of("Consumer.A.VirtualTopic.X"), IsEmpty());
}

TEST(VirtualTopics, a_qualified_name_says_its_topic) {
    const VirtualTopics topics({}, true);
    EXPECT_THAT(topics.topics_of("prices.usd::tape"), testing::ElementsAre("prices.usd"));
    EXPECT_THAT(topics.topics_of("prices.usd"), testing::IsEmpty());
    EXPECT_THAT(topics.topics_of("::tape"), testing::IsEmpty());
    EXPECT_THAT(VirtualTopics().topics_of("prices::tape"), testing::IsEmpty());
}

}  // namespace
}  // namespace tern::broker
