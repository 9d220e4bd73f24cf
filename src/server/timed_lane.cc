#include "server/timed_lane.h"

#include "base/assert.h"
#include "runtime/thread.h"

namespace tern::server {
namespace {

using std::chrono::steady_clock;

using Together = std::chrono::duration<std::int64_t, std::centi>;

steady_clock::time_point due_after(std::chrono::milliseconds after) {
    const auto now = steady_clock::now();
    if (after.count() <= 0) return now;
    return std::chrono::ceil<Together>(now + after);
}

}  // namespace

TimedLane::~TimedLane() {
    TERN_ASSERT(!thread_.joinable());
}

void TimedLane::start() {
    thread_ = start_thread(name_, [this] { run(); });
}

void TimedLane::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void TimedLane::submit(Task task, std::chrono::milliseconds after) {
    bool first = false;
    {
        const std::scoped_lock lock(mutex_);
        const auto at = tasks_.emplace(due_after(after), std::move(task));
        first = at == tasks_.begin();
    }
    if (first) wake_.notify_one();
}

std::size_t TimedLane::waiting() {
    const std::scoped_lock lock(mutex_);
    return tasks_.size();
}

void TimedLane::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (!tasks_.empty() && tasks_.begin()->first <= Clock::now()) {
            auto due = tasks_.extract(tasks_.begin());
            lock.unlock();
            due.mapped()();
            lock.lock();
        } else if (stopping_) {
            return;
        } else if (tasks_.empty()) {
            wake_.wait(lock);
        } else {
            const Clock::time_point next = tasks_.begin()->first;
            wake_.wait_until(lock, next);
        }
    }
}

}  // namespace tern::server
