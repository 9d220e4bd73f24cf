#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

class TransactionsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    TransactionsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}
};

INSTANTIATE_TEST_SUITE_P(Shards, TransactionsTest, testing::Values(1, 2, 3));

TEST_P(TransactionsTest, publishes_appear_with_the_commit) {
    StoryClient& a = connect();
    a.subscribe("c", "q1");
    a.begin(1);
    a.publish_in(1, "q1", "1");
    a.publish_in(1, "q2", "2");
    idle();
    EXPECT_TRUE(a.ok("1")) << "taken, that is all";
    EXPECT_THAT(on("q1"), IsEmpty());
    EXPECT_THAT(on("q2"), IsEmpty());
    a.commit(1);
    idle();
    EXPECT_TRUE(a.ok("commit 1"));
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
    restart();
    EXPECT_THAT(on("q1"), ElementsAre("1!"));
    EXPECT_THAT(on("q2"), ElementsAre("2"));
}

TEST_P(TransactionsTest, rolled_back_publishes_never_appear) {
    StoryClient& a = connect();
    a.begin(1);
    a.publish_in(1, "q", "1");
    a.rollback(1);
    a.publish("q", "2");
    idle();
    EXPECT_TRUE(a.ok("rollback 1"));
    EXPECT_THAT(on("q"), ElementsAre("2"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("2"));
}

TEST_P(TransactionsTest, a_lost_connection_rolls_back) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.publish("q", "1");
    a.subscribe("c", "q");
    idle();
    a.begin(1);
    a.publish_in(1, "q", "2");
    a.settle_in(1, {"1"});
    idle();
    a.disconnect();
    EXPECT_THAT(on("q"), ElementsAre("1!"));
    b.subscribe("d", "q");
    idle();
    EXPECT_THAT(b.got("d"), ElementsAre("1!"));
}

TEST_P(TransactionsTest, accepted_messages_stay_away_from_others_until_the_end) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (const char* name : {"1", "2", "3"}) a.publish("q", name);
    a.subscribe("c", "q");
    idle();
    a.begin(1);
    a.begin(2);
    a.settle_in(1, {"1"});
    a.settle_in(2, {"2"});
    idle();
    a.unsubscribe("c");
    b.subscribe("d", "q");
    idle();
    EXPECT_THAT(b.got("d"), ElementsAre("3"));
    a.commit(1);
    a.rollback(2);
    idle();
    EXPECT_THAT(b.got("d"), ElementsAre("2!"));
    EXPECT_THAT(on("q"), ElementsAre("2!", "3"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("2!", "3!"));
}

TEST_P(TransactionsTest, a_rollback_leaves_messages_with_their_open_consumer) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.subscribe("c", "q");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
    a.begin(1);
    a.settle_in(1, {"1"});
    a.rollback(1);
    idle();
    EXPECT_THAT(a.got("c"), IsEmpty());
    a.begin(2);
    a.settle_in(2, {"1"});
    a.commit(2);
    EXPECT_THAT(on("q"), IsEmpty());
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(TransactionsTest, all_or_nothing_whenever_power_fails) {
    int whole = 0;
    for (int steps = 0; steps < 60; ++steps) {
        const std::string number = std::to_string(steps);
        StoryClient& a = connect();
        StoryClient& b = connect();
        a.publish("in" + number, "0");
        b.subscribe("c", "in" + number);
        b.publish("out" + number, "before");
        idle();
        b.begin(1);
        b.settle_in(1, {"0"});
        for (const char* name : {"1", "2", "3"}) b.publish_in(1, "out" + number, name);
        b.publish_in(1, "more" + number, "4");
        b.commit(1);
        for (int i = 0; i < steps && world_->step(); ++i) {
        }
        const bool confirmed = b.answered("commit 1");
        crash();
        const bool committed = !on("more" + number).empty();
        EXPECT_TRUE(committed || !confirmed);
        whole += committed ? 1 : 0;
        if (committed) {
            EXPECT_THAT(on("in" + number), IsEmpty());
            EXPECT_THAT(on("out" + number), ElementsAre("before", "1", "2", "3"));
        } else {
            EXPECT_THAT(on("in" + number), ElementsAre("0!"));
            EXPECT_THAT(on("out" + number), ElementsAre("before"));
        }
    }
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, 60);
}

TEST_P(TransactionsTest, commits_find_what_they_consume_however_shards_and_lanes_interleave) {
    for (int round = 0; round < 100; ++round) {
        const std::string queue = "q" + std::to_string(round);
        StoryClient& a = connect();
        a.declare(queue);
        idle();
        for (const char* name : {"1", "2"}) connect().publish(queue, name);
        idle();
        a.subscribe("c", queue);
        idle();
        a.begin(1);
        a.settle_in(1, {"1", "2"});
        a.commit(1);
        EXPECT_THAT(on(queue), IsEmpty()) << "round " << round;
    }
}

TEST_P(TransactionsTest, unknown_transactions_are_refused) {
    StoryClient& a = connect();
    a.publish_in(7, "q", "1");
    a.commit(7);
    a.rollback(7);
    idle();
    EXPECT_EQ(a.answer("1"), Errc::no_such_transaction);
    EXPECT_EQ(a.answer("commit 7"), Errc::no_such_transaction);
    EXPECT_EQ(a.answer("rollback 7"), Errc::no_such_transaction);
    a.begin(8);
    a.begin(8);
    a.commit(8);
    idle();
    EXPECT_TRUE(a.ok("commit 8"));
    a.commit(8);
    idle();
    EXPECT_EQ(a.answer("commit 8"), Errc::no_such_transaction);
}

TEST_P(TransactionsTest, a_message_accepted_twice_in_transactions_counts_once) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    a.subscribe("c", "q");
    idle();
    a.begin(1);
    a.settle_in(1, {"1"});
    a.settle_in(1, {"1", "2"});
    a.begin(2);
    a.settle_in(2, {"2"});
    a.commit(1);
    a.commit(2);
    EXPECT_THAT(on("q"), IsEmpty());
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(TransactionsTest, queues_stay_while_transactions_hold_any_of_their_messages) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (const char* name : {"1", "2"}) a.publish("q", name);
    a.subscribe("c", "q");
    idle();
    a.begin(1);
    a.settle_in(1, {"1"});
    a.publish_in(1, "q", "3");
    a.begin(2);
    a.settle_in(2, {"2"});
    a.unsubscribe("c");
    idle();
    b.remove("q");
    idle();
    EXPECT_EQ(b.answer("remove q"), Errc::has_consumers);
    a.rollback(2);
    a.commit(1);
    idle();
    EXPECT_TRUE(a.ok("commit 1") && a.ok("rollback 2"));
    EXPECT_THAT(on("q"), ElementsAre("2!", "3"));
    b.remove("q");
    idle();
    EXPECT_TRUE(b.ok("remove q"));
    restart();
    EXPECT_FALSE(exists("q"));
}

TEST_P(TransactionsTest, publishes_to_a_queue_removed_before_the_commit_are_dropped) {
    StoryClient& a = connect();
    a.begin(1);
    a.publish_in(1, "q", "1");
    a.publish_in(1, "other", "2");
    idle();
    a.remove("q");
    a.commit(1);
    idle();
    EXPECT_TRUE(a.ok("commit 1"));
    EXPECT_FALSE(exists("q"));
    EXPECT_THAT(on("other"), ElementsAre("2"));
    restart();
    EXPECT_FALSE(exists("q"));
    EXPECT_THAT(on("other"), ElementsAre("2"));
}

TEST_P(TransactionsTest, a_queue_made_by_a_transaction_that_never_ends_is_there_and_empty) {
    StoryClient& a = connect();
    a.begin(1);
    a.publish_in(1, "q", "1");
    idle();
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

}  // namespace
}  // namespace tern::engine
