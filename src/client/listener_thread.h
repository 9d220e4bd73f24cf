#pragma once

#include "client/consumer_state.h"
#include "client/task.h"

#include <atomic>
#include <list>
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
    /// No listener and no task runs after it, for good; those who wait hear of it.
    /// Errors: wrong_mode (called by a listener).
    [[nodiscard]] Result<void> stop();
    [[nodiscard]] bool is_current() const { return std::this_thread::get_id() == own_id_; }

    /// Runs the task, beside listeners and others. Errors: closed.
    [[nodiscard]] Result<void> spawn(Task task);
    /// Waits until all tasks have ended, and forgets them; says what went wrong first.
    /// Errors: wrong_mode (called by one of them); those of tasks.
    [[nodiscard]] Result<void> join();

private:
    void run();
    void serve(const Consumers& consumers);
    [[nodiscard]] bool begin_tasks(Core::Lock& lock);
    void collect_done(std::list<Task>& done);
    void end_waiting();
    [[nodiscard]] Core::Deadline next_ready(const Consumers& consumers) const;

    Core& core_;
    std::condition_variable& arrived_;
    const Consumers& consumers_;
    // Guarded by the core's mutex.
    bool stopping_ = false;
    std::list<Task> tasks_;
    std::vector<Task::Handle> new_tasks_;
    std::optional<Error> task_error_;

    std::atomic<std::thread::id> own_id_{};
    std::mutex joining_;
    std::thread thread_;
};

}  // namespace tern::client
