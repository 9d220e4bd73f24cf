#include "runtime/thread_lane.h"

#include "base/assert.h"
#include "runtime/thread.h"

#include <utility>

namespace tern {
namespace {

/// The lane that the current thread attends.
thread_local const ThreadLane* t_attended = nullptr;

}  // namespace

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
        if (helped_) return;  // whoever helps looks again
        if (t_attended == this && sleeping_) {
            quiet_.store(true, std::memory_order_relaxed);
        } else {
            wake = std::exchange(sleeping_, false);
        }
    }
    if (wake) wake_.notify_one();
}

void ThreadLane::attend(Attendant& attendant) {
    const std::lock_guard lock(mutex_);
    attendant_ = &attendant;
    t_attended = this;
}

void ThreadLane::help() {
    std::vector<Task> batch;
    bool watch = false;
    {
        const std::lock_guard lock(mutex_);
        quiet_.store(false, std::memory_order_relaxed);
        // Awake means that it was woken for something and will see everything.
        if (!sleeping_ || mailbox_.empty()) return;
        if (batch_time_.load() <= kHelpMax) {
            helped_ = true;
            ++times_helped_;
            watch = !std::exchange(watching_, true);
            batch.swap(mailbox_);
        } else {
            sleeping_ = false;
        }
    }
    if (watch) wake_.notify_one();
    run_batch(batch);
    {
        std::unique_lock lock(mutex_);
        if (stood_in_) {
            attendant_->recall();
            back_.wait(lock, [this] { return !stood_in_; });
        }
        helped_ = false;
        const bool over = mailbox_.empty() && !stopping_ && sleeping_;
        if (over) return;
        sleeping_ = false;
    }
    wake_.notify_one();
}

void ThreadLane::hand_over() {
    {
        const std::lock_guard lock(mutex_);
        quiet_.store(false, std::memory_order_relaxed);
        if (!std::exchange(sleeping_, false)) return;
    }
    wake_.notify_one();
}

void ThreadLane::run_batch(std::vector<Task>& batch) {
    if (batch.empty()) return;
    const auto began = std::chrono::steady_clock::now();
    for (Task& task : batch) {
        // A task is destroyed before the next one runs: what it holds may be awaited there.
        std::exchange(task, nullptr)();
    }
    batch.clear();
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
    batch_time_.store((batch_time_.load() * 7 + took) / 8);
}

// Runs on: the lane's thread, as the next two. While it is watched who helps it wakes now and then,
// so that nobody has to be woken each time that somebody helps.
void ThreadLane::sleep(std::unique_lock<std::mutex>& lock) {
    sleeping_ = true;
    if (!watching_) return wake_.wait(lock);
    const std::uint64_t before = times_helped_;
    if (wake_.wait_for(lock, kPatience) == std::cv_status::no_timeout) return;
    if (helped_ && times_helped_ == before) return stand_in(lock);
    watching_ = times_helped_ != before;
}

void ThreadLane::stand_in(std::unique_lock<std::mutex>& lock) {
    stood_in_ = true;
    lock.unlock();
    attendant_->stand_in();
    lock.lock();
    stood_in_ = false;
    back_.notify_one();
}

void ThreadLane::run() {
    std::vector<Task> batch;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            while (helped_ || (mailbox_.empty() && !stopping_)) sleep(lock);
            sleeping_ = false;
            ended_ = mailbox_.empty();
            if (ended_) return;
            batch.swap(mailbox_);
        }
        run_batch(batch);
    }
}

}  // namespace tern
