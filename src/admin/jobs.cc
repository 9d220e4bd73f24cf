#include "admin/jobs.h"

#include "admin/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace tern::admin {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t kDaysOfEra = 146'097;       // of 400 years
constexpr std::int64_t kDaysBefore1970 = 719'468;  // from the first of March of the year 0

/// Years begin in March here, so that the leap day comes last.
struct Day {
    std::int64_t year = 0;
    std::int64_t month = 1;
    std::int64_t day = 1;
};

Day day_of(std::int64_t days) {
    days += kDaysBefore1970;
    const std::int64_t era = (days >= 0 ? days : days - kDaysOfEra + 1) / kDaysOfEra;
    const std::int64_t of_era = days - era * kDaysOfEra;
    const std::int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * of_year + 2) / 153;
    return {.year = year + era * 400 + (month < 10 ? 0 : 1),
            .month = month < 10 ? month + 3 : month - 9,
            .day = of_year - (153 * month + 2) / 5 + 1};
}

std::int64_t days_of(const Day& day) {
    const std::int64_t year = day.year - (day.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t of_era = year - era * 400;
    const std::int64_t month = day.month > 2 ? day.month - 3 : day.month + 9;
    const std::int64_t of_year = (153 * month + 2) / 5 + day.day - 1;
    return era * kDaysOfEra + of_era * 365 + of_era / 4 - of_era / 100 + of_year - kDaysBefore1970;
}

}  // namespace

std::string job_time(std::int64_t at_ms) {
    const std::int64_t days = (at_ms >= 0 ? at_ms : at_ms - kDayMs + 1) / kDayMs;
    const std::int64_t seconds = (at_ms - days * kDayMs) / 1000;
    const Day day = day_of(days);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", day.year, day.month, day.day,
                       seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::optional<std::int64_t> parse_job_time(const std::string& text) {
    if (const auto number = parse_number(text)) return static_cast<std::int64_t>(*number);
    constexpr std::string_view kForm = "0000-00-00 00:00:00";
    constexpr std::array<std::int64_t, 6> kMost{9999, 12, 31, 23, 59, 59};
    if (text.size() != kForm.size()) return std::nullopt;
    std::array<std::int64_t, 6> parts{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (digit != (kForm[i] == '0') || (!digit && text[i] != kForm[i])) return std::nullopt;
        if (!digit) {
            ++part;
        } else {
            parts[part] = parts[part] * 10 + (text[i] - '0');
        }
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] > kMost[i] || (parts[i] == 0 && i < 3)) return std::nullopt;
    }
    const std::int64_t days = days_of({.year = parts[0], .month = parts[1], .day = parts[2]});
    return days * kDayMs + ((parts[3] * 60 + parts[4]) * 60 + parts[5]) * 1000;
}

json::object job_json(const broker::ScheduledJob& job) {
    return {{"id", json_text(job.id)},
            {"destination", json_text(broker::to_text(job.to.view()))},
            {"due_at_ms", job.due_ms},
            {"accepted_at_ms", job.accepted_ms},
            {"delay_ms", job.schedule.delay_ms},
            {"period_ms", job.schedule.period_ms},
            {"repeat", job.schedule.repeat},
            {"cron", json_text(job.schedule.cron)},
            {"deliveries", job.deliveries}};
}

json::object job_table(const std::vector<broker::ScheduledJob>& jobs) {
    json::object table;
    for (const broker::ScheduledJob& job : jobs) {
        table[job.id] = json::object{{"jobId", json_text(job.id)},
                                     {"cronEntry", json_text(job.schedule.cron)},
                                     {"start", json_text(job_time(job.accepted_ms))},
                                     {"delay", job.schedule.delay_ms},
                                     {"next", json_text(job_time(job.due_ms))},
                                     {"period", job.schedule.period_ms},
                                     {"repeat", job.schedule.repeat},
                                     {"destinationName", json_text(job.to.name)}};
    }
    return table;
}

json::object next_jobs(const std::vector<broker::ScheduledJob>& jobs) {
    std::vector<broker::ScheduledJob> next;
    std::ranges::copy_if(jobs, std::back_inserter(next),
                         [&jobs](const auto& job) { return job.due_ms == jobs.front().due_ms; });
    return job_table(next);
}

json::object job_scheduler_attributes(std::uint64_t waiting,
                                      const std::vector<broker::ScheduledJob>& jobs) {
    const auto next_ms = jobs.empty() ? std::nullopt : std::optional(jobs.front().due_ms);
    const auto delayed = std::ranges::count_if(
        jobs, [](const broker::ScheduledJob& job) { return job.schedule.delay_ms > 0; });
    return {{"AllJobs", job_table(jobs)},
            {"NextScheduleTime",
             next_ms ? json::value(json_text(job_time(*next_ms))) : json::value(nullptr)},
            {"NextScheduleJobs", next_jobs(jobs)},
            {"ScheduledMessageCount", waiting},
            {"DelayedMessageCount", delayed}};
}

}  // namespace tern::admin
