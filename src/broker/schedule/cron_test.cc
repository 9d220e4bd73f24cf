#include "broker/schedule/cron.h"

#include <gtest/gtest.h>

#include <chrono>

namespace tern::broker {
namespace {

std::int64_t at(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
    const std::chrono::sys_days date{std::chrono::year(year) / month / day};
    const std::chrono::seconds since =
        date.time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute);
    return (since.count() + second) * 1000;
}

std::int64_t utc(std::int64_t) {
    return 0;
}

std::int64_t next(const char* text, std::int64_t after, WallOffset wall = utc) {
    return Cron::parse(text).value().next(after, wall).value();
}

TEST(CronTest, finds_the_next_minute_that_all_fields_name) {
    const std::int64_t monday = at(2026, 1, 5, 10, 30, 15);
    EXPECT_EQ(next("* * * * *", monday), at(2026, 1, 5, 10, 31));
    EXPECT_EQ(next("30 * * * *", monday), at(2026, 1, 5, 11, 30));
    EXPECT_EQ(next("31 10 * * ?", monday), at(2026, 1, 5, 10, 31));
    EXPECT_EQ(next("0 3 * * *", monday), at(2026, 1, 6, 3, 0));
    EXPECT_EQ(next("0 0 1 * *", monday), at(2026, 2, 1, 0, 0));
    EXPECT_EQ(next("15 12 29 2 *", monday), at(2028, 2, 29, 12, 15));
    EXPECT_EQ(next("59 23 31 12 *", monday), at(2026, 12, 31, 23, 59));
}

TEST(CronTest, a_minute_that_has_begun_is_over) {
    EXPECT_EQ(next("* * * * *", at(2026, 1, 5, 10, 30)), at(2026, 1, 5, 10, 31));
    EXPECT_EQ(next("30 10 5 1 *", at(2026, 1, 5, 10, 29, 59)), at(2026, 1, 5, 10, 30));
}

TEST(CronTest, knows_lists_ranges_and_steps) {
    const std::int64_t monday = at(2026, 1, 5, 10, 30);
    EXPECT_EQ(next("*/20 * * * *", monday), at(2026, 1, 5, 10, 40));
    EXPECT_EQ(next("5-25/10 * * * *", monday), at(2026, 1, 5, 11, 5));
    EXPECT_EQ(next("50/5 * * * *", monday), at(2026, 1, 5, 10, 50));
    EXPECT_EQ(next("1,2,58-59 * * * *", monday), at(2026, 1, 5, 10, 58));
}

TEST(CronTest, days_of_the_week_count_from_sunday_and_either_kind_of_day_is_enough) {
    const std::int64_t monday = at(2026, 1, 5, 10, 30);
    EXPECT_EQ(next("0 0 * * 0", monday), at(2026, 1, 11, 0, 0));
    EXPECT_EQ(next("0 0 * * 7", monday), at(2026, 1, 11, 0, 0));
    EXPECT_EQ(next("0 0 ? * 2-3", monday), at(2026, 1, 6, 0, 0));
    EXPECT_EQ(next("0 0 8 * 0", monday), at(2026, 1, 8, 0, 0));
    EXPECT_EQ(next("0 0 20 * 0", monday), at(2026, 1, 11, 0, 0));
}

TEST(CronTest, there_may_be_no_such_time) {
    EXPECT_FALSE(Cron::parse("0 0 30 2 *").value().next(at(2026, 1, 5, 0, 0), utc));
}

constexpr std::int64_t kHour = 3'600'000;

/// One hour ahead, two in summer.
std::int64_t berlin(std::int64_t at_ms) {
    const bool summer = at_ms >= at(2026, 3, 29, 1, 0) && at_ms < at(2026, 10, 25, 1, 0);
    return summer ? 2 * kHour : kHour;
}

TEST(CronTest, goes_by_the_clocks_on_the_wall) {
    EXPECT_EQ(next("30 8 * * *", at(2026, 1, 5, 7, 0), berlin), at(2026, 1, 5, 7, 30));
    EXPECT_EQ(next("30 8 * * *", at(2026, 3, 28, 12, 0), berlin), at(2026, 3, 29, 6, 30));
    EXPECT_EQ(next("30 8 * * *", at(2026, 10, 24, 12, 0), berlin), at(2026, 10, 25, 7, 30));
    // There is no such time that day, and one that comes twice counts once.
    EXPECT_EQ(next("30 2 * * *", at(2026, 3, 28, 12, 0), berlin), at(2026, 3, 29, 1, 30));
    const std::int64_t once = next("30 2 * * *", at(2026, 10, 24, 12, 0), berlin);
    EXPECT_EQ(next("30 2 * * *", once, berlin), at(2026, 10, 26, 1, 30));
    std::int64_t minute = at(2026, 3, 29, 0, 58);
    for (int i = 1; i <= 5; ++i) {
        minute = next("* * * * *", minute, berlin);
        EXPECT_EQ(minute, at(2026, 3, 29, 0, 58 + i));
    }
}

TEST(CronTest, other_texts_are_no_calendar) {
    for (const char* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                             "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *",
                             "1- * * * *", "-1 * * * *", "1,,2 * * * *", "1/ * * * *"}) {
        EXPECT_FALSE(Cron::parse(text)) << text;
    }
}

}  // namespace
}  // namespace tern::broker
