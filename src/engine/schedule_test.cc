#include "broker/api/errors.h"
#include "engine/engine_story.h"
#include "runtime/seeded_random.h"

#include <algorithm>
#include <map>
#include <set>

namespace tern::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Messages that are wanted later.
class EngineScheduleTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    EngineScheduleTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {
        Settings settings;
        settings.scheduler.enabled = true;
        configure(std::move(settings));
    }

    std::int64_t now() { return clock_.wall_ms(); }
    std::vector<std::string> waiting(std::int64_t base_ms, const broker::JobSelection& which = {}) {
        StoryClient& asks = connect();
        asks.list_scheduled(which);
        idle();
        return asks.scheduled(base_ms);
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, EngineScheduleTest, testing::Values(1, 3));

TEST_P(EngineScheduleTest, comes_when_its_time_has_come) {
    StoryClient& a = connect();
    a.publish_with("q", "later", "AMQ_SCHEDULED_DELAY=5000");
    a.publish_with("q", "sooner", "AMQ_SCHEDULED_DELAY=3000");
    a.publish("q", "now");
    idle();
    EXPECT_TRUE(a.ok("later") && a.ok("sooner"));
    EXPECT_THAT(on("q"), ElementsAre("now"));
    pass(Millis(2980));
    EXPECT_THAT(on("q"), ElementsAre("now"));
    pass(Millis(60));
    EXPECT_THAT(on("q"), ElementsAre("now", "sooner"));
    pass(Millis(2000));
    EXPECT_THAT(on("q"), ElementsAre("now", "sooner", "later"));
}

TEST_P(EngineScheduleTest, is_delivered_at_once_without_a_scheduler) {
    configure({});
    connect().publish_with("q", "a", "AMQ_SCHEDULED_DELAY=5000");
    EXPECT_THAT(on("q"), ElementsAre("a"));
}

TEST_P(EngineScheduleTest, jobs_that_wait_on_disk_come_in_time_also_after_a_crash) {
    engine_options_ = {.queue_memory_bytes = 64 * 1024, .memory_bytes = 1024 * 1024};
    restart();
    StoryClient& a = connect();
    const std::string much(300, 'x');
    std::vector<std::string> expected;
    const std::int64_t base = now();
    // The later ones are sent first.
    for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string(i) + much;
        a.publish_with("q", name,
                       "AMQ_SCHEDULED_DELAY=" + std::to_string(base + 100'000 - i * 10 - now()));
        expected.insert(expected.begin(), name);
        if (i % 50 == 0) idle();
    }
    idle();
    EXPECT_EQ(waiting(base).size(), 1000U);
    pass(Millis(base + 95'010 - now()));
    EXPECT_THAT(on("q"), testing::SizeIs(501));
    EXPECT_EQ(waiting(base).size(), 499U);
    restart();
    EXPECT_THAT(waiting(base), testing::Contains("0" + much + " at +100000"));
    pass(Millis(base + 97'510 - now()));
    EXPECT_THAT(on("q"), testing::SizeIs(751));
    pass(Millis(5000));
    std::vector<std::string> came = on("q");
    for (std::string& name : came) {
        if (name.ends_with('!')) name.pop_back();
    }
    EXPECT_EQ(came, expected);
    EXPECT_THAT(waiting(base), IsEmpty());
}

TEST_P(EngineScheduleTest, comes_once_and_not_too_early_whenever_power_fails) {
    engine_options_ = {.queue_memory_bytes = 8 * 1024, .memory_bytes = 1024 * 1024};
    restart();
    SeededRandom luck(static_cast<std::uint64_t>(GetParam()) * 17);
    std::map<std::string, std::int64_t> due;
    std::set<std::string> confirmed;
    StoryClient* client = &connect();
    const auto note_confirmed = [&] {
        for (const auto& [name, at] : due) {
            if (client->ok(name)) confirmed.insert(name);
        }
    };
    const auto expect_sound = [&] {
        std::set<std::string> there;
        for (std::string name : on("q")) {
            if (name.ends_with('!')) name.pop_back();
            EXPECT_TRUE(there.insert(name).second) << name << " came twice";
            EXPECT_LE(due.at(name), now()) << name << " came too early";
        }
        return there;
    };
    for (int step = 0; step < 4000; ++step) {
        const std::size_t what = luck.below(100);
        if (what < 35) {
            const auto delay = static_cast<std::int64_t>(luck.below(3000));
            const std::string name = std::to_string(due.size()) + std::string(luck.below(200), 'x');
            due[name] = now() + delay;
            client->publish_with("q", name, "AMQ_SCHEDULED_DELAY=" + std::to_string(delay));
        } else if (what < 80) {
            for (std::size_t left = luck.below(30); left > 0 && world_->step(); --left) {
            }
        } else if (what < 97) {
            pass(Millis(static_cast<std::int64_t>(luck.below(200))));
        } else if (what < 99) {
            note_confirmed();
            crash();
            client = &connect();
        } else {
            std::ignore = expect_sound();
        }
    }
    idle();
    note_confirmed();
    pass(Millis(4000));
    const std::set<std::string> there = expect_sound();
    EXPECT_GT(confirmed.size(), 500U);
    for (const std::string& name : confirmed) EXPECT_TRUE(there.contains(name)) << name;
    EXPECT_THAT(waiting(now()), IsEmpty());
}

TEST_P(EngineScheduleTest, survives_a_crash_and_is_not_delivered_again) {
    StoryClient& a = connect();
    a.publish_with("q", "a", "AMQ_SCHEDULED_DELAY=5000");
    a.publish_with("q", "b", "AMQ_SCHEDULED_DELAY=50000", Durable::no);
    idle();
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
    pass(Millis(5100));
    EXPECT_THAT(on("q"), ElementsAre("a"));
    restart();
    pass(Millis(10'000));
    EXPECT_THAT(on("q"), ElementsAre("a"));
    pass(Millis(40'000));
    EXPECT_THAT(on("q"), ElementsAre("a", "b"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("a"))
        << "the other one is not persistent once it is delivered";
    EXPECT_THAT(waiting(now()), IsEmpty());
}

TEST_P(EngineScheduleTest, what_came_due_meanwhile_comes_at_the_start) {
    connect().publish_with("q", "a", "AMQ_SCHEDULED_DELAY=5000");
    idle();
    clock_.advance(Millis(60'000));
    crash();
    pass(Millis(20));
    EXPECT_THAT(on("q"), ElementsAre("a"));
}

TEST_P(EngineScheduleTest, repeats_as_often_as_it_says) {
    StoryClient& a = connect();
    a.publish_with("topic t", "nobody hears", "AMQ_SCHEDULED_DELAY=100");
    a.subscribe("c", "topic t");
    a.publish_with("topic t", "a",
                   "AMQ_SCHEDULED_DELAY=1000|AMQ_SCHEDULED_PERIOD=500|AMQ_SCHEDULED_REPEAT=9");
    idle();
    pass(Millis(1010 + 4 * 500));
    EXPECT_EQ(a.got("c").size(), 6U);
    pass(Millis(60'000));
    EXPECT_EQ(a.got("c").size(), 5U);
    a.publish_with("q", "b", "AMQ_SCHEDULED_DELAY=1|AMQ_SCHEDULED_REPEAT=1001");
    a.publish_with("q", "c", "AMQ_SCHEDULED_CRON=never");
    idle();
    EXPECT_EQ(a.answer("b"), broker::Errc::invalid_schedule);
    EXPECT_EQ(a.answer("c"), broker::Errc::invalid_schedule);
}

TEST_P(EngineScheduleTest, a_calendar_is_kept_over_restarts) {
    connect().publish_with("q", "a", "AMQ_SCHEDULED_CRON=* * * * *");
    idle();
    pass(Millis(60'100));
    EXPECT_EQ(on("q").size(), 1U);
    restart();
    pass(Millis(120'000));
    EXPECT_EQ(on("q").size(), 3U);
}

TEST_P(EngineScheduleTest, in_a_transaction_only_the_commit_schedules) {
    StoryClient& a = connect();
    a.begin(1);
    a.publish_with("q", "kept", "AMQ_SCHEDULED_DELAY=1000", Durable::yes, {}, 1);
    a.begin(2);
    a.publish_with("q", "forgotten", "AMQ_SCHEDULED_DELAY=1000", Durable::yes, {}, 2);
    idle();
    EXPECT_THAT(waiting(now()), IsEmpty());
    a.commit(1);
    a.rollback(2);
    idle();
    EXPECT_EQ(waiting(now()).size(), 1U);
    pass(Millis(2000));
    EXPECT_THAT(on("q"), ElementsAre("kept"));
}

TEST_P(EngineScheduleTest, lives_from_its_delivery_on) {
    connect().publish_with("q", "a", "AMQ_SCHEDULED_DELAY=5000", Durable::yes, Millis(2000));
    idle();
    pass(Millis(5050));
    EXPECT_THAT(on("q"), ElementsAre("a"));
    pass(Millis(2000));
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(EngineScheduleTest, is_listed_and_removed) {
    StoryClient& a = connect();
    const std::int64_t base = now();
    a.publish_with("q", "b", "AMQ_SCHEDULED_DELAY=2000");
    a.publish_with("q", "a", "AMQ_SCHEDULED_DELAY=1000");
    a.publish_with("q", "c", "AMQ_SCHEDULED_DELAY=3000");
    idle();
    EXPECT_THAT(waiting(base), ElementsAre("a at +1000", "b at +2000", "c at +3000"));
    EXPECT_THAT(waiting(base, {.due_from_ms = base + 1500, .due_to_ms = base + 2500}),
                ElementsAre("b at +2000"));
    a.list_scheduled();
    idle();
    a.remove_scheduled({.id = a.jobs()[1].id});
    idle();
    EXPECT_TRUE(a.ok("remove jobs"));
    restart();
    EXPECT_THAT(waiting(base), ElementsAre("a at +1000", "c at +3000"));
    connect().remove_scheduled({.due_from_ms = base + 2000});
    idle();
    pass(Millis(4000));
    EXPECT_THAT(on("q"), ElementsAre("a"));
}

TEST_P(EngineScheduleTest, takes_orders_by_messages) {
    StoryClient& a = connect();
    a.subscribe("answers", "topic answers");
    a.publish_with("q", "a", "AMQ_SCHEDULED_DELAY=1000");
    a.publish_with("q", "b", "AMQ_SCHEDULED_DELAY=2000");
    idle();
    const std::string management = "topic ActiveMQ.Scheduler.Management";
    a.publish_with(management, "browse", "AMQ_SCHEDULER_ACTION=BROWSE|JMSReplyTo=topic://answers");
    idle();
    EXPECT_THAT(a.got("answers"), ElementsAre("a", "b"));
    a.list_scheduled();
    idle();
    a.publish_with(management, "remove",
                   "AMQ_SCHEDULER_ACTION=REMOVE|scheduledJobId=" + a.jobs()[0].id);
    idle();
    EXPECT_TRUE(a.ok("browse") && a.ok("remove"));
    EXPECT_EQ(waiting(0).size(), 1U);
    a.publish_with(management, "all", "AMQ_SCHEDULER_ACTION=REMOVEALL");
    idle();
    EXPECT_THAT(waiting(0), IsEmpty());
}

TEST_P(EngineScheduleTest, its_queue_is_nobodys) {
    StoryClient& a = connect();
    a.publish_with("q", "a", "AMQ_SCHEDULED_DELAY=1000");
    idle();
    a.subscribe("c", "$schedule");
    a.publish("$schedule", "x");
    a.remove("$schedule");
    idle();
    for (const char* what : {"subscribe c", "x", "remove $schedule"}) {
        EXPECT_EQ(a.answer(what), broker::Errc::no_such_destination) << what;
    }
    EXPECT_EQ(told_.count("+queue://$schedule"), 0U);
    EXPECT_EQ(told_.count("+queue://q"), 0U);
}

TEST_P(EngineScheduleTest, whenever_the_power_fails_what_was_confirmed_comes_once) {
    std::size_t delivered = 0;
    for (int steps = 0; steps < 60; ++steps) {
        const std::string name = std::to_string(steps);
        StoryClient& a = connect();
        a.publish_with("q", name, "AMQ_SCHEDULED_DELAY=20");
        for (int i = 0; i < steps / 2; ++i) std::ignore = world_->step();
        const bool confirmed = a.answered(name);
        if (confirmed) pass(Millis(19));
        for (int i = 0; i < steps % 17; ++i) std::ignore = world_->step();
        crash();
        pass(Millis(50));
        const auto all = on("q");
        const auto count = std::ranges::count_if(
            all, [&name](const std::string& one) { return one == name || one == name + "!"; });
        EXPECT_LE(count, 1) << "after " << steps;
        if (confirmed) {
            EXPECT_EQ(count, 1) << "after " << steps;
            ++delivered;
        }
    }
    EXPECT_GT(delivered, 10U);
}

TEST_P(EngineScheduleTest, many_come_in_the_order_of_their_times) {
    StoryClient& a = connect();
    constexpr int kMany = 3000;
    for (int i = 0; i < kMany; ++i) {
        // Any order, but every time once.
        const int delay = 1000 + (i * 7919) % kMany;
        a.publish_with("q", std::to_string(100'000 + delay),
                       "AMQ_SCHEDULED_DELAY=" + std::to_string(delay));
    }
    idle();
    pass(Millis(1000 + kMany / 2));
    restart();
    pass(Millis(kMany));
    const std::vector<std::string> all = on("q");
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kMany));
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

}  // namespace
}  // namespace tern::engine
