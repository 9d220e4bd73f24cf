#include "runtime/timer_wheel.h"

#include "runtime/seeded_random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace tern {
namespace {

const Instant kStart{std::chrono::hours(7)};

class TimerWheelTest : public testing::Test {
protected:
    Timer named(char name) {
        return Timer([this, name] { fired_ += name; });
    }
    void arm(Timer& timer, Millis after) { wheel_.arm(timer, kStart + after); }
    /// Lets the time come and returns what fired.
    std::string at(Millis after) {
        fired_.clear();
        wheel_.advance(kStart + after);
        return fired_;
    }

    TimerWheel wheel_{kStart};
    std::string fired_;
};

TEST_F(TimerWheelTest, fires_at_the_first_tick_not_before_its_time) {
    Timer a = named('a');
    arm(a, Millis(15));
    EXPECT_TRUE(a.armed());
    EXPECT_EQ(wheel_.next(), kStart + Millis(20));
    EXPECT_EQ(at(Millis(19)), "");
    EXPECT_EQ(at(Millis(20)), "a");
    EXPECT_FALSE(a.armed());
    EXPECT_EQ(at(Millis(1000)), "");
    EXPECT_EQ(wheel_.next(), Instant::max());
}

TEST_F(TimerWheelTest, fires_in_order_of_time_and_then_of_arming) {
    Timer a = named('a'), b = named('b'), c = named('c'), d = named('d');
    arm(d, std::chrono::hours(3));
    arm(c, Millis(5000));
    arm(a, Millis(10));
    arm(b, Millis(5000));
    EXPECT_EQ(at(std::chrono::hours(4)), "acbd");
}

TEST_F(TimerWheelTest, cancelled_or_destroyed_timers_do_not_fire) {
    Timer a = named('a');
    auto b = std::make_unique<Timer>([this] { fired_ += 'b'; });
    arm(a, Millis(100));
    arm(*b, Millis(100));
    a.cancel();
    a.cancel();
    b.reset();
    EXPECT_EQ(wheel_.next(), Instant::max());
    EXPECT_EQ(at(Millis(200)), "");
}

TEST_F(TimerWheelTest, arming_again_moves_the_timer) {
    Timer a = named('a');
    arm(a, Millis(100));
    arm(a, Millis(50));
    EXPECT_EQ(at(Millis(60)), "a");
    EXPECT_EQ(at(Millis(200)), "");
}

TEST_F(TimerWheelTest, the_past_fires_at_the_next_advance_not_in_this_one) {
    Timer again([&] {
        fired_ += 'x';
        arm(again, Millis(0));
    });
    EXPECT_EQ(at(Millis(500)), "");
    arm(again, Millis(100));
    EXPECT_LE(wheel_.next(), kStart + Millis(500));
    EXPECT_EQ(at(Millis(500)), "x");
    EXPECT_EQ(at(Millis(500)), "x");
    again.cancel();
    EXPECT_EQ(at(Millis(500)), "");
}

TEST_F(TimerWheelTest, an_action_may_cancel_others_of_the_same_tick_and_destroy_its_own_timer) {
    Timer b = named('b');
    std::unique_ptr<Timer> a;
    a = std::make_unique<Timer>([&] {
        fired_ += 'a';
        b.cancel();
        a.reset();
    });
    arm(*a, Millis(10));
    arm(b, Millis(10));
    EXPECT_EQ(at(Millis(10)), "a");
    EXPECT_EQ(a, nullptr);
}

TEST_F(TimerWheelTest, takes_the_most_distant_instant) {
    Timer a = named('a');
    wheel_.arm(a, Instant::max());
    EXPECT_EQ(at(std::chrono::hours(24 * 365 * 100)), "");
    EXPECT_TRUE(a.armed());
}

/// Thousands of random arms, cancels and steps against a plain list.
TEST_F(TimerWheelTest, does_what_a_plain_list_does) {
    SeededRandom random(20240611);
    struct Entry {
        std::unique_ptr<Timer> timer;
        std::int64_t due_ms = -1;
    };
    std::vector<Entry> entries(200);
    std::vector<std::int64_t> fired;
    std::int64_t now_ms = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].timer = std::make_unique<Timer>([&, i] {
            fired.push_back(entries[i].due_ms);
            EXPECT_LE(entries[i].due_ms, now_ms);
            entries[i].due_ms = -1;
        });
    }
    for (int round = 0; round < 20000; ++round) {
        Entry& entry = entries[random.below(entries.size())];
        switch (random.below(4)) {
            case 0:
                entry.timer->cancel();
                entry.due_ms = -1;
                break;
            case 1: {  // the next advance must come in time for whatever is armed
                fired.clear();
                const auto ahead_max = std::uint64_t{1} << random.below(24);
                const auto step = static_cast<std::int64_t>(random.below(ahead_max));
                now_ms += step;
                wheel_.advance(kStart + Millis(now_ms));
                EXPECT_TRUE(std::ranges::is_sorted(
                    fired, [](auto a, auto b) { return (a + 9) / 10 < (b + 9) / 10; }));
                for (const Entry& each : entries) {
                    EXPECT_TRUE(each.due_ms < 0 || each.due_ms > now_ms - 10);
                    EXPECT_EQ(each.timer->armed(), each.due_ms >= 0);
                }
                break;
            }
            default: {
                const auto ahead_max = std::uint64_t{1} << random.below(30);
                entry.due_ms = now_ms + 1 + static_cast<std::int64_t>(random.below(ahead_max));
                arm(*entry.timer, Millis(entry.due_ms));
                EXPECT_LE(wheel_.next(), kStart + Millis(entry.due_ms + 10));
            }
        }
    }
}

}  // namespace
}  // namespace tern
