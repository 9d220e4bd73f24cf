#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using broker::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// All stories are told with one shard and with several: nobody may notice.
class EngineTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    EngineTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}
};

INSTANTIATE_TEST_SUITE_P(Shards, EngineTest, testing::Values(1, 2, 3));

// ---- publish and subscribe

TEST_P(EngineTest, messages_reach_a_consumer_in_order_and_unflagged) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    b.subscribe("c", "q");
    a.publish("q", "3");
    idle();
    EXPECT_TRUE(a.ok("1") && a.ok("2") && a.ok("3") && b.ok("subscribe c"));
    EXPECT_THAT(b.got("c"), ElementsAre("1", "2", "3"));
}

TEST_P(EngineTest, nothing_is_confirmed_before_it_is_safe) {
    // Power fails after any number of steps.
    for (int steps = 0; steps < 40; ++steps) {
        const std::string queue = "q" + std::to_string(steps);
        StoryClient& a = connect();
        a.publish(queue, "1");
        for (int i = 0; i < steps && world_->step(); ++i) {
        }
        const bool confirmed = a.answered("1");
        crash();
        if (!confirmed) continue;
        EXPECT_THAT(on(queue), ElementsAre("1")) << "after " << steps << " steps";
    }
}

TEST_P(EngineTest, transient_messages_keep_their_place_among_durable_ones) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe("c", "q");
    for (int i = 0; i < 20; ++i) {
        a.publish("q", std::to_string(i), i % 3 == 0 ? Durable::yes : Durable::no);
    }
    idle();
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) expected.push_back(std::to_string(i));
    EXPECT_EQ(b.got("c"), expected);
}

TEST_P(EngineTest, whoever_hears_that_a_message_is_safe_finds_it_on_its_queue) {
    for (int i = 0; i < shards_ * shards_; ++i) {
        const std::string queue = "q" + std::to_string(i);
        connect().declare(queue);  // one shard after the other
        idle();
        if (i % shards_ == 0) connect();
        StoryClient& a = connect();
        a.publish(queue, "durable");
        let_through(1);  // the journal's thread loses its processor while it tells the shards
        idle();
        a.publish(queue, "transient", Durable::no);
        idle();
        let_all_through();
        EXPECT_THAT(on(queue), ElementsAre("durable", "transient"))
            << "from shard " << a.shard().id().value << " to " << owner(queue).value;
    }
}

TEST_P(EngineTest, messages_keep_their_order_however_shards_and_lanes_interleave) {
    for (int round = 0; round < 100; ++round) {
        const std::string queue = "q" + std::to_string(round);
        StoryClient& a = connect();
        a.declare(queue);
        idle();
        std::vector<std::string> expected;
        for (int i = 0; i < 12; ++i) {
            expected.push_back(std::to_string(i));
            a.publish(queue, expected.back(), i % 4 == 1 ? Durable::yes : Durable::no);
            world_->step();
        }
        EXPECT_EQ(on(queue), expected) << "round " << round;
    }
}

TEST_P(EngineTest, a_queue_is_there_for_all_who_know_of_it) {
    for (int round = 0; round < 100; ++round) {
        const std::string queue = "q" + std::to_string(round);
        std::vector<StoryClient*> clients;
        for (int i = 0; i < 3; ++i) clients.push_back(&connect());
        clients[0]->publish(queue, "1");
        for (int i = 0; i < round % 10; ++i) world_->step();
        clients[1]->publish(queue, "2");
        clients[1]->publish(queue, "3", Durable::no);
        clients[2]->subscribe("c", queue);
        idle();
        EXPECT_THAT(clients[2]->got("c"), UnorderedElementsAre("1", "2", "3")) << round;
    }
    restart();
    for (int round = 0; round < 100; ++round) {
        EXPECT_THAT(on("q" + std::to_string(round)), UnorderedElementsAre("1!", "2!")) << round;
    }
}

TEST_P(EngineTest, transient_messages_are_confirmed_and_do_not_survive) {
    StoryClient& a = connect();
    a.publish("q", "durable");
    a.publish("q", "transient", Durable::no);
    idle();
    EXPECT_TRUE(a.ok("transient"));
    EXPECT_THAT(on("q"), ElementsAre("durable", "transient"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("durable"));
}

TEST_P(EngineTest, credit_bounds_what_comes) {
    StoryClient& a = connect();
    a.subscribe("c", "q", 2);
    for (const char* name : {"1", "2", "3", "4", "5"}) a.publish("q", name);
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("1", "2"));
    a.grant("c", 2);
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("3", "4"));
}

TEST_P(EngineTest, browsing_shows_everything_and_takes_nothing) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    idle();
    a.subscribe("c", "q", 1);
    idle();
    a.browse("b", "q");
    idle();
    EXPECT_THAT(a.got("b"), ElementsAre("1", "2", "(end)"));
    EXPECT_THAT(on("q"), ElementsAre("1", "2"));
    a.browse("empty", "other");
    idle();
    EXPECT_TRUE(a.ok("subscribe empty"));
    EXPECT_THAT(a.got("empty"), ElementsAre("(end)"));
}

TEST_P(EngineTest, each_topic_subscription_gets_its_own_copy) {
    std::vector<StoryClient*> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(&connect());
        clients.back()->subscribe("c", "topic t");
        clients.back()->subscribe("other", "topic u");
    }
    idle();
    clients[0]->publish("topic t", "1");
    clients[1]->publish("topic t", "2");
    clients[0]->publish("t", "for the queue of that name");
    idle();
    for (StoryClient* client : clients) {
        EXPECT_THAT(client->got("c"), UnorderedElementsAre("1", "2"));
        EXPECT_THAT(client->got("other"), IsEmpty());
    }
    clients[2]->unsubscribe("c");
    clients[0]->publish("topic t", "3");
    idle();
    EXPECT_THAT(clients[1]->got("c"), ElementsAre("3"));
    EXPECT_THAT(clients[2]->got("c"), IsEmpty());
    EXPECT_TRUE(clients[0]->ok("3"));
}

TEST_P(EngineTest, a_topic_without_subscriptions_takes_messages_to_nowhere) {
    StoryClient& a = connect();
    a.publish("topic t", "1");
    idle();
    EXPECT_TRUE(a.ok("1"));
}

// ---- settling and what comes back

TEST_P(EngineTest, settled_messages_are_gone_for_good) {
    StoryClient& a = connect();
    for (const char* name : {"1", "2", "3"}) a.publish("q", name);
    a.subscribe("c", "q");
    idle();
    a.settle("2");
    EXPECT_THAT(on("q"), ElementsAre("1", "3"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("1!", "3!"));
}

TEST_P(EngineTest, released_and_failed_messages_return_to_their_places) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (const char* name : {"1", "2", "3"}) a.publish("q", name);
    a.subscribe("c", "q", 3);
    idle();
    a.settle("3", Outcome::release);
    a.settle("1", Outcome::fail);
    idle();
    b.subscribe("d", "q");
    idle();
    EXPECT_THAT(b.got("d"), ElementsAre("1!", "3"));
}

TEST_P(EngineTest, a_closed_consumer_gives_back_what_it_had) {
    StoryClient& a = connect();
    for (const char* name : {"1", "2", "3"}) a.publish("q", name);
    a.subscribe("c", "q");
    idle();
    a.settle("2");
    a.unsubscribe("c", {"1"});
    idle();
    EXPECT_TRUE(a.ok("unsubscribe c"));
    a.subscribe("d", "q");
    idle();
    EXPECT_THAT(a.got("d"), ElementsAre("1!", "3"));
}

TEST_P(EngineTest, after_a_crash_whatever_may_have_been_seen_is_flagged) {
    StoryClient& a = connect();
    a.publish("early", "1");
    a.publish("early", "2");
    a.publish("unseen", "3");
    idle();
    a.subscribe("c", "early");
    a.subscribe("d", "late");
    idle();
    a.publish("late", "4");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("1", "2"));
    EXPECT_THAT(a.got("d"), ElementsAre("4"));
    crash();
    EXPECT_THAT(on("early"), ElementsAre("1!", "2!"));
    EXPECT_THAT(on("late"), ElementsAre("4!"));
    EXPECT_THAT(on("unseen"), ElementsAre("3"));
}

TEST_P(EngineTest, a_lost_connection_gives_everything_back_as_failed) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (const char* name : {"1", "2", "3"}) a.publish("q", name);
    b.subscribe("c", "q", 2);
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("1", "2"));
    b.disconnect();
    idle();
    a.subscribe("d", "q");
    idle();
    EXPECT_THAT(a.got("d"), ElementsAre("1!", "2!", "3"));
}

// ---- definitions

TEST_P(EngineTest, declared_queues_survive) {
    StoryClient& a = connect();
    a.declare("q");
    a.declare("q");
    a.declare("topic t");
    idle();
    EXPECT_TRUE(a.ok("declare q") && a.ok("declare topic t"));
    EXPECT_EQ(told_["+queue://q"], shards_);
    restart();
    EXPECT_TRUE(exists("q"));
}

TEST_P(EngineTest, removed_queues_are_gone_with_their_messages) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.publish("q", "1");
    a.subscribe("c", "q");
    idle();
    b.remove("q");
    idle();
    EXPECT_EQ(b.answer("remove q"), Errc::has_consumers);
    a.unsubscribe("c");
    idle();
    b.remove("q");
    b.remove("never there");
    idle();
    EXPECT_TRUE(b.ok("remove q") && b.ok("remove never there"));
    EXPECT_EQ(told_["-queue://q"], shards_);
    EXPECT_FALSE(exists("q"));
    restart();
    EXPECT_FALSE(exists("q"));
    StoryClient& d = connect();
    d.publish("q", "2");
    EXPECT_THAT(on("q"), ElementsAre("2"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("2"));
}

TEST_P(EngineTest, messages_on_their_way_to_a_removed_queue_are_dropped) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.declare("q");
    idle();
    for (int i = 0; i < 30; ++i) a.publish("q", std::to_string(i));
    b.remove("q");
    for (int i = 30; i < 60; ++i) a.publish("q", std::to_string(i));
    idle();
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(a.ok(std::to_string(i)));
    const std::vector<std::string> before = on("q");
    restart();
    EXPECT_EQ(on("q"), before);
}

TEST_P(EngineTest, whoever_comes_to_a_queue_that_is_being_removed_is_served_by_the_next_one) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (int steps = 0; steps < 60; ++steps) {
        const std::string queue = "q" + std::to_string(steps);
        const std::string consumer = "c" + std::to_string(steps);
        a.declare(queue);
        idle();
        a.remove(queue);
        for (int i = 0; i < steps; ++i) std::ignore = world_->step();
        b.subscribe(consumer, queue, 1);
        b.grant(consumer, 1);
        idle();
        a.publish(queue, queue + " first");
        a.publish(queue, queue + " second");
        idle();
        EXPECT_THAT(b.got(consumer), ElementsAre(queue + " first", queue + " second"));
    }
}

TEST_P(EngineTest, the_journal_stays_small_however_much_passes_through) {
    StoryClient& a = connect();
    a.subscribe("c", "q", 1'000'000);
    a.declare("idle queue");
    for (int i = 0; i < 400; ++i) {
        const std::string name = std::to_string(i) + std::string(400, '.');
        a.publish("q", name);
        idle();
        a.settle(name);
        if (i % 20 == 0) pass(Millis(1100));
    }
    pass(Millis(3000));
    EXPECT_LE(journal_->stats().files, 3U);
    restart();
    EXPECT_TRUE(exists("idle queue"));
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(EngineTest, a_backlog_survives_the_reuse_of_the_file_with_its_queues_definition) {
    StoryClient& a = connect();
    a.declare("backlog");
    idle();
    a.subscribe("c", "busy", 1'000'000);
    const std::string padding(400, '.');
    for (int i = 0; i < 300; ++i) {
        a.publish("busy", std::to_string(i) + padding);
        if (i == 100) a.publish("backlog", "waits");
        idle();
        a.settle(std::to_string(i) + padding);
        if (i % 20 == 0) pass(Millis(1100));
    }
    idle();
    EXPECT_GT(journal_->oldest().number.value, 1U) << "the first file was reused";
    restart();
    EXPECT_THAT(on("backlog"), ElementsAre("waits"));
}

TEST_P(EngineTest, what_was_on_its_way_to_a_removed_queue_does_not_come_back_in_another_one) {
    for (int round = 0; round < 20; ++round) {
        StoryClient& a = connect();
        StoryClient& b = connect();
        const std::string queue = "q" + std::to_string(round);
        a.publish(queue, "first");
        idle();
        for (int i = 0; i < 5; ++i) a.publish(queue, "late");
        b.remove(queue);
        for (int i = 0; i < round; ++i) world_->step();
        restart();
        StoryClient& c = connect();
        c.publish("new", "1");
        idle();
        c.remove("new");
        restart();
        connect().declare("new");
        EXPECT_THAT(on("new"), IsEmpty());
        restart();
        EXPECT_THAT(on("new"), IsEmpty());
    }
}

// ---- back-pressure and failing disks

TEST_P(EngineTest, a_connection_with_too_much_unconfirmed_is_blocked_until_it_is_not) {
    StoryClient& a = connect();
    a.declare("q");
    idle();
    EXPECT_FALSE(a.connection().blocked());
    bool unblocked = false;
    a.publish_large("q", Connection::kUnconfirmedBytesMax + 1);
    a.publish("q", "behind");
    world_->loop(a.shard().id()).post(a.shard().id(), [&] {
        EXPECT_TRUE(a.connection().blocked());
        a.connection().when_unblocked([&] { unblocked = true; });
    });
    idle();
    EXPECT_TRUE(unblocked);
    EXPECT_FALSE(a.connection().blocked());
    EXPECT_TRUE(a.ok("behind"));
}

TEST_P(EngineTest, a_connection_that_waits_for_a_queue_to_be_made_is_blocked_meanwhile) {
    StoryClient& a = connect();
    a.publish("new", "1");
    a.publish("new", "2");
    idle();
    EXPECT_FALSE(a.connection().blocked());
    EXPECT_THAT(on("new"), ElementsAre("1", "2"));
}

TEST_P(EngineTest, a_failed_sync_is_final) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.publish("q", "safe");
    idle();
    disk_.fail_sync(1, std::errc::io_error);
    b.publish("q", "lost");
    b.begin(1);
    b.publish_in(1, "q", "in transaction");
    b.commit(1);
    idle();
    EXPECT_EQ(b.answer("lost"), Errc::storage_failed);
    EXPECT_EQ(b.answer("commit 1"), Errc::storage_failed);
    a.publish("q", "lost as well");
    a.declare("never");
    idle();
    EXPECT_EQ(a.answer("lost as well"), Errc::storage_failed);
    EXPECT_TRUE(a.answer("declare never"));
    EXPECT_EQ(storage_failures_, 1);
    crash();
    EXPECT_THAT(on("q"), ElementsAre("safe"));
}

TEST_P(EngineTest, no_space_left_is_final_as_well) {
    StoryClient& a = connect();
    a.declare("q");
    idle();
    disk_.fail_write(1, std::errc::no_space_on_device);
    a.publish("q", "lost");
    a.publish("topic t", "nobody stores it");
    idle();
    EXPECT_EQ(a.answer("lost"), Errc::storage_failed);
    EXPECT_EQ(storage_failures_, 1);
    crash();
    EXPECT_THAT(on("q"), IsEmpty());
}

}  // namespace
}  // namespace tern::engine
