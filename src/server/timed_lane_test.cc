#include "server/timed_lane.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace tern::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(timed_lane, runs_what_is_due_in_its_order) {
    TimedLane lane("timed");
    std::vector<int> ran;
    std::promise<void> done;
    lane.submit([&] { ran.push_back(1); });
    lane.submit([&] { ran.push_back(2); });
    lane.submit([&] { done.set_value(); }, milliseconds(20));
    lane.submit([&] { ran.push_back(3); }, milliseconds(10));
    lane.start();
    done.get_future().wait();
    lane.stop();
    EXPECT_EQ((std::vector{1, 2, 3}), ran);
}

TEST(timed_lane, lets_what_is_later_wait_and_drops_it_in_the_end) {
    TimedLane lane("timed");
    bool ran = false;
    std::promise<void> due;
    lane.start();
    lane.submit([&] { ran = true; }, hours(1));
    lane.submit([&] { due.set_value(); });
    due.get_future().wait();
    EXPECT_EQ(1U, lane.waiting());
    lane.stop();
    EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace tern::server
