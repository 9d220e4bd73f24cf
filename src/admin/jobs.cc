#include "admin/jobs.h"

#include "admin/target.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace tern::admin {
namespace {

constexpr const char* kTimeForm = "%Y-%m-%d %H:%M:%S";

}  // namespace

std::string job_time(std::int64_t at_ms) {
    const std::time_t at = at_ms / 1000;
    std::tm local{};
    localtime_r(&at, &local);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), kTimeForm, &local);
    return {text.data(), size};
}

std::optional<std::int64_t> parse_job_time(const std::string& text) {
    if (const auto number = parse_number(text)) return static_cast<std::int64_t>(*number);
    std::tm local{};
    local.tm_isdst = -1;  // whatever holds at that time
    const char* const end = strptime(text.c_str(), kTimeForm, &local);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return std::int64_t{std::mktime(&local)} * 1000;
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

json::object job_scheduler_attributes(std::uint64_t waiting,
                                      const std::vector<broker::ScheduledJob>& jobs) {
    const auto next_ms = jobs.empty() ? std::nullopt : std::optional(jobs.front().due_ms);
    std::vector<broker::ScheduledJob> next;
    std::ranges::copy_if(jobs, std::back_inserter(next),
                         [&next_ms](const auto& job) { return job.due_ms == *next_ms; });
    const auto delayed = std::ranges::count_if(
        jobs, [](const broker::ScheduledJob& job) { return job.schedule.delay_ms > 0; });
    return {{"AllJobs", job_table(jobs)},
            {"NextScheduleTime",
             next_ms ? json::value(json_text(job_time(*next_ms))) : json::value(nullptr)},
            {"NextScheduleJobs", job_table(next)},
            {"ScheduledMessageCount", waiting},
            {"DelayedMessageCount", delayed}};
}

}  // namespace tern::admin
