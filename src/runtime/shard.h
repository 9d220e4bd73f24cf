#pragma once

#include "runtime/loop.h"
#include "runtime/spsc_ring.h"
#include "runtime/thread_lane.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tern {

/// The real loop: a thread with an `io_context`, made and run by a ShardGroup. Before the start its
/// members may be used by the thread that prepares it.
///
/// A turn: wait until something is ready; run ready handlers of the context, a bounded number; run
/// what lanes delivered, then what shards posted; fire timers; run the end-of-turn tasks; hand over
/// what was posted to other shards. An idle shard sleeps in the system.
class Shard final : public Loop, private ThreadLane::Attendant {
public:
    Shard(ShardId id, std::uint16_t count);
    ~Shard() override;
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    [[nodiscard]] ShardId id() const override { return id_; }
    [[nodiscard]] std::uint16_t count() const override { return count_; }
    void post(ShardId target, Task task) override;
    void deliver(Task task) override;
    void at_turn_end(Task task) override;
    void linger() override { lingers_ = true; }
    [[nodiscard]] bool congested() const override { return held_back_ != 0; }
    void when_clear(Task task) override;
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] TimerWheel& timers() override { return timers_; }

    /// Lets this shard run the lane's tasks itself whenever it has nothing else to do. Before the
    /// start; the lane outlives the shard's thread.
    void attend(ThreadLane& lane) { attended_ = &lane; }

    /// For sockets and coroutines of this shard.
    [[nodiscard]] boost::asio::io_context& context() { return context_; }

private:
    friend class ShardGroup;

    static constexpr std::size_t kRingTasks = 1024;
    static constexpr std::size_t kHandlersPerTurn = 128;
    /// No less than what the system's waits are counted in.
    static constexpr std::chrono::milliseconds kLinger{1};
    static constexpr std::size_t kTasksPerRingAndTurn = 256;
    /// To be woken takes about as long. docs/adr/0019.
    static constexpr std::chrono::microseconds kSpin{60};
    /// Waits are that short, being woken included, where looking again may spare it that.
    static constexpr std::chrono::microseconds kQuickWait{120};
    /// A longer one counts as that long.
    static constexpr std::chrono::microseconds kLongWait{1000};
    /// What looks in vain may cost: what each wait adds, and each look that was not in vain.
    static constexpr std::chrono::microseconds kCreditOfWait{3};
    static constexpr std::chrono::microseconds kCreditOfFind{30};
    static constexpr std::chrono::microseconds kCreditMax{1000};

    /// Tasks of one other shard for this one.
    struct Inbound {
        SpscRing<Task> ring{kRingTasks};
        /// The sender holds tasks back and wants to hear when there is room.
        std::atomic<bool> starved{false};
    };

    void prepare(std::vector<Shard*> peers) { peers_ = std::move(peers); }
    void start();
    void request_stop();
    void join();

    [[nodiscard]] bool on_own_thread() const;
    void run();
    void stand_in() override;
    void recall() override;
    void turn();
    void run_handlers();
    void wait();
    [[nodiscard]] bool attend_lane();
    [[nodiscard]] bool spin();
    void note_wait(std::chrono::nanoseconds took, std::chrono::nanoseconds credit);
    bool sleep(Instant until);
    [[nodiscard]] bool nothing_to_do() const;
    void collect();
    void run_collected();
    void run_turn_end();
    void flush();
    [[nodiscard]] bool flush_to(std::size_t target);
    void wake();

    const ShardId id_;
    const std::uint16_t count_;
    SystemClock clock_;
    TimerWheel timers_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<Shard*> peers_;
    std::thread thread_;
    bool stopping_ = false;
    bool recalled_ = false;  ///< who stands in for this shard's thread
    bool lingers_ = false;
    std::chrono::nanoseconds usual_wait_ = kLongWait;  ///< lately
    std::chrono::nanoseconds credit_{0};               ///< for looks in vain
    ThreadLane* attended_ = nullptr;

    std::vector<std::unique_ptr<Inbound>> inbound_;  // by sender; the own one is empty
    std::vector<std::vector<Task>> outbound_;        // by target; one's own tasks wait here, too
    std::size_t held_back_ = 0;                      // targets whose ring was full
    std::vector<Task> when_clear_;
    std::vector<Task> turn_end_;
    std::vector<Task> batch_;
    std::vector<Task> delivered_batch_;

    std::mutex delivered_mutex_;
    std::vector<Task> delivered_;  // guarded by delivered_mutex_
    std::atomic<bool> has_delivered_{false};
    /// True from before the last look at the inbox until the shard runs again: whoever hands it
    /// something and finds it true wakes it.
    std::atomic<bool> sleeping_{false};
};

}  // namespace tern
