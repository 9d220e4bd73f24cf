#include "base/log.h"
#include "broker/api/errors.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

// Messages that are wanted later: they wait on a queue of their own, on which they expire when
// their time has come.

namespace tern::engine {

using broker::ScheduledJob;

namespace {

/// In the time zone of this process.
std::int64_t wall_offset(std::int64_t at_ms) {
    const std::time_t at = at_ms / 1000;
    std::tm local{};
    localtime_r(&at, &local);
    return std::int64_t{local.tm_gmtoff} * 1000;
}

struct Found {
    std::uint64_t ordinal = 0;
    ScheduledJob job;
};

/// Goes through all jobs, a part at a time, and those on disk as they come.
struct JobWalk : std::enable_shared_from_this<JobWalk> {
    ShardBroker* shard = nullptr;
    broker::QueueId queue{};
    broker::Queue::Window window{.next = 0, .end = UINT64_MAX};
    broker::JobSelection which;
    std::vector<Found> found;
    std::move_only_function<void(broker::Queue*, std::vector<Found>)> done;

    /// Never many more than are wanted: there may be millions.
    void keep_first() {
        std::ranges::stable_sort(found, {}, [](const Found& one) { return one.job.due_ms; });
        if (found.size() > which.limit) found.resize(which.limit);
    }
    void run() {
        broker::Queue* const there = shard->find_queue(queue);
        if (there == nullptr) return done(nullptr, {});
        for (const broker::Sight& sight : there->look(window)) {
            auto job = broker::unpack(*sight.delivery.message);
            if (!job || !which.takes(*job)) continue;
            found.push_back({sight.delivery.tag.ordinal, std::move(*job)});
        }
        if (found.size() / 2 > which.limit || window.done()) keep_first();
        if (window.done()) return done(there, std::move(found));
        shard->loop().post(shard->id(), [self = shared_from_this()] { self->run(); });
    }
};

/// Those that are meant, in the order of their times.
template <class Done>
void walk_jobs(ShardBroker& shard, broker::JobSelection which, Done done) {
    const broker::QueueInfoPtr info = shard.schedule();
    if (info == nullptr) return done(nullptr, {});
    const auto walk = std::make_shared<JobWalk>();
    walk->shard = &shard;
    walk->queue = info->id;
    walk->which = std::move(which);
    walk->done = std::move(done);
    walk->run();
}

}  // namespace

std::string ShardBroker::new_job_id() {
    return fmt::format("ID:ternmq-{}-{}:{}", started_ms_, id().value, ++last_job_);
}

Result<MessagePtr> ShardBroker::scheduled(const broker::DestinationView& to,
                                          const MessagePtr& message) {
    // One time for both: what says when it is wanted is due exactly then.
    const std::int64_t now_ms = wall_ms();
    auto schedule =
        broker::requested_schedule(*message, formats_, settings_->scheduler.repeat_max, now_ms);
    if (!schedule) return failure(schedule.error());
    if (!*schedule) return nullptr;
    ScheduledJob job;
    job.accepted_ms = now_ms;
    const auto due = broker::first_due(**schedule, job.accepted_ms, wall_offset);
    if (!due) return failure(broker::Errc::invalid_schedule);
    job.id = new_job_id();
    job.to = broker::Destination(to);
    job.schedule = std::move(**schedule);
    job.due_ms = *due;
    job.message = message;
    return broker::pack(job);
}

void ShardBroker::fire(const Source& from, const Message& packed) {
    std::vector<Letter> letters;
    const auto job = broker::unpack(packed);
    const auto firing = job ? broker::fire(*job, wall_ms(), new_job_id(), wall_offset, formats_)
                            : Result<broker::Firing>(failure(job.error()));
    if (firing) {
        if (firing->message != nullptr) letters.push_back({job->to, firing->message});
        for (const std::optional<ScheduledJob>* const next : {&firing->again, &firing->series}) {
            if (*next) {
                letters.push_back(
                    {broker::Destination(broker::schedule_queue()), broker::pack(**next)});
            }
        }
    } else {
        log::error("engine", "a scheduled message cannot be delivered and is dropped: {}",
                   firing.error().message());
    }
    replace(from, std::move(letters));
}

broker::QueueInfoPtr ShardBroker::schedule() const {
    const auto found = table_.route(broker::schedule_queue());
    return found.empty() ? nullptr : found.front();
}

void ShardBroker::jobs(broker::JobSelection which, JobsAnswer answer) {
    walk_jobs(*this, std::move(which),
              [answer = std::move(answer)](broker::Queue*, std::vector<Found> found) mutable {
                  std::vector<ScheduledJob> all;
                  all.reserve(found.size());
                  for (Found& one : found) all.push_back(std::move(one.job));
                  answer(std::move(all));
              });
}

void ShardBroker::remove_jobs(broker::JobSelection which, Task done) {
    walk_jobs(
        *this, std::move(which),
        [done = std::move(done)](broker::Queue* queue, const std::vector<Found>& found) mutable {
            std::vector<std::uint64_t> removed;
            removed.reserve(found.size());
            for (const Found& one : found) removed.push_back(one.ordinal);
            // In their order on the queue.
            std::ranges::sort(removed);
            if (queue != nullptr) queue->remove(removed);
            done();
        });
}

void ShardBroker::order(const broker::JobOrder& order) {
    const broker::QueueInfoPtr info = schedule();
    if (info == nullptr || order.what == broker::JobOrder::What::nothing) return;
    at_owner(*info, [order](ShardBroker& owner) {
        if (order.what == broker::JobOrder::What::remove) {
            return owner.remove_jobs(order.jobs, [] {});
        }
        if (!order.reply_to) return;
        owner.jobs(order.jobs,
                   [&owner, to = *order.reply_to](const std::vector<ScheduledJob>& found) {
                       std::vector<Letter> letters;
                       for (const ScheduledJob& job : found) {
                           auto shown = broker::show(job, owner.formats_);
                           if (shown) letters.push_back({to, std::move(*shown)});
                       }
                       owner.replace({}, std::move(letters));
                   });
        // The name that was moved. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
    });
}

}  // namespace tern::engine
