#include "runtime/thread_lane.h"

#include "base/assert.h"
#include "runtime/thread.h"

#include <utility>

namespace tern {

ThreadLane::~ThreadLane() {
    TERN_ASSERT(!thread_.joinable());
}

void ThreadLane::start() {
    TERN_ASSERT(!thread_.joinable());
    thread_ = start_thread(name_, [this] { run(); });
}

void ThreadLane::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void ThreadLane::submit(Task task) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        TERN_ASSERT(!ended_);
        mailbox_.push_back(std::move(task));
        wake = std::exchange(sleeping_, false);
    }
    if (wake) wake_.notify_one();
}

// Runs on: the lane's thread.
void ThreadLane::run() {
    std::vector<Task> batch;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            while (mailbox_.empty() && !stopping_) {
                sleeping_ = true;
                wake_.wait(lock);
            }
            sleeping_ = false;
            ended_ = mailbox_.empty();
            if (ended_) return;
            batch.swap(mailbox_);
        }
        for (Task& task : batch) {
            // A task is destroyed before the next one runs: what it holds may be awaited there.
            std::exchange(task, nullptr)();
        }
        batch.clear();
    }
}

}  // namespace tern
