#include "runtime/sim/sim_world.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace tern {
namespace {

constexpr ShardId kA{0}, kB{1};

/// What three senders make shard B do.
std::string mixture(std::uint64_t seed) {
    SimClock clock;
    SimWorld world(seed, 2, clock);
    std::string ran;
    Lane& lane = world.make_lane();
    world.loop(kA).deliver([&] {
        for (const char name : {'a', 'b', 'c'}) {
            world.loop(kA).post(kB, [&ran, name] { ran += name; });
        }
    });
    lane.submit([&] {
        for (const char name : {'1', '2'}) {
            world.loop(kB).deliver([&ran, name] { ran += name; });
        }
    });
    world.run_until_idle();
    return ran;
}

TEST(SimWorld, the_seed_decides_and_each_sender_keeps_its_order) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const std::string ran = mixture(seed);
        EXPECT_EQ(ran, mixture(seed));
        EXPECT_EQ(ran.size(), 5U);
        EXPECT_LT(ran.find('a'), ran.find('b'));
        EXPECT_LT(ran.find('b'), ran.find('c'));
        EXPECT_LT(ran.find('1'), ran.find('2'));
        seen.insert(ran);
    }
    EXPECT_GT(seen.size(), 4U);
}

TEST(SimWorld, deliveries_run_before_what_was_posted_because_of_them) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        SimClock clock;
        SimWorld world(seed, 2, clock);
        std::string ran;
        world.make_lane().submit([&] {
            world.loop(kB).deliver([&] { ran += "first "; });
            world.loop(kA).deliver([&] { world.loop(kA).post(kB, [&] { ran += "second"; }); });
        });
        world.run_until_idle();
        EXPECT_EQ(ran, "first second");
    }
}

TEST(SimWorld, a_task_posted_to_oneself_waits_for_the_next_turn) {
    SimClock clock;
    SimWorld world(1, 1, clock);
    std::string ran;
    SimLoop& loop = world.loop(kA);
    loop.deliver([&] {
        loop.post(kA, [&] { ran += 'p'; });
        loop.at_turn_end([&] { ran += 'e'; });
    });
    world.run_until_idle();
    EXPECT_EQ(ran, "ep");
}

TEST(SimWorld, time_moves_to_the_next_timer_only_when_nothing_is_ready) {
    SimClock clock;
    SimWorld world(1, 1, clock);
    SimLoop& loop = world.loop(kA);
    const Instant start = clock.now();
    std::string ran;
    Timer hour([&] { ran += 'h'; });
    Timer second([&] { ran += 's'; });
    loop.timers().arm(hour, start + std::chrono::hours(1));
    loop.timers().arm(second, start + std::chrono::seconds(1));
    loop.deliver([&] { ran += 't'; });
    world.run_until_idle();
    EXPECT_EQ(ran, "t");
    EXPECT_EQ(clock.now(), start);
    world.run_for(Millis(2000));
    EXPECT_EQ(ran, "ts");
    EXPECT_EQ(clock.now(), start + Millis(2000));
    while (world.step()) {
    }
    EXPECT_EQ(ran, "tsh");
    EXPECT_EQ(clock.now(), start + std::chrono::hours(1));
    EXPECT_EQ(clock.wall_ms(), SimClock().wall_ms() + 3'600'000);
}

TEST(SimWorld, a_crash_destroys_waiting_tasks_without_running_them) {
    SimClock clock;
    SimWorld world(1, 2, clock);
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = token;
    int ran = 0;
    Lane& lane = world.make_lane();
    const auto count = [&ran, token] { ++ran; };
    world.loop(kA).post(kB, count);
    world.loop(kA).deliver(count);
    world.loop(kA).at_turn_end(count);
    lane.submit(count);
    world.drop_tasks();
    EXPECT_FALSE(world.ready());
    EXPECT_EQ(token.use_count(), 2);  // ours and that of `count`

    lane.submit(count);
    world.run_until_idle();
    EXPECT_EQ(ran, 1);
}

TEST(SimWorld, is_congested_while_a_receiver_lags_behind) {
    SimClock clock;
    SimWorld world(1, 2, clock);
    for (int i = 0; i < 2000; ++i) world.loop(kA).post(kB, [] {});
    EXPECT_TRUE(world.loop(kA).congested());
    EXPECT_FALSE(world.loop(kB).congested());
    int cleared = 0;
    world.loop(kA).when_clear([&] {
        EXPECT_FALSE(world.loop(kA).congested());
        ++cleared;
    });
    world.run_until_idle();
    EXPECT_EQ(cleared, 1);
}

}  // namespace
}  // namespace tern
