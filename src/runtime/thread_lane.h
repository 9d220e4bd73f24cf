#pragma once

#include "runtime/lane.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tern {

/// The real lane. Tasks may be submitted before `start`; they wait for it.
///
/// A thread that has nothing else to do may take the lane's place for a moment: handing a task to
/// another thread and hearing back costs two wake-ups, often more than the task. docs/adr/0007.
class ThreadLane final : public Lane {
public:
    explicit ThreadLane(std::string name) : name_(std::move(name)) {}
    ~ThreadLane() override;

    void start();
    /// Returns when all that was submitted, also by the tasks themselves, has run and the thread
    /// has ended. Nothing may be submitted afterwards.
    void stop();

    void submit(Task task) override;

    /// From now on what the calling thread submits wakes nobody; it must call `help` or `hand_over`
    /// soon afterwards. For one thread at most.
    void attend();
    /// Whether the attending thread has submitted something that nobody was woken for.
    [[nodiscard]] bool attended() const { return quiet_.load(std::memory_order_relaxed); }
    /// Runs what waits, here and now, if the lane's own thread is not at it and its tasks are short
    /// lately; else wakes that thread.
    void help();
    /// Wakes the lane's thread.
    void hand_over();

private:
    /// A helper is another thread's loop: what takes longer than this is left to the lane.
    static constexpr std::chrono::microseconds kHelpMax{400};

    void run();
    void run_batch(std::vector<Task>& batch);

    std::string name_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Task> mailbox_;  // guarded by mutex_, as the next four
    bool sleeping_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    bool helped_ = false;  ///< the attending thread is running tasks
    std::thread thread_;
    std::atomic<bool> quiet_{false};
    /// How long a batch takes, averaged; whoever runs tasks writes it.
    std::atomic<std::chrono::nanoseconds> batch_time_{std::chrono::nanoseconds{0}};
};

}  // namespace tern
