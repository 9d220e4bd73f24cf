#include "runtime/thread_lane.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <semaphore>

namespace tern {
namespace {

/// A loop that has nothing to do.
class Idle final : public ThreadLane::Attendant {
public:
    void stand_in() override { recalled_.acquire(); }
    void recall() override { recalled_.release(); }

private:
    std::binary_semaphore recalled_{0};
};

TEST(ThreadLane, runs_tasks_one_after_the_other_in_order) {
    ThreadLane lane("test");
    std::vector<int> ran;
    lane.submit([&] { ran.push_back(0); });
    lane.start();
    for (int i = 1; i < 1000; ++i) lane.submit([&ran, i] { ran.push_back(i); });
    lane.stop();
    ASSERT_EQ(ran.size(), 1000U);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(ThreadLane, wakes_up_each_time) {
    ThreadLane lane("test");
    lane.start();
    for (int i = 0; i < 1000; ++i) {
        std::promise<std::thread::id> ran;
        lane.submit([&] { ran.set_value(std::this_thread::get_id()); });
        EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
    }
    lane.stop();
}

TEST(ThreadLane, stop_runs_what_is_left_and_what_that_submits) {
    ThreadLane lane("test");
    int ran = 0;
    lane.submit([&] {
        lane.submit([&] {
            lane.submit([&] { ++ran; });
            ++ran;
        });
        ++ran;
    });
    lane.start();
    lane.stop();
    EXPECT_EQ(ran, 3);
}

TEST(ThreadLane, an_attending_thread_takes_its_place) {
    ThreadLane lane("test");
    lane.start();
    std::promise<void> started;
    lane.submit([&] { started.set_value(); });
    started.get_future().wait();
    Idle idle;
    std::thread([&] {
        lane.attend(idle);
        int helped = 0;
        for (int i = 0; i < 1000; ++i) {
            std::promise<std::thread::id> ran;
            lane.submit([&] {
                // Submitted while it is helped: part of the same help, or the lane's.
                lane.submit([&] { ran.set_value(std::this_thread::get_id()); });
            });
            if (lane.attended()) lane.help();
            if (ran.get_future().get() == std::this_thread::get_id()) ++helped;
        }
        EXPECT_EQ(helped, 0) << "what a task submits goes to the lane";
        std::promise<void> handed;
        lane.submit([&] { handed.set_value(); });
        lane.hand_over();
        handed.get_future().wait();
    }).join();
    lane.stop();
}

TEST(ThreadLane, many_threads_submit_while_one_helps) {
    ThreadLane lane("test");
    lane.start();
    int ran = 0;  // only ever touched by a task: the lane's promise
    std::vector<std::thread> others;
    for (int t = 0; t < 3; ++t) {
        others.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) lane.submit([&] { ++ran; });
        });
    }
    Idle idle;
    std::thread([&] {
        lane.attend(idle);
        for (int i = 0; i < 2000; ++i) {
            lane.submit([&] { ++ran; });
            if (lane.attended()) lane.help();
        }
        lane.hand_over();
    }).join();
    for (std::thread& other : others) other.join();
    lane.stop();
    EXPECT_EQ(ran, 8000);
}

TEST(ThreadLane, destroys_a_task_before_it_runs_the_next) {
    ThreadLane lane("test");
    auto held = std::make_shared<int>(7);
    const std::weak_ptr<int> watched = held;
    bool gone = false;
    lane.submit([held = std::move(held)] {});
    lane.submit([&] { gone = watched.expired(); });
    lane.start();
    lane.stop();
    EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace tern
