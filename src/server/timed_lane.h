#pragma once

#include "runtime/loop.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace tern::server {

/// A thread that runs tasks at their times; those that are due in their order. What is for later
/// comes up to 10 ms later than that, so that many of them wake the thread once.
class TimedLane {
public:
    explicit TimedLane(std::string name) : name_(std::move(name)) {}
    ~TimedLane();
    TimedLane(const TimedLane&) = delete;
    TimedLane& operator=(const TimedLane&) = delete;

    void start();
    /// What is not due yet is not run any more.
    void stop();
    /// From any thread; before `start`, too.
    void submit(Task task, std::chrono::milliseconds after = {});
    /// How many wait.
    [[nodiscard]] std::size_t waiting();

private:
    using Clock = std::chrono::steady_clock;

    void run();

    const std::string name_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::multimap<Clock::time_point, Task> tasks_;  // guarded by mutex_
    bool stopping_ = false;                         // guarded by mutex_
    std::thread thread_;
};

}  // namespace tern::server
