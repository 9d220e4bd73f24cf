#include "admin/jobs.h"
#include "admin/jolokia_execution.h"

// The operations of ActiveMQ's job scheduler.

namespace tern::admin {
namespace {

std::optional<broker::JobSelection> selection(const Jolokia::Execution& call) {
    broker::JobSelection which;
    if (call.operation == "removeJob" || call.operation == "getExecutionCount") {
        which.id = call.text(0);
        return which;
    }
    if (call.arguments.empty()) return which;
    const auto from = parse_job_time(call.text(0));
    const auto to = call.arguments.size() > 1 ? parse_job_time(call.text(1)) : from;
    if (!from || !to) return std::nullopt;
    which.due_from_ms = *from;
    which.due_to_ms = *to;
    // A time in seconds means all of its last one.
    if (!parse_number(call.text(call.arguments.size() - 1))) which.due_to_ms += 999;
    return which;
}

}  // namespace

void Jolokia::list_jobs(const ExecutionPtr& call) {
    auto which = selection(*call);
    if (!which) return call->fail(kWrong, "times are written as 2030-12-31 23:59:59");
    which->limit = kJobsMax;
    broker_.list_scheduled(std::move(*which),
                           [call](const std::vector<broker::ScheduledJob>& jobs) {
                               if (call->operation == "getNextScheduleJobs") {
                                   return call->succeed(next_jobs(jobs));
                               }
                               if (call->operation != "getExecutionCount") {
                                   return call->succeed(job_table(jobs));
                               }
                               call->succeed(jobs.empty() ? 0 : jobs.front().deliveries);
                           });
}

void Jolokia::remove_jobs(const ExecutionPtr& call) {
    auto which = selection(*call);
    if (!which) return call->fail(kWrong, "times are written as 2030-12-31 23:59:59");
    broker_.remove_scheduled(std::move(*which), Execution::finish(call));
}

}  // namespace tern::admin
