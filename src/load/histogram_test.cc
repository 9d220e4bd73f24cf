#include "load/histogram.h"

#include <gtest/gtest.h>

namespace tern::load {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(HistogramTest, is_empty_at_first) {
    const Histogram none;
    EXPECT_EQ(none.count(), 0U);
    EXPECT_EQ(none.quantile_ns(0.5), 0);
    EXPECT_EQ(none.most_ns(), 0);
    EXPECT_EQ(none.mean_ns(), 0);
}

TEST(HistogramTest, knows_each_quantile_to_a_hundredth) {
    Histogram all;
    for (std::int64_t i = 1; i <= 100'000; ++i) all.add(i * 1000);
    EXPECT_EQ(all.count(), 100'000U);
    EXPECT_EQ(all.least_ns(), 1000);
    EXPECT_EQ(all.most_ns(), 100 * kMs);
    EXPECT_NEAR(all.mean_ns(), 50'000'500, 1);
    for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
        const double exact = share * 100 * kMs;
        EXPECT_NEAR(static_cast<double>(all.quantile_ns(share)), exact, exact / 100) << share;
    }
    EXPECT_EQ(all.quantile_ns(1), all.most_ns());
}

TEST(HistogramTest, small_numbers_are_exact) {
    Histogram all;
    for (std::int64_t i = 0; i < 200; ++i) all.add(i);
    EXPECT_EQ(all.quantile_ns(0.5), 99);
    EXPECT_EQ(all.least_ns(), 0);
}

TEST(HistogramTest, adds_up) {
    Histogram some;
    Histogram others;
    for (int i = 0; i < 99; ++i) some.add(kMs);
    others.add(500 * kMs);
    others += some;
    EXPECT_EQ(others.count(), 100U);
    EXPECT_EQ(others.least_ns(), kMs);
    EXPECT_NEAR(static_cast<double>(others.quantile_ns(0.99)), kMs, kMs / 100.0);
    EXPECT_EQ(others.quantile_ns(1), 500 * kMs);
}

TEST(HistogramTest, holds_what_is_out_of_all_bounds) {
    Histogram all;
    all.add(-5);
    all.add(INT64_MAX);
    EXPECT_EQ(all.least_ns(), 0);
    EXPECT_GT(all.most_ns(), 3600 * 1000 * kMs);
    EXPECT_EQ(all.quantile_ns(1), all.most_ns());
}

}  // namespace
}  // namespace tern::load
