#pragma once

#include "runtime/lane.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tern {

/// The real lane. Tasks may be submitted before `start`; they wait for it.
class ThreadLane final : public Lane {
public:
    explicit ThreadLane(std::string name) : name_(std::move(name)) {}
    ~ThreadLane() override;

    void start();
    /// Returns when all that was submitted, also by the tasks themselves, has run and the thread
    /// has ended. Nothing may be submitted afterwards.
    void stop();

    void submit(Task task) override;

private:
    void run();

    std::string name_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Task> mailbox_;  // guarded by mutex_, as the next three
    bool sleeping_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace tern
