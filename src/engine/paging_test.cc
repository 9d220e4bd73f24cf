// Messages that leave memory and the journal, seen from outside.
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

class PagingTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    PagingTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {
        engine_options_ = {.queue_memory_bytes = 64 * 1024, .memory_bytes = 1024 * 1024};
        restart();
    }
    std::vector<std::string> publish(StoryClient& client, const std::string& queue, int count,
                                     Durable durable = Durable::yes) {
        std::vector<std::string> names;
        for (int i = 0; i < count; ++i) {
            names.push_back(std::to_string(++last_) + std::string(100, 'x'));
            client.publish(queue, names.back(), durable);
            if (i % 50 == 0) idle();
        }
        idle();
        return names;
    }
    std::size_t memory() {
        std::size_t sum = 0;
        for (std::uint16_t i = 0; i < shards_; ++i) {
            sum += engine_->shard(ShardId{i}).memory().bytes;
        }
        return sum;
    }
    /// Without the flags of redelivery.
    static std::vector<std::string> plain(std::vector<std::string> names) {
        for (std::string& name : names) {
            if (name.ends_with('!')) name.pop_back();
        }
        return names;
    }
    std::vector<std::string> drain(StoryClient& client, const std::string& queue) {
        const std::string consumer = "c" + std::to_string(++last_);
        client.subscribe(consumer, queue, 100);
        std::vector<std::string> all;
        for (;;) {
            idle();
            const std::vector<std::string> some = client.got(consumer);
            if (some.empty()) break;
            for (const std::string& name : plain(some)) client.settle(name);
            all.insert(all.end(), some.begin(), some.end());
            client.grant(consumer, static_cast<std::uint32_t>(some.size()));
        }
        client.unsubscribe(consumer);
        idle();
        return plain(all);
    }

    int last_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Shards, PagingTest, testing::Values(1, 2));

TEST_P(PagingTest, a_deep_backlog_takes_disk_and_keeps_its_order_over_restarts) {
    const std::vector<std::string> all = publish(connect(), "q", 3000);
    EXPECT_LT(memory(), 100U * 1024);
    EXPECT_LE(journal_->stats().files, 3U) << "what waits does not keep journal files";
    EXPECT_EQ(on("q"), all);
    restart();
    EXPECT_LT(memory(), 200U * 1024);
    EXPECT_EQ(plain(on("q")), all);
    EXPECT_EQ(drain(connect(), "q"), all);
    EXPECT_THAT(on("q"), IsEmpty());
    EXPECT_TRUE(segments_->set().empty());
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(PagingTest, what_was_never_out_is_not_flagged_and_what_was_is) {
    const std::vector<std::string> all = publish(connect(), "q", 3000);
    restart();
    EXPECT_EQ(on("q"), all);
    StoryClient& a = connect();
    a.subscribe("c", "q", 10);
    idle();
    EXPECT_THAT(a.got("c"), testing::SizeIs(10));
    restart();
    const std::vector<std::string> now = on("q");
    EXPECT_EQ(plain(now), all);
    EXPECT_TRUE(now.front().ends_with('!'));
    EXPECT_FALSE(now.back().ends_with('!'));
}

TEST_P(PagingTest, what_expires_on_disk_becomes_a_dead_letter_in_time_also_after_a_restart) {
    StoryClient& a = connect();
    for (int i = 0; i < 2000; ++i) {
        a.publish_expiring("q", std::to_string(i) + std::string(100, 'x'),
                           Millis(i % 2 == 0 ? 10'000 : 50'000));
        if (i % 50 == 0) idle();
    }
    idle();
    pass(Millis(9000));
    EXPECT_THAT(on("q"), testing::SizeIs(2000));
    pass(Millis(1100));
    EXPECT_THAT(on("q"), testing::SizeIs(1000));
    EXPECT_THAT(on("ActiveMQ.DLQ"), testing::SizeIs(1000));
    EXPECT_LT(memory(), 250U * 1024);
    restart();
    pass(Millis(30'000));
    EXPECT_THAT(on("q"), testing::SizeIs(1000));
    EXPECT_LT(memory(), 250U * 1024) << "what does not expire yet stays where it is";
    pass(Millis(10'000));
    EXPECT_THAT(on("q"), IsEmpty());
    EXPECT_THAT(on("ActiveMQ.DLQ"), testing::SizeIs(2000));
}

TEST_P(PagingTest, an_old_message_keeps_no_journal_files) {
    StoryClient& a = connect();
    a.publish("old", "old");
    a.subscribe("holder", "old");
    idle();
    EXPECT_THAT(a.got("holder"), ElementsAre("old"));
    for (int round = 0; round < 100; ++round) {
        publish(a, "q", 30);
        std::ignore = drain(a, "q");
    }
    EXPECT_LE(journal_->stats().files, 3U);
    EXPECT_LT(disk_.bytes(), 16U * 1024 * 4 + 16 * 1024);
    restart();
    EXPECT_THAT(on("old"), ElementsAre("old!"));
}

TEST_P(PagingTest, what_is_settled_while_it_is_on_its_way_to_a_segment_stays_settled) {
    for (int round = 0; round < 40; ++round) {
        const std::string queue = "q" + std::to_string(round % 3);
        StoryClient& a = connect();
        const std::vector<std::string> names = publish(a, queue, 100);
        a.subscribe("c", queue, 1000);
        idle();
        const std::vector<std::string> got = plain(a.got("c"));
        for (const std::string& name : got) a.settle(name);
        for (int i = 0; i < round; ++i) world_->step();
        publish(connect(), "noise", 20);
        restart();
        EXPECT_THAT(on(queue), IsEmpty()) << round;
        std::ignore = drain(connect(), "noise");
    }
}

TEST_P(PagingTest, transactions_settle_messages_that_moved_meanwhile) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    a.subscribe("c", "q");
    idle();
    a.begin(1);
    a.settle_in(1, {"1"});
    publish(connect(), "noise", 500);  // the journal moves on
    EXPECT_FALSE(segments_->set().empty());
    a.commit(1);
    idle();
    EXPECT_TRUE(a.ok("commit 1"));
    EXPECT_THAT(on("q"), ElementsAre("2"));
    publish(connect(), "noise", 500);
    restart();
    EXPECT_THAT(on("q"), ElementsAre("2!"));
}

TEST_P(PagingTest, a_prepared_branch_keeps_what_it_accepted_in_segments) {
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    a.publish("q", "3");
    a.subscribe("c", "q");
    idle();
    a.join(1, "x");
    a.settle_in(1, {"1"});
    a.join(2, "y");
    a.settle_in(2, {"2"});
    idle();
    a.prepare("x");
    a.prepare("y");
    idle();
    publish(connect(), "noise", 500);  // the journal moves on
    EXPECT_FALSE(segments_->set().empty());
    restart();
    restart();
    StoryClient& b = connect();
    b.subscribe("c", "q");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("3!"));
    b.finish("x", broker::BranchEnd::rollback);
    b.finish("y", broker::BranchEnd::commit);
    idle();
    EXPECT_TRUE(b.ok("finish x"));
    EXPECT_TRUE(b.ok("finish y"));
    EXPECT_THAT(b.got("c"), ElementsAre("1!"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("1!", "3!"));
}

TEST_P(PagingTest, a_dead_letter_and_what_it_was_in_a_segment_are_one) {
    for (int steps = 0; steps < 60; ++steps) {
        const std::string name = "dead" + std::to_string(steps);
        StoryClient& a = connect();
        a.publish("q", name);
        idle();
        publish(connect(), "noise", 300);
        std::ignore = drain(connect(), "noise");
        a.subscribe("c", "q");
        idle();
        ASSERT_THAT(plain(a.got("c")), ElementsAre(name));
        a.settle(name, Outcome::reject);
        for (int i = 0; i < steps; ++i) world_->step();
        crash();
        const std::vector<std::string> here = plain(on("q"));
        const std::vector<std::string> there = plain(on("ActiveMQ.DLQ"));
        EXPECT_EQ(std::ranges::count(here, name) + std::ranges::count(there, name), 1) << steps;
        std::ignore = drain(connect(), "q");
    }
}

TEST_P(PagingTest, transient_messages_overflow_to_disk_too) {
    StoryClient& a = connect();
    const std::vector<std::string> all = publish(a, "q", 2000, Durable::no);
    EXPECT_LT(memory(), 100U * 1024);
    EXPECT_EQ(drain(a, "q"), all);
    EXPECT_TRUE(segments_->set().empty());
}

TEST_P(PagingTest, a_queue_that_is_deleted_takes_its_segments_along) {
    publish(connect(), "q", 3000);
    EXPECT_FALSE(segments_->set().empty());
    StoryClient& a = connect();
    a.remove("q");
    idle();
    EXPECT_TRUE(a.ok("remove q"));
    EXPECT_TRUE(segments_->set().empty());
    restart();
    EXPECT_TRUE(segments_->set().empty());
    EXPECT_FALSE(exists("q"));
}

TEST_P(PagingTest, many_queues_share_the_limit) {
    StoryClient& a = connect();
    std::vector<std::vector<std::string>> all;
    for (int i = 0; i < 40; ++i) all.push_back(publish(a, "q" + std::to_string(i), 300));
    EXPECT_LT(memory(), 1400U * 1024);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(drain(a, "q" + std::to_string(i)), all[i]);
}

/// Everything at once, with power failing at any time.
TEST_P(PagingTest, nothing_confirmed_is_lost_and_nothing_settled_comes_back_for_good) {
    SeededRandom random(static_cast<std::uint64_t>(GetParam()) * 31);
    std::map<std::string, std::vector<std::string>> confirmed;  // by queue, in order
    int number = 0;
    for (int round = 0; round < 60; ++round) {
        StoryClient& a = connect();
        StoryClient& b = connect();
        std::map<std::string, std::vector<std::string>> sent;
        for (int i = 0; i < 3; ++i)
            b.subscribe("c" + std::to_string(i), "q" + std::to_string(i), 40);
        std::vector<std::string> settled;
        const std::uint64_t steps = random.below(1500);
        for (std::uint64_t step = 0; step < steps; ++step) {
            const std::string which = std::to_string(random.below(3));
            if (random.below(4) == 0) {
                const std::string name =
                    std::to_string(++number) + std::string(random.below(300), '.');
                sent["q" + which].push_back(name);
                a.publish("q" + which, name);
            }
            if (random.below(40) == 0) {
                for (const std::string& name : plain(b.got("c" + which))) {
                    if (random.below(3) == 0) continue;  // some are kept
                    settled.push_back(name);
                    b.settle(name);
                }
                b.grant("c" + which, 10);
            }
            world_->step();
        }
        std::set<std::string> answered;
        for (const auto& [queue, names] : sent) {
            for (const std::string& name : names) {
                if (a.answered(name)) answered.insert(name);
            }
        }
        crash();
        for (int i = 0; i < 3; ++i) {
            const std::string queue = "q" + std::to_string(i);
            const std::vector<std::string> there = plain(on(queue));
            // What was confirmed and not settled is there, in order; what else is there was sent
            // or settled without an answer.
            std::vector<std::string> expected = confirmed[queue];
            for (const std::string& name : sent[queue]) expected.push_back(name);
            auto next = there.begin();
            for (const std::string& name : expected) {
                const bool was_settled = std::ranges::find(settled, name) != settled.end();
                const bool must = !was_settled && (answered.contains(name) ||
                                                   std::ranges::find(confirmed[queue], name) !=
                                                       confirmed[queue].end());
                if (next != there.end() && *next == name) {
                    ++next;
                } else {
                    EXPECT_FALSE(must) << name << " of " << queue << " in round " << round;
                }
            }
            EXPECT_EQ(next, there.end()) << "order in " << queue << " in round " << round;
            confirmed[queue] = there;
        }
    }
}

}  // namespace
}  // namespace tern::engine
