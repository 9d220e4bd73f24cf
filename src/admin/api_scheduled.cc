#include "admin/api.h"
#include "admin/jobs.h"

// Messages that wait for their time.

namespace tern::admin {

void Api::list_scheduled(const CallPtr& call) {
    const auto limit = call->number("limit", 100, kJobsMax);
    if (!limit) return;
    broker_.list_scheduled({.limit = *limit}, [this, call](
                                                  const std::vector<broker::ScheduledJob>& jobs) {
        json::array items;
        for (const broker::ScheduledJob& job : jobs) items.push_back(job_json(job));
        broker_.status([call, items = std::move(items)](const broker::BrokerStatus& now) mutable {
            call->reply(200, json::object{{"total", now.scheduled.value_or(0)},
                                          {"items", std::move(items)}});
        });
    });
}

void Api::forget_all_scheduled(const CallPtr& call) {
    forget_scheduled(call, {});
}

void Api::forget_one_scheduled(const CallPtr& call) {
    forget_scheduled(call, {.id = call->arguments.front()});
}

void Api::forget_scheduled(const CallPtr& call, const broker::JobSelection& which) {
    // Which they were is known before they are gone.
    broker_.list_scheduled(
        which, [this, call, which](const std::vector<broker::ScheduledJob>& jobs) {
            if (jobs.empty() && !which.id.empty()) {
                return call->fail(404, "no_such_job", "no message of that id waits for its time");
            }
            broker_.remove_scheduled(which, [call, count = jobs.size()](std::error_code error) {
                if (error) return call->fail(error);
                call->reply(200, json::object{{"messages", count}});
            });
        });
}

}  // namespace tern::admin
