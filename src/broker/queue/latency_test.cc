#include "broker/queue/handout_times.h"
#include "broker/queue/queue_story.h"

#include <limits>

namespace tern::broker {
namespace {

TEST(Histogram, finds_shares_within_an_eighth) {
    Histogram times;
    EXPECT_EQ(times.quantile(0.5), 0);
    for (int us = 1; us <= 1000; ++us) times.add(us);
    EXPECT_EQ(times.count(), 1000U);
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
        const double exact = share * 1000;
        EXPECT_NEAR(static_cast<double>(times.quantile(share)), exact, exact / 8 + 1) << share;
    }
    EXPECT_NEAR(static_cast<double>(times.quantile(1)), 1000, 125);
}

TEST(Histogram, takes_any_time) {
    Histogram times;
    times.add(-5);
    EXPECT_EQ(times.quantile(1), 0);
    times.add(std::numeric_limits<std::int64_t>::max());
    EXPECT_GT(times.quantile(1), std::int64_t{3600} * 1'000'000);
    for (std::int64_t us = 0; us < 16; ++us) {
        Histogram exact;
        exact.add(us);
        EXPECT_EQ(exact.quantile(0.5), us);
    }
}

TEST(Histogram, sums_up_and_never_runs_over) {
    Histogram times;
    for (int i = 0; i < 70'000; ++i) times.add(3);
    EXPECT_EQ(times.count(), 65'535U);
    Histogram more = times;
    more += times;
    EXPECT_EQ(more.count(), 65'535U);
    EXPECT_EQ(more.quantile(0.5), 3);
}

TEST(HandoutTimes, keeps_few_and_is_near_the_truth) {
    HandoutTimes times;
    EXPECT_EQ(times.since_ms(7), 0);
    constexpr std::int64_t kMessages = 100'000;
    for (std::int64_t one = 1; one <= kMessages; ++one) {
        times.note(static_cast<std::uint64_t>(one), one * 10, one == 1);
    }
    const std::int64_t now = kMessages * 10;
    for (const std::int64_t one : {1, 20'000, 50'000, 90'000, 99'000, 99'990}) {
        const auto age = static_cast<double>(now - one * 10);
        const auto told =
            static_cast<double>(now - times.since_ms(static_cast<std::uint64_t>(one)));
        EXPECT_GE(told, age) << one;
        EXPECT_LE(told, age * 2.5 + 200) << one;
    }
}

class LatencyStory : public QueueStory {
protected:
    std::int64_t now_us() const override { return now_us_; }
    /// Time goes on, and the queue is served.
    void pass(std::int64_t us) {
        now_us_ += us;
        now_ms_ = now_us_ / 1000;
        dispatch();
    }

    std::int64_t now_us_ = 1'000'000;
};

TEST_F(LatencyStory, times_one_message_a_millisecond) {
    EXPECT_EQ(queue_.latencies(now_ms_), nullptr);
    for (const char* one : {"a", "b", "c"}) publish(one);
    pass(2500);
    open('x', 9);
    dispatch();
    pass(5000);
    settle('x', {"a", "b", "c"}, Outcome::accept);
    const LatenciesPtr all = queue_.latencies(now_ms_);
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(all->queueing.count, 1U);
    EXPECT_EQ(all->queueing.sum_us, 2500U);
    EXPECT_NEAR(static_cast<double>(all->queueing.recent.quantile(0.5)), 2500, 300);
    EXPECT_EQ(all->delivery.count, 1U);
    EXPECT_EQ(all->delivery.sum_us, 5000U);
    EXPECT_EQ(all->confirm.count, 0U);
}

TEST_F(LatencyStory, the_first_ones_count_before_the_queue_is_served) {
    queue_.note_confirmed(700);
    EXPECT_EQ(queue_.latencies(now_ms_)->confirm.recent.count(), 1U);
    dispatch();
    EXPECT_EQ(queue_.latencies(now_ms_ + 1000)->confirm.recent.count(), 1U);
    EXPECT_EQ(queue_.latencies(now_ms_ + 200'000)->confirm.recent.count(), 0U);
}

TEST_F(LatencyStory, recent_ones_are_forgotten_and_the_sums_stay) {
    open('x', 9);
    dispatch();
    publish("a");
    pass(10);
    settle('x', {"a"}, Outcome::accept);
    const auto at = [this](std::int64_t after_ms) { return queue_.latencies(now_ms_ + after_ms); };
    EXPECT_EQ(at(0)->delivery.recent.count(), 1U);
    EXPECT_EQ(at(119'000)->delivery.recent.count(), 1U);
    EXPECT_EQ(at(121'000)->delivery.recent.count(), 0U);
    EXPECT_EQ(at(121'000)->delivery.count, 1U);
}

TEST_F(LatencyStory, what_comes_back_or_goes_elsewhere_is_not_timed) {
    open('x', 99);
    publish("a");
    pass(1000);
    settle('x', {"a"}, Outcome::fail);
    pass(1000);
    settle('x', {"a"}, Outcome::accept);
    EXPECT_EQ(queue_.latencies(now_ms_)->delivery.count, 0U);
    // Nor do those that are gone keep others from being timed.
    for (int i = 0; i < 40; ++i) {
        publish("m" + std::to_string(i));
        pass(1000);
    }
    close('x');
    queue_.purge();
    open('y', 9);
    publish("z");
    pass(1000);
    settle('y', {"z"}, Outcome::accept);
    EXPECT_EQ(queue_.latencies(now_ms_)->delivery.count, 1U);
}

}  // namespace
}  // namespace tern::broker
