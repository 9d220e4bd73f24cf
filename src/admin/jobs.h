#pragma once

#include "admin/json.h"
#include "broker/api/scheduled_job.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::admin {

/// So many of the messages that wait for their time are shown at most.
inline constexpr std::size_t kJobsMax = 10'000;

/// As `/api/v1/scheduled` shows one.
[[nodiscard]] json::object job_json(const broker::ScheduledJob& job);

/// The attributes of ActiveMQ's JobSchedulerView. `waiting`: how many there are in all; `jobs`: the
/// first of them.
[[nodiscard]] json::object job_scheduler_attributes(std::uint64_t waiting,
                                                    const std::vector<broker::ScheduledJob>& jobs);
/// Its table of jobs, by their ids.
[[nodiscard]] json::object job_table(const std::vector<broker::ScheduledJob>& jobs);
/// The same of those that are due first.
[[nodiscard]] json::object next_jobs(const std::vector<broker::ScheduledJob>& jobs);
/// `2030-12-31 23:59:59`, Greenwich's time, or milliseconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_job_time(const std::string& text);
[[nodiscard]] std::string job_time(std::int64_t at_ms);

}  // namespace tern::admin
