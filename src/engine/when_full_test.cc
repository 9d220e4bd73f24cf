// What becomes of those who run into a limit, by policies that say so, and that each is counted.

#include "broker/api/errors.h"
#include "engine/limits_story.h"

namespace tern::engine {
namespace {

using broker::Limit;
using broker::WhenFull;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

class WhenFullTest : public LimitsStory {
protected:
    void set_full(WhenFull when_full) {
        set_policy([when_full](broker::Policy& policy) {
            policy.memory_limit = 8 * kKiB;
            policy.queue_cursor = {};
            policy.when_full = when_full;
        });
    }
    /// One at a time: on another shard it takes a moment until it shows that a queue is full.
    void send(StoryClient& client, const std::string& to, int count) {
        for (int i = 0; i < count; ++i) {
            client.publish(to, name(i), Durable::no);
            pass(Millis(20));
        }
    }
    [[nodiscard]] broker::FlowStatus first_shard() {
        return engine_->shard(ShardId{0}).status().flow;
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, WhenFullTest, testing::Values(1, 3));

TEST_P(WhenFullTest, page_keeps_all_and_stops_nobody) {
    engine_options_ = {.queue_memory_bytes = 16 * kKiB, .memory_bytes = 1024 * kKiB};
    restart();
    set_full(WhenFull::page);
    StoryClient& a = connect();
    send(a, "q", 40);
    EXPECT_TRUE(a.ok(name(39)));
    EXPECT_THAT(on("q"), SizeIs(40));
    EXPECT_EQ(crossed(Limit::destination), 0U);
}

TEST_P(WhenFullTest, drop_loses_the_newest) {
    set_full(WhenFull::drop);
    StoryClient& a = connect();
    send(a, "q", 20);
    EXPECT_TRUE(a.ok(name(19))) << "its sender is not told";
    const auto kept = numbers(on("q"));
    ASSERT_THAT(kept, SizeIs(Le(9U)));
    for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], static_cast<int>(i));
    EXPECT_EQ(crossed(Limit::destination), 20 - kept.size());
    a.begin(1);
    a.publish_in(1, "q", "in");
    a.publish_in(1, "other", "kept");
    a.commit(1);
    pass(Millis(20));
    EXPECT_TRUE(a.ok("commit 1"));
    EXPECT_THAT(on("other"), ElementsAre("kept"));
    EXPECT_THAT(on("q"), SizeIs(kept.size()));
}

TEST_P(WhenFullTest, block_stops_the_sender) {
    set_full(WhenFull::block);
    StoryClient& a = connect();
    send(a, "q", 12);
    EXPECT_FALSE(a.answered(name(11)));
    EXPECT_GT(crossed(Limit::destination), 0U);
}

TEST_P(WhenFullTest, fail_refuses) {
    set_full(WhenFull::fail);
    StoryClient& a = connect();
    send(a, "q", 12);
    EXPECT_EQ(a.answer(name(11)), broker::Errc::no_space);
    EXPECT_THAT(on("q"), SizeIs(Le(9U)));
}

TEST_P(WhenFullTest, a_commit_may_fail_instead_of_waiting) {
    set_policy([](broker::Policy& policy) {
        policy.memory_limit = 4 * kKiB;
        policy.fail_if_no_space_after_ms = 500;
    });
    StoryClient& a = connect();
    a.publish("in", "taken");
    a.subscribe("c", "in");
    fill(a, "q", 0, 4);
    EXPECT_THAT(a.got("c"), ElementsAre("taken"));
    a.begin(1);
    a.publish_in(1, "q", "out");
    a.settle_in(1, {"taken"});
    a.commit(1);
    pass(Millis(400));
    EXPECT_FALSE(a.answered("commit 1"));
    pass(Millis(200));
    EXPECT_EQ(a.answer("commit 1"), broker::Errc::no_space);
    a.disconnect();
    EXPECT_THAT(on("q"), SizeIs(4));
    EXPECT_THAT(on("in"), ElementsAre("taken!")) << "rolled back";
}

TEST_P(WhenFullTest, a_policy_may_stop_before_the_disk_is_used_up) {
    broker::Policy early;
    early.store_high_water_percent = 50;
    Settings settings;
    settings.policies = broker::PolicyMap(
        {{{broker::Domain::queue, false, "early"}, std::make_shared<const broker::Policy>(early)}},
        broker::Policy());
    const std::uint64_t file = journal_options_.file_bytes;
    settings.limits.store = static_cast<std::int64_t>(16 * file);
    configure(std::move(settings));
    StoryClient& a = connect();
    a.subscribe("c", "late", 10'000);
    int sent = 0;
    for (; sent < 400 && first_shard().store.percent() < 50; ++sent) {
        a.publish("late", name(sent));
        pass(Millis(20));
    }
    ASSERT_LT(sent, 400);
    fill(a, "unseen", 1000, 70);  // use is looked at now and then
    a.publish("early", "waits");
    a.publish("late", "goes on");
    pass(Millis(20));
    EXPECT_FALSE(a.answered("waits"));
    EXPECT_TRUE(a.ok("goes on"));
    EXPECT_GT(crossed(Limit::store), 0U);
}

TEST_P(WhenFullTest, limits_of_files_follow_what_the_disk_has) {
    const std::uint64_t mib = 1024 * kKiB;
    disk_.set_capacity(disk_.bytes() + 10 * mib);
    set_policy([](broker::Policy&) {}, {.store = static_cast<std::int64_t>(100 * mib),
                                        .temporary = static_cast<std::int64_t>(5 * mib),
                                        .disk_check_ms = 100,
                                        .disk_regrow_bytes = static_cast<std::int64_t>(mib)});
    idle();
    const std::uint64_t lowered = first_shard().store.limit;
    EXPECT_GE(lowered, 10 * mib);
    EXPECT_LT(lowered, 11 * mib);
    EXPECT_EQ(first_shard().temporary.limit, 5 * mib) << "there is room for that";
    // Others fill the disk: it becomes less; then they go.
    disk_.set_capacity(disk_.bytes() + 3 * mib);
    pass(Millis(150));
    EXPECT_LT(first_shard().store.limit, 4 * mib);
    EXPECT_LT(first_shard().temporary.limit, 4 * mib);
    disk_.set_capacity(disk_.bytes() + 3 * mib + mib / 2);
    pass(Millis(150));
    EXPECT_LT(first_shard().store.limit, 4 * mib) << "not for so little";
    disk_.set_capacity(disk_.bytes() + 200 * mib);
    pass(Millis(150));
    EXPECT_EQ(first_shard().store.limit, 100 * mib);
    EXPECT_EQ(first_shard().temporary.limit, 5 * mib);
}

TEST_P(WhenFullTest, what_all_hold_that_waits_is_bounded_too) {
    set_policy([](broker::Policy& policy) { policy.memory_limit = 4 * kKiB; });
    StoryClient& first = connect();
    fill(first, "q", 0, 8);
    first.publish_large("q", 1024 * kKiB);
    pass(Millis(20));
    EXPECT_FALSE(first.connection().blocked()) << "it may hold some";
    std::vector<StoryClient*> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(&connect());
        all.back()->publish_large("q", 1024 * kKiB);
        pass(Millis(20));
    }
    EXPECT_TRUE(first.connection().blocked()) << "but not while all of them do";
    for (StoryClient* const one : all) one->disconnect();
    pass(Millis(20));
    EXPECT_FALSE(first.connection().blocked());
}

TEST_P(WhenFullTest, a_transaction_may_have_so_many_messages) {
    Settings settings;
    settings.uncommitted_max = 2;
    configure(std::move(settings));
    StoryClient& a = connect();
    a.publish("in", "taken");
    a.subscribe("c", "in");
    idle();
    a.begin(1);
    a.settle_in(1, {"taken"});
    for (const char* name : {"1", "2", "3"}) a.publish_in(1, "q", name);
    a.commit(1);
    idle();
    EXPECT_EQ(a.answer("3"), broker::Errc::transaction_too_large);
    EXPECT_EQ(a.answer("commit 1"), broker::Errc::no_such_transaction);
    EXPECT_EQ(crossed(Limit::transaction), 1U);
    a.begin(2);
    for (const char* name : {"4", "5"}) a.publish_in(2, "q", name);
    a.commit(2);
    a.disconnect();
    EXPECT_THAT(on("q"), ElementsAre("4", "5"));
    EXPECT_THAT(on("in"), ElementsAre("taken!"));
}

TEST_P(WhenFullTest, a_connection_may_have_so_many_consumers) {
    StoryClient& a = connect();
    a.connection().describe({.protocol = "story", .peer = "here:1", .consumers_max = 2});
    a.subscribe("1", "q");
    a.subscribe("2", "topic t");
    a.subscribe("3", "q");
    a.subscribe("4", "topic ActiveMQ.Advisory.Queue");
    idle();
    EXPECT_TRUE(a.ok("subscribe 1") && a.ok("subscribe 2"));
    EXPECT_EQ(a.answer("subscribe 3"), broker::Errc::connection_full);
    EXPECT_TRUE(a.ok("subscribe 4")) << "what the broker says of itself does not count";
    EXPECT_EQ(crossed(Limit::consumers), 1U);
    a.unsubscribe("1");
    a.subscribe("5", "q");
    connect().subscribe("6", "q");
    idle();
    EXPECT_TRUE(a.ok("subscribe 5"));
}

TEST_P(WhenFullTest, who_settles_less_than_it_should_is_closed_or_told_of) {
    const auto set = [this](broker::BelowRate below) {
        set_policy([below](broker::Policy& policy) {
            policy.consumer_rate_min = 10;
            policy.consumer_rate_period_s = 1;
            policy.below_rate = below;
        });
    };
    set(broker::BelowRate::tell);
    StoryClient& quick = connect();
    quick.subscribe("c", "little");
    StoryClient& slow = connect();
    slow.subscribe("c", "q", 20);
    for (int i = 0; i < 100; ++i) slow.publish("q", std::to_string(i));
    slow.publish("little", "one");
    for (int i = 0; i < 4; ++i) {
        pass(Millis(1000));
        slow.settle(std::to_string(i));
    }
    EXPECT_GE(crossed(Limit::slowness), 2U);
    EXPECT_FALSE(slow.was_evicted());
    set(broker::BelowRate::close);
    pass(Millis(2100));
    EXPECT_TRUE(slow.was_evicted());
    EXPECT_FALSE(quick.was_evicted()) << "it had little to do";
}

TEST_P(WhenFullTest, dropped_messages_and_refused_queues_are_counted) {
    set_policy([](broker::Policy& policy) {
        policy.destinations_max = 1;
        policy.pending_limit = {.kind = broker::PendingLimit::Kind::constant, .limit = 2};
    });
    StoryClient& a = connect();
    a.subscribe("c", "topic t", 1);
    a.publish("q", "1");
    a.publish("r", "refused");
    idle();
    for (int i = 0; i < 6; ++i) {
        a.publish("topic t", std::to_string(i), Durable::no);
        idle();
    }
    EXPECT_EQ(a.answer("refused"), broker::Errc::too_many_destinations);
    EXPECT_EQ(crossed(Limit::destinations), 1U);
    EXPECT_EQ(crossed(Limit::waiting), 3U);
}

}  // namespace
}  // namespace tern::engine
