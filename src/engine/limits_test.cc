#include "broker/api/errors.h"
#include "engine/limits_story.h"

#include <algorithm>

namespace tern::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Limits: who waits for space, and who is too slow.
class EngineLimitsTest : public LimitsStory {};

INSTANTIATE_TEST_SUITE_P(Shards, EngineLimitsTest, testing::Values(1, 3));

TEST_P(EngineLimitsTest, a_full_destination_lets_its_producers_wait_and_nobody_else) {
    set_policy([](broker::Policy& policy) { policy.memory_limit = 8 * kKiB; });
    StoryClient& a = connect();
    fill(a, "q", 0, 12);
    EXPECT_TRUE(a.ok(name(0)));
    EXPECT_FALSE(a.answered(name(11)));
    EXPECT_LT(on("q").size(), 9U);
    // The same connection's other commands go on.
    a.publish("other", "x");
    a.subscribe("c", "q", 3);
    idle();
    EXPECT_TRUE(a.ok("x") && a.ok("subscribe c"));
    EXPECT_EQ(a.got("c").size(), 3U);
    for (int i = 0; i < 3; ++i) a.settle(name(i));
    pass(Millis(30));
    EXPECT_TRUE(a.answered(name(8)));
    // On another shard it takes a moment until it shows that the queue is full.
    if (GetParam() == 1) {
        EXPECT_FALSE(a.answered(name(11)));
    }
    a.grant("c", 100);
    idle();
    for (int i = 3; i < 12; ++i) {
        pass(Millis(30));
        a.settle(name(i));
        idle();
    }
    EXPECT_TRUE(a.ok(name(11)));
    EXPECT_EQ(numbers(a.got("c")), (std::vector<int>{3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST_P(EngineLimitsTest, sends_may_fail_instead_of_waiting) {
    set_policy([](broker::Policy& policy) {
        policy.memory_limit = 4 * kKiB;
        policy.fail_if_no_space = true;
    });
    StoryClient& a = connect();
    fill(a, "q", 0, 8);
    EXPECT_EQ(a.answer(name(7)), broker::Errc::no_space);
    EXPECT_LT(on("q").size(), 5U);
}

TEST_P(EngineLimitsTest, sends_may_fail_after_a_while) {
    set_policy([](broker::Policy& policy) {
        policy.memory_limit = 4 * kKiB;
        policy.fail_if_no_space_after_ms = 500;
    });
    StoryClient& a = connect();
    fill(a, "q", 0, 8);
    pass(Millis(400));
    EXPECT_FALSE(a.answered(name(7)));
    pass(Millis(150));
    EXPECT_EQ(a.answer(name(7)), broker::Errc::no_space);
}

TEST_P(EngineLimitsTest, without_flow_control_a_destinations_limit_stops_nobody) {
    set_policy([](broker::Policy& policy) {
        policy.memory_limit = 4 * kKiB;
        policy.producer_flow_control = false;
    });
    StoryClient& a = connect();
    fill(a, "q", 0, 8);
    EXPECT_EQ(on("q").size(), 8U);
}

TEST_P(EngineLimitsTest, the_brokers_memory_is_limited_for_all) {
    set_policy([](broker::Policy&) {},
               {.memory = static_cast<std::int64_t>(Message::live_bytes() + 256 * kKiB)});
    StoryClient& a = connect();
    fill(a, "q1", 0, 200);
    fill(a, "q2", 200, 200);
    EXPECT_FALSE(a.answered(name(399)));
    // One look in 64 KiB, and the harness keeps names, not messages.
    EXPECT_LE(on("q1").size() + on("q2").size(), 330U);
    StoryClient& b = connect();
    b.subscribe("c", "q1", 1000);
    idle();
    for (int i = 0; i < 200; ++i) b.settle(name(i));
    pass(Millis(200));
    EXPECT_TRUE(a.answered(name(399)));
}

TEST_P(EngineLimitsTest, what_waits_for_memory_does_not_wait_for_itself) {
    set_policy([](broker::Policy&) {},
               {.memory = static_cast<std::int64_t>(Message::live_bytes() + 256 * kKiB)});
    StoryClient& a = connect();
    StoryClient& b = connect();
    b.subscribe("c", "q", 1000);
    fill(a, "q", 0, 800);
    for (int i = 0; i < 800; ++i) {
        b.settle(name(i));
        pass(Millis(10));
    }
    EXPECT_TRUE(a.answered(name(799)));

    a.begin(1);
    for (int i = 0; i < 800; ++i) a.publish_in(1, "q", name(i) + "staged");
    a.commit(1);
    pass(Millis(200));
    EXPECT_TRUE(a.ok("commit 1"));
}

TEST_P(EngineLimitsTest, the_disk_is_limited_for_what_is_persistent) {
    set_policy([](broker::Policy&) {},
               {.store = static_cast<std::int64_t>(4 * journal_options_.file_bytes)});
    StoryClient& a = connect();
    a.subscribe("c", "q", 1000);
    for (int i = 0; i < 300; ++i) {
        a.publish("q", name(i));
        idle();
    }
    EXPECT_FALSE(a.answered(name(299)));
    a.publish("other", "transient", Durable::no);
    idle();
    EXPECT_TRUE(a.ok("transient"));
    for (int i = 0; i < 400; ++i) {
        for (const std::string& one : a.got("c")) a.settle(one);
        pass(Millis(20));
    }
    EXPECT_TRUE(a.ok(name(299)));
}

TEST_P(EngineLimitsTest, a_full_disk_stops_what_is_persistent_before_any_write_fails) {
    const std::uint64_t file = journal_options_.file_bytes;
    set_policy([](broker::Policy&) {});
    disk_.set_capacity(disk_.bytes() + 20 * file);
    StoryClient& a = connect();
    a.subscribe("c", "q", 10'000);
    int sent = 0;
    for (; sent < 1000 && (sent == 0 || a.ok(name(sent - 1))); ++sent) {
        a.publish("q", name(sent));
        pass(Millis(150));
    }
    ASSERT_LT(sent, 1000);
    EXPECT_GE(disk_.free_bytes().value_or(0), file) << "some is left for what is consumed";
    a.publish("other", "transient", Durable::no);
    pass(Millis(500));
    EXPECT_TRUE(a.ok("transient"));
    EXPECT_FALSE(a.answered(name(sent - 1)));
    EXPECT_GT(crossed(broker::Limit::disk), 0U);
    // Others take what they had off the disk.
    disk_.set_capacity(disk_.bytes() + 20 * file);
    pass(Millis(500));
    EXPECT_TRUE(a.ok(name(sent - 1)));
    EXPECT_EQ(on("q").size(), static_cast<std::size_t>(sent));
}

TEST_P(EngineLimitsTest, transient_messages_wait_when_too_many_are_on_disk) {
    engine_options_ = {.queue_memory_bytes = 16 * kKiB, .memory_bytes = 1024 * kKiB};
    restart();
    set_policy([](broker::Policy& policy) { policy.queue_cursor = {}; }, {.temporary = 64 * kKiB});
    StoryClient& a = connect();
    fill(a, "q", 0, 500);
    EXPECT_FALSE(a.answered(name(499)));
    EXPECT_LT(on("q").size(), 300U);
    a.publish("q2", "persistent");
    pass(Millis(50));
    EXPECT_TRUE(a.ok("persistent"));
    StoryClient& b = connect();
    b.subscribe("c", "q", 10'000);
    for (int i = 0; i < 100 && !a.answered(name(499)); ++i) {
        pass(Millis(50));
        for (const std::string& one : b.got("c")) b.settle(one);
    }
    EXPECT_TRUE(a.answered(name(499)));
}

TEST_P(EngineLimitsTest, a_queue_that_is_to_stay_in_memory_fills_up_instead_of_paging) {
    engine_options_ = {.queue_memory_bytes = 16 * kKiB, .memory_bytes = 1024 * kKiB};
    restart();
    set_policy([](broker::Policy& policy) { policy.memory_limit = 64 * kKiB; });
    StoryClient& a = connect();
    fill(a, "q", 0, 100);
    EXPECT_FALSE(a.answered(name(99)));
    EXPECT_TRUE(segments_->set().empty());
    // The same queue without that: all of it has room on the disk.
    set_policy([](broker::Policy& policy) {
        policy.memory_limit = 64 * kKiB;
        policy.queue_cursor = {};
    });
    a.publish("other", "x");
    pass(Millis(500));
    EXPECT_TRUE(a.answered(name(99)));
}

TEST_P(EngineLimitsTest, what_cannot_leave_memory_does_not_keep_others_there_for_ever) {
    engine_options_ = {.queue_memory_bytes = 64 * kKiB, .memory_bytes = 64 * kKiB};
    restart();
    broker::Policy stays;
    stays.queue_cursor.kind = broker::Cursor::Kind::memory;
    Settings settings;
    settings.policies = broker::PolicyMap(
        {{{broker::Domain::queue, false, "stays"}, std::make_shared<const broker::Policy>(stays)}},
        {});
    configure(std::move(settings));
    StoryClient& a = connect();
    fill(a, "stays", 0, 200);
    a.subscribe("c", "stays", 1000);
    idle();
    for (int i = 0; i < 200; ++i) a.settle(name(i));
    idle();
    for (const char* queue : {"q1", "q2", "q3", "q4"}) fill(a, queue, 0, 40);
    pass(Millis(50));
    for (std::uint16_t id = 0; id < shards_; ++id) {
        EXPECT_LE(engine_->shard(ShardId{id}).memory().bytes, 72 * kKiB);
    }
}

TEST_P(EngineLimitsTest, a_commit_waits_for_its_messages_space) {
    set_policy([](broker::Policy& policy) { policy.memory_limit = 4 * kKiB; });
    StoryClient& a = connect();
    fill(a, "q", 0, 4);
    a.begin(1);
    a.publish_in(1, "q", "in");
    a.commit(1);
    a.begin(2);
    a.publish_in(2, "other", "behind");
    a.commit(2);
    idle();
    EXPECT_FALSE(a.answered("commit 1") || a.answered("commit 2"));
    a.subscribe("c", "q");
    idle();
    for (int i = 0; i < 3; ++i) a.settle(name(i));
    pass(Millis(30));
    EXPECT_TRUE(a.ok("commit 1") && a.ok("commit 2"));
    EXPECT_THAT(on("other"), ElementsAre("behind"));
}

TEST_P(EngineLimitsTest, what_waits_is_sent_when_its_sender_goes) {
    set_policy([](broker::Policy& policy) { policy.memory_limit = 4 * kKiB; });
    StoryClient& a = connect();
    fill(a, "q", 0, 8);
    a.disconnect();
    EXPECT_EQ(on("q").size(), 8U);
}

TEST_P(EngineLimitsTest, slow_subscribers_keep_the_newest) {
    set_policy([](broker::Policy& policy) {
        policy.pending_limit = {.kind = broker::PendingLimit::Kind::constant, .limit = 10};
        policy.advise_discarded = true;
    });
    StoryClient& slow = connect();
    slow.subscribe("c", "topic t", 1);
    StoryClient& quick = connect();
    quick.subscribe("c", "topic t", 1000);
    idle();
    for (int i = 0; i < 50; ++i) {
        slow.publish("topic t", std::to_string(i), Durable::no);
        idle();
    }
    EXPECT_EQ(quick.got("c").size(), 50U);
    EXPECT_THAT(slow.got("c"), ElementsAre("0"));
    slow.grant("c", 100);
    idle();
    EXPECT_EQ(numbers(slow.got("c")), (std::vector<int>{40, 41, 42, 43, 44, 45, 46, 47, 48, 49}));
}

TEST_P(EngineLimitsTest, what_is_dropped_is_a_choice) {
    const auto kept_by = [this](broker::Eviction::Kind kind) {
        set_policy([kind](broker::Policy& policy) {
            policy.pending_limit = {.kind = broker::PendingLimit::Kind::constant, .limit = 2};
            policy.eviction = {.kind = kind, .property = "kind"};
        });
        StoryClient& slow = connect();
        slow.subscribe("c", "topic t", 1);
        idle();
        for (const char* name : {"-", "a1", "b1", "a2", "a3"}) {
            slow.publish("topic t", name, Durable::no);
            idle();
        }
        std::ignore = slow.got("c");
        slow.grant("c", 10);
        idle();
        auto got = slow.got("c");
        slow.disconnect();
        idle();
        return got;
    };
    EXPECT_THAT(kept_by(broker::Eviction::Kind::oldest), ElementsAre("a2", "a3"));
    EXPECT_THAT(kept_by(broker::Eviction::Kind::unique_property), ElementsAre("b1", "a3"));
}

TEST_P(EngineLimitsTest, all_shards_know_when_consumers_starve_behind_senders) {
    StoryClient& sender = connect();
    StoryClient& consumer = connect();
    consumer.subscribe("c", "q", 2);
    // As every JMS connection does.
    sender.subscribe("advisories", "topic ActiveMQ.Advisory.TempQueue");
    fill(sender, "q", 0, 1100);
    EXPECT_TRUE(sender.connection().only_sends());
    EXPECT_FALSE(consumer.connection().only_sends());
    consumer.settle(name(0));
    consumer.settle(name(1));
    consumer.grant("c", 2);
    idle();
    EXPECT_EQ(numbers(consumer.got("c")), (std::vector<int>{0, 1, 2, 3}));
    const ShardBroker& anywhere = sender.shard();
    const std::uint64_t before = anywhere.consumed_bytes();
    consumer.shard().set_hears(true);
    consumer.settle(name(2));
    idle();
    EXPECT_FALSE(anywhere.consumers_starve());
    consumer.settle(name(3));
    idle();
    EXPECT_TRUE(anywhere.consumers_starve());
    EXPECT_GE(anywhere.consumed_bytes() - before, 2 * kKiB / static_cast<unsigned>(GetParam()));
    pass(Hunger::kLasts);
    EXPECT_FALSE(anywhere.consumers_starve()) << "it may work on what it has, for all we know";
}

TEST_P(EngineLimitsTest, a_slow_consumer_is_closed) {
    set_policy([](broker::Policy& policy) {
        policy.slow_consumers.kind = broker::SlowConsumers::Kind::abort;
        policy.slow_consumers.check_period_ms = 100;
        policy.slow_consumers.slow_ms_max = 300;
    });
    StoryClient& slow = connect();
    slow.subscribe("c", "q", 1);
    for (const char* name : {"1", "2", "3"}) slow.publish("q", name);
    idle();
    EXPECT_THAT(slow.got("c"), ElementsAre("1"));
    pass(Millis(300));
    EXPECT_THAT(slow.closed(), IsEmpty());
    pass(Millis(250));
    EXPECT_THAT(slow.closed(), ElementsAre("c"));
    StoryClient& quick = connect();
    quick.subscribe("d", "q", 100);
    idle();
    EXPECT_THAT(quick.got("d"), ElementsAre("1!", "2", "3"));
    pass(Millis(1000));
    EXPECT_THAT(quick.closed(), IsEmpty()) << "nothing waits any more";
}

TEST_P(EngineLimitsTest, a_consumer_that_settles_nothing_is_closed_with_its_connection) {
    set_policy([](broker::Policy& policy) {
        policy.slow_consumers.kind = broker::SlowConsumers::Kind::abort_unacknowledging;
        policy.slow_consumers.check_period_ms = 100;
        policy.slow_consumers.unacknowledged_ms_max = 300;
        policy.slow_consumers.abort_connection = true;
    });
    StoryClient& idle_one = connect();
    idle_one.subscribe("c", "empty");
    StoryClient& slow = connect();
    slow.subscribe("c", "q", 10);
    for (int i = 0; i < 10; ++i) slow.publish("q", std::to_string(i));
    idle();
    pass(Millis(200));
    slow.settle("0");
    pass(Millis(250));
    EXPECT_FALSE(slow.was_evicted());
    pass(Millis(300));
    EXPECT_EQ(broker::ConnectionEnd::too_slow, slow.eviction());
    EXPECT_FALSE(idle_one.was_evicted());
}

}  // namespace
}  // namespace tern::engine
