// Consumers that are more than one queue's next one: selectors, patterns, several queues, browsers.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using broker::Outcome;
using broker::Subscribe;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ConsumersTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    ConsumersTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    static std::function<void(Subscribe&)> selecting(const std::string& selector) {
        return [selector](Subscribe& command) { command.selector = selector; };
    }
    static std::function<void(Subscribe&)> with_credit(std::uint32_t credit) {
        return [credit](Subscribe& command) { command.credit = credit; };
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, ConsumersTest, testing::Values(1, 2, 3));

TEST_P(ConsumersTest, a_selector_takes_what_matches_from_a_queue) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q", selecting("kind = 'x'"));
    a.publish("q", "y1");
    a.publish("q", "x1");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("x1"));
    EXPECT_THAT(on("q"), ElementsAre("y1", "x1"));
    b.settle("x1");
    EXPECT_THAT(on("q"), ElementsAre("y1"));
}

TEST_P(ConsumersTest, whoever_hears_that_a_consumer_came_or_left_can_tell_others) {
    connect().publish("q", "m");
    idle();
    const auto consumers = [](StoryClient& client) -> std::uint32_t {
        return client.shard().table().route({broker::Domain::queue, false, "q"}).front()->consumers;
    };
    const auto step_to = [this](const StoryClient& client, const std::string& answer) {
        while (!client.answered(answer) && world_->step()) {
        }
        EXPECT_TRUE(client.ok(answer));
    };
    for (int shard = 0; shard < GetParam(); ++shard) {
        StoryClient& client = connect();
        for (int round = 0; round < 10; ++round) {
            const std::string consumer = std::to_string(round);
            client.subscribe(consumer, "q");
            step_to(client, "subscribe " + consumer);
            EXPECT_EQ(consumers(client), 1U);
            idle();
            EXPECT_EQ(client.got(consumer).size(), 1U);
            client.unsubscribe(consumer);
            step_to(client, "unsubscribe " + consumer);
            EXPECT_EQ(consumers(client), 0U);
        }
    }
}

TEST_P(ConsumersTest, a_selector_keeps_the_rest_out_of_a_subscription) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "topic t", selecting("kind = 'x'"));
    idle();
    for (const char* name : {"y1", "x1", "y2", "x2"}) a.publish("topic t", name);
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("x1", "x2"));
}

TEST_P(ConsumersTest, a_wrong_selector_is_refused_in_words) {
    StoryClient& a = connect();
    a.subscribe_as("c", "q", selecting("kind ="));
    idle();
    EXPECT_EQ(a.answer("subscribe c"), Errc::invalid_selector);
    EXPECT_NE(a.connection().selector_problem("kind =").find("column"), std::string::npos);
    EXPECT_EQ(a.connection().selector_problem("kind = 'x'"), "");
}

TEST_P(ConsumersTest, nobody_hears_himself_who_does_not_want_to) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.subscribe_as("c", "topic t", [](Subscribe& command) { command.no_local = true; });
    idle();
    a.publish("topic t", "mine");
    b.publish("topic t", "theirs");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("theirs"));
}

TEST_P(ConsumersTest, a_pattern_of_topics_gets_what_is_sent_to_any_of_them) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "topic t.*,topic u.>", [](Subscribe&) {});
    idle();
    for (const char* to : {"t.1", "t", "t.1.2", "u", "u.1.2"}) {
        a.publish(std::string("topic ") + to, to);
    }
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("t.1", "u", "u.1.2"));
}

TEST_P(ConsumersTest, a_pattern_of_queues_gets_those_that_come_later_too) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.publish("q.1", "1");
    a.publish("r.1", "no");
    idle();
    b.subscribe_as("c", "q.*", [](Subscribe&) {});
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("1"));
    a.publish("q.2", "2");
    a.publish("q.1", "3");
    idle();
    EXPECT_THAT(b.got("c"), UnorderedElementsAre("2", "3"));
    b.settle("2");
    b.settle("3", Outcome::fail);
    idle();
    EXPECT_THAT(on("q.2"), IsEmpty());
    EXPECT_THAT(b.got("c"), ElementsAre("3!"));
}

TEST_P(ConsumersTest, several_queues_share_one_credit) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (int i = 0; i < 5; ++i) {
        a.publish("q", "q" + std::to_string(i));
        a.publish("r", "r" + std::to_string(i));
    }
    idle();
    b.subscribe_as("c", "q,r", with_credit(3));
    idle();
    EXPECT_EQ(b.got("c").size(), 3U);
    b.grant("c", 4);
    idle();
    EXPECT_EQ(b.got("c").size(), 4U);
    b.grant("c", 100);
    idle();
    EXPECT_EQ(b.got("c").size(), 3U);
    a.publish("q", "q5");
    a.publish("r", "r5");
    idle();
    EXPECT_THAT(b.got("c"), UnorderedElementsAre("q5", "r5"));
}

TEST_P(ConsumersTest, credit_is_lent_to_whatever_queue_has_something) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q,r", with_credit(1));
    idle();
    for (int i = 0; i < 10; ++i) {
        a.publish(i % 3 == 0 ? "q" : "r", std::to_string(i));
        idle();
        EXPECT_THAT(b.got("c"), ElementsAre(std::to_string(i)));
        b.settle(std::to_string(i));
        b.grant("c", 1);
        idle();
    }
}

TEST_P(ConsumersTest, a_drain_of_several_queues_comes_behind_all_there_is) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.publish("q", "1");
    a.publish("r", "2");
    idle();
    b.subscribe_as("c", "q,r", with_credit(0));
    idle();
    b.grant("c", 5);
    b.drain("c");
    idle();
    EXPECT_TRUE(b.ok("drain c"));
    EXPECT_THAT(b.got("c"), UnorderedElementsAre("1", "2"));
    a.publish("q", "3");
    idle();
    EXPECT_THAT(b.got("c"), IsEmpty()) << "the rest of the credit was taken back";
}

TEST_P(ConsumersTest, another_message_comes_for_one_that_is_passed_over) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q", with_credit(1));
    for (const char* const name : {"1", "2"}) a.publish("q", name);
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("1"));
    b.pass_over("1");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("2"));
}

TEST_P(ConsumersTest, none_comes_for_one_that_is_passed_over_once_the_credit_was_taken_back) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q", with_credit(1));
    for (const char* const name : {"1", "2"}) a.publish("q", name);
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("1"));
    b.drain("c");
    b.pass_over("1");
    idle();
    EXPECT_THAT(b.got("c"), IsEmpty());
}

TEST_P(ConsumersTest, another_message_comes_for_one_that_is_passed_over_after_an_earlier_drain) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q", with_credit(1));
    b.drain("c");  // a pull that had a timeout and found nothing
    idle();
    for (const char* const name : {"1", "2"}) a.publish("q", name);
    idle();
    EXPECT_THAT(b.got("c"), IsEmpty());
    b.grant("c", 1);  // one that has none
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("1"));
    b.pass_over("1");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("2"));
}

TEST_P(ConsumersTest, queues_and_topics_may_be_consumed_together) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q,topic t", [](Subscribe&) {});
    idle();
    a.publish("q", "1");
    a.publish("topic t", "2");
    idle();
    EXPECT_THAT(b.got("c"), UnorderedElementsAre("1", "2"));
    b.settle("1");
    b.settle("2");
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(ConsumersTest, what_several_queues_delivered_goes_back_to_each) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe_as("c", "q,r", [](Subscribe&) {});
    a.publish("q", "1");
    a.publish("r", "2");
    idle();
    EXPECT_EQ(b.got("c").size(), 2U);
    b.unsubscribe("c", {"2"});
    EXPECT_THAT(on("q"), ElementsAre("1"));
    EXPECT_THAT(on("r"), ElementsAre("2!"));
}

TEST_P(ConsumersTest, a_browser_goes_through_several_queues) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    a.publish("r", "3");
    idle();
    a.browse("b", "q,r", 2);
    idle();
    EXPECT_THAT(a.got("b"), ElementsAre("1", "2"));
    a.grant("b", 2);
    idle();
    EXPECT_THAT(a.got("b"), ElementsAre("3", "(end)"));
    a.browse("none", "nothing.*");
    idle();
    EXPECT_THAT(a.got("none"), ElementsAre("(end)"));
}

TEST_P(ConsumersTest, what_is_rejected_becomes_a_dead_letter) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2", Durable::no);
    a.subscribe("c", "q");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("1", "2"));
    a.settle("1", Outcome::reject);
    a.settle("2", Outcome::reject);
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("1"));
    EXPECT_THAT(on("q"), IsEmpty());
    restart();
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("1"));
    EXPECT_THAT(on("q"), IsEmpty());

    StoryClient& b = connect();
    b.subscribe("d", "ActiveMQ.DLQ");
    idle();
    EXPECT_THAT(b.got("d"), ElementsAre("1"));
    b.settle("1", Outcome::reject);
    EXPECT_THAT(on("ActiveMQ.DLQ"), IsEmpty()) << "no dead letter dies twice";
}

TEST_P(ConsumersTest, what_expires_becomes_a_dead_letter) {
    StoryClient& a = connect();
    a.publish_expiring("q", "1", Millis{1500});
    a.publish("q", "2");
    pass(Millis{1000});
    EXPECT_THAT(on("q"), ElementsAre("1", "2"));
    pass(Millis{2000});
    EXPECT_THAT(on("q"), ElementsAre("2"));
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("1"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("2"));
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("1"));
}

}  // namespace
}  // namespace tern::engine
