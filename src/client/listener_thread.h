#pragma once

#include "client/consumer_state.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tern::client {

/// The consumers of a session. Guarded by the core's mutex.
using Consumers = std::vector<std::shared_ptr<ConsumerState>>;

/// The thread that calls the listeners of a session, one after the other.
class ListenerThread {
public:
    /// `arrived` is notified when a consumer may have something, or when there is a new one.
    ListenerThread(Core& core, std::condition_variable& arrived, const Consumers& consumers)
        : core_(core), arrived_(arrived), consumers_(consumers) {}
    ~ListenerThread();

    /// From the first call on it runs. Errors: closed (the system gives no more threads).
    [[nodiscard]] Result<void> start();
    /// No listener runs after it, for good. Errors: wrong_mode (called by a listener).
    [[nodiscard]] Result<void> stop();

private:
    void run();
    [[nodiscard]] Core::Deadline next_ready(const Consumers& consumers) const;

    Core& core_;
    std::condition_variable& arrived_;
    const Consumers& consumers_;
    bool stopping_ = false;  ///< guarded by the core's mutex
    std::atomic<std::thread::id> own_id_{};
    std::mutex joining_;
    std::thread thread_;
};

}  // namespace tern::client
