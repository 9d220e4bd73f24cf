#pragma once

#include "runtime/lane.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tern {

/// The real lane. Tasks may be submitted before `start`; they wait for it.
///
/// A thread that has nothing else to do may take the lane's place for a moment: handing a task to
/// another thread and hearing back costs two wake-ups, often more than the task. docs/adr/0007. If
/// a task then holds it up, the lane's thread takes its place. docs/adr/0028.
class ThreadLane final : public Lane {
public:
    /// The loop of the thread that attends a lane.
    class Attendant {
    public:
        virtual ~Attendant() = default;
        /// Goes on with the loop, on the calling thread, until `recall`.
        virtual void stand_in() = 0;
        /// From any thread; has `stand_in` return soon.
        virtual void recall() = 0;
    };

    explicit ThreadLane(std::string name) : name_(std::move(name)) {}
    ~ThreadLane() override;

    void start();
    /// Returns when all that was submitted, also by the tasks themselves, has run and the thread
    /// has ended. Nothing may be submitted afterwards.
    void stop();

    void submit(Task task) override;

    /// From now on what the calling thread submits wakes nobody; it must call `help` or `hand_over`
    /// soon afterwards. For one thread at most.
    void attend(Attendant& attendant);
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
    /// And who has helped for so long is stood in for, or for twice as long.
    static constexpr std::chrono::milliseconds kPatience{5};

    void run();
    void sleep(std::unique_lock<std::mutex>& lock);
    void stand_in(std::unique_lock<std::mutex>& lock);
    void run_batch(std::vector<Task>& batch);

    std::string name_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable back_;  ///< for the attending thread: nobody stands in any more
    std::vector<Task> mailbox_;     // guarded by mutex_, as the next seven
    bool sleeping_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    bool helped_ = false;    ///< the attending thread is running tasks
    bool watching_ = false;  ///< the lane's thread looks whether that takes too long
    bool stood_in_ = false;  ///< and is doing the attending thread's work
    std::uint64_t times_helped_ = 0;
    Attendant* attendant_ = nullptr;  // the attending thread's, and of who stands in for it
    std::thread thread_;
    std::atomic<bool> quiet_{false};
    /// How long a batch takes, averaged; whoever runs tasks writes it.
    std::atomic<std::chrono::nanoseconds> batch_time_{std::chrono::nanoseconds{0}};
};

}  // namespace tern
