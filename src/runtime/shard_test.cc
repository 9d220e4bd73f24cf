#include "runtime/shard_group.h"
#include "runtime/thread_lane.h"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <numeric>

namespace tern {
namespace {

constexpr ShardId kA{0}, kB{1};

class ShardTest : public testing::Test {
protected:
    explicit ShardTest(std::uint16_t count = 2) : shards_(count) {}
    ~ShardTest() override {
        if (running_) stop();
    }

    void start() {
        shards_.start();
        running_ = true;
    }
    void stop() {
        shards_.stop();
        running_ = false;
    }
    /// Runs `task` on a shard and waits for it.
    void on(ShardId id, Task task) {
        std::promise<void> ran;
        shards_[id].deliver([&] {
            task();
            ran.set_value();
        });
        ran.get_future().wait();
    }

    ShardGroup shards_;
    bool running_ = false;
};

TEST_F(ShardTest, runs_what_was_posted_in_order_and_never_inside_the_post) {
    start();
    std::vector<int> ran;
    std::promise<void> done;
    on(kA, [&] {
        for (int i = 0; i < 100; ++i) {
            shards_[kA].post(kB, [&ran, i] { ran.push_back(i); });
        }
        shards_[kA].post(kB, [&] { done.set_value(); });
    });
    done.get_future().wait();
    std::vector<int> expected(100);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(ran, expected);

    std::string order;
    std::promise<void> own;
    on(kA, [&] {
        shards_[kA].post(kA, [&] {
            order += "posted";
            own.set_value();
        });
        order += "first ";
    });
    own.get_future().wait();
    EXPECT_EQ(order, "first posted");
}

TEST_F(ShardTest, wakes_a_sleeping_shard_each_time) {
    constexpr int kRounds = 5000;
    start();
    std::promise<void> done;
    int left = kRounds;
    // To and fro: each of the two finds the other asleep again and again.
    std::function<void(ShardId)> bounce = [&](ShardId here) {
        if (--left == 0) return done.set_value();
        const ShardId there = here == kA ? kB : kA;
        shards_[here].post(there, [&bounce, there] { bounce(there); });
    };
    shards_[kA].deliver([&] { bounce(kA); });
    done.get_future().wait();
    EXPECT_EQ(left, 0);
}

TEST_F(ShardTest, holds_back_what_does_not_fit_and_loses_nothing) {
    constexpr std::size_t kCount = 10000;
    start();
    std::promise<void> release, done;
    std::shared_future<void> released = release.get_future().share();
    shards_[kB].deliver([released] { released.wait(); });  // the receiver is stuck for a while
    std::vector<std::size_t> ran;
    on(kA, [&] {
        for (std::size_t i = 0; i < kCount; ++i) {
            shards_[kA].post(kB, [&ran, i] { ran.push_back(i); });
        }
    });
    std::promise<bool> clear;
    on(kA, [&] {
        EXPECT_TRUE(shards_[kA].congested());
        shards_[kA].post(kB, [&] { done.set_value(); });
        shards_[kA].when_clear([&] { clear.set_value(!shards_[kA].congested()); });
    });
    release.set_value();
    done.get_future().wait();
    ASSERT_EQ(ran.size(), kCount);
    EXPECT_TRUE(std::ranges::is_sorted(ran));
    EXPECT_TRUE(clear.get_future().get());
}

TEST_F(ShardTest, deliveries_run_before_what_was_posted_because_of_them) {
    constexpr int kRounds = 20000;
    ThreadLane lane("lane");
    lane.start();
    start();
    std::atomic<int> left = kRounds;
    std::promise<void> done;
    int seen = 0;  // on shard B
    std::atomic<int> early = 0;
    for (int round = 1; round <= kRounds; ++round) {
        lane.submit([&, round] {
            shards_[kB].deliver([&, round] { seen = round; });
            shards_[kA].deliver([&, round] {
                shards_[kA].post(kB, [&, round] {
                    if (seen < round) ++early;
                    if (--left == 0) done.set_value();
                });
            });
        });
    }
    done.get_future().wait();
    EXPECT_EQ(early.load(), 0);
    stop();
    lane.stop();
}

TEST_F(ShardTest, end_of_turn_tasks_run_after_all_that_was_ready) {
    start();
    std::string order;
    std::promise<void> done;
    on(kA, [&] {
        boost::asio::post(shards_[kA].context(), [&] {
            order += 'a';
            shards_[kA].at_turn_end([&] {
                order += 'e';
                shards_[kA].at_turn_end([&] {
                    order += 'f';
                    shards_[kA].post(kA, [&] { done.set_value(); });
                });
            });
        });
        boost::asio::post(shards_[kA].context(), [&] { order += 'b'; });
    });
    done.get_future().wait();
    EXPECT_EQ(order, "abef");
}

TEST_F(ShardTest, fires_timers_without_any_other_event) {
    start();
    std::promise<Instant> fired;
    Timer timer([&] { fired.set_value(shards_[kA].clock().now()); });
    Instant due;
    on(kA, [&] {
        due = shards_[kA].clock().now() + Millis(30);
        shards_[kA].timers().arm(timer, due);
    });
    EXPECT_GE(fired.get_future().get(), due);
}

TEST_F(ShardTest, what_is_prepared_before_the_start_runs_after_it) {
    std::promise<void> posted, delivered, ended;
    shards_[kA].post(kB, [&] { posted.set_value(); });
    shards_[kA].deliver([&] { delivered.set_value(); });
    shards_[kA].at_turn_end([&] { ended.set_value(); });
    start();
    posted.get_future().wait();
    delivered.get_future().wait();
    ended.get_future().wait();
}

TEST_F(ShardTest, what_is_left_at_the_stop_is_destroyed_and_does_not_run) {
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = held;
    bool ran = false;
    {
        ShardGroup shards(1);
        shards.start();
        shards.stop();
        shards[kA].deliver([&ran, held = std::move(held)] { ran = true; });
        EXPECT_FALSE(watched.expired());
    }
    EXPECT_TRUE(watched.expired());
    EXPECT_FALSE(ran);
}

class FourShardsTest : public ShardTest {
protected:
    FourShardsTest() : ShardTest(4) {}
};

TEST_F(FourShardsTest, everybody_posts_to_everybody) {
    constexpr int kPerPair = 3000;
    std::latch done(16 * kPerPair);
    std::array<std::array<int, 4>, 4> last{};  // by receiver, then sender; on the receiver's shard
    std::atomic<int> disorder = 0;
    start();
    for (std::uint16_t from = 0; from < 4; ++from) {
        shards_[ShardId(from)].deliver([&, from] {
            for (int i = 1; i <= kPerPair; ++i) {
                for (std::uint16_t to = 0; to < 4; ++to) {
                    shards_[ShardId(from)].post(ShardId(to), [&, from, to, i] {
                        if (last[to][from]++ != i - 1) ++disorder;
                        done.count_down();
                    });
                }
            }
        });
    }
    done.wait();
    EXPECT_EQ(disorder.load(), 0);
}

class AttendingTest : public ShardTest {
protected:
    AttendingTest() : ShardTest(1) {
        shards_[kA].attend(lane_);
        lane_.start();
        start();
    }
    ~AttendingTest() override {
        if (running_) stop();
        lane_.stop();
    }

    /// Has the shard itself run a task of the lane that lasts until `let_go_`.
    void hold_up() {
        std::promise<void> held;
        std::function<void()> attempt = [&] {
            lane_.submit([] {});
            // Its thread may be on its way to sleep yet, and sees the task then.
            if (!lane_.attended()) return shards_[kA].post(kA, attempt);
            lane_.submit([&] {
                held.set_value();
                let_go_.get_future().wait();
            });
        };
        on(kA, [&] { attempt(); });
        held.get_future().wait();
    }
    std::thread::id thread() {
        std::thread::id id;
        on(kA, [&] { id = std::this_thread::get_id(); });
        return id;
    }

    ThreadLane lane_{"lane"};
    std::promise<void> let_go_;
};

using StandInTest = AttendingTest;

TEST_F(StandInTest, goes_on_while_its_thread_is_held_up) {
    const std::thread::id own = thread();
    hold_up();
    EXPECT_NE(thread(), own);
    std::string order;
    std::promise<void> fired, done;
    Timer timer([&] { fired.set_value(); });
    on(kA, [&] {
        boost::asio::post(shards_[kA].context(), [&] { order += 'a'; });
        shards_[kA].timers().arm(timer, shards_[kA].clock().now() + Millis(1));
        lane_.submit([&] { order += 'c'; });
    });
    fired.get_future().wait();
    on(kA, [&] { order += 'b'; });
    let_go_.set_value();
    lane_.submit([&] { done.set_value(); });
    done.get_future().wait();
    EXPECT_EQ(order, "abc") << "what is submitted meanwhile waits for what holds it up";
    EXPECT_EQ(thread(), own);
}

TEST_F(StandInTest, may_be_stopped_while_its_thread_is_held_up) {
    hold_up();
    std::thread stopper([&] { stop(); });
    let_go_.set_value();
    stopper.join();
}

using LingeringTest = AttendingTest;

TEST_F(LingeringTest, what_it_lingers_for_comes_before_the_lane_is_woken) {
    bool waited = false;
    std::promise<void> done;
    std::function<void()> attempt = [&] {
        lane_.submit([] {});
        // Its thread may be on its way to sleep yet, and sees the task then.
        if (!lane_.attended()) return shards_[kA].post(kA, attempt);
        shards_[kA].linger();
        boost::asio::post(shards_[kA].context(), [&] {
            shards_[kA].at_turn_end([&] {
                waited = lane_.attended();
                done.set_value();
            });
        });
    };
    on(kA, [&] { shards_[kA].at_turn_end([&] { attempt(); }); });
    done.get_future().wait();
    EXPECT_TRUE(waited);
}

}  // namespace
}  // namespace tern
