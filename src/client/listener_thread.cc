#include "client/listener_thread.h"

#include "base/assert.h"

namespace tern::client {

ListenerThread::~ListenerThread() {
    TERN_ASSERT(!thread_.joinable());
}

Result<void> ListenerThread::start() {
    const Core::Lock lock(core_.mutex());
    if (stopping_) return failure(Errc::closed, "the session is closed");
    if (thread_.joinable()) return {};
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        return failure(Errc::closed, error.what());
    }
    return {};
}

Result<void> ListenerThread::stop() {
    if (is_current()) {
        return failure(Errc::wrong_mode, "a listener cannot close what it runs on");
    }
    {
        const Core::Lock lock(core_.mutex());
        stopping_ = true;
        arrived_.notify_all();
    }
    // The session and its connection may both be closing.
    const std::lock_guard joining(joining_);
    if (thread_.joinable()) thread_.join();
    return {};
}

void ListenerThread::run() {
    own_id_ = std::this_thread::get_id();
    for (;;) {
        Consumers consumers;
        {
            Core::Lock lock(core_.mutex());
            if (stopping_) break;
            if (begin_tasks(lock)) continue;
            const Core::Deadline ready = next_ready(consumers_);
            if (!ready) {
                arrived_.wait(lock);
                continue;
            }
            if (*ready > std::chrono::steady_clock::now()) {
                arrived_.wait_until(lock, *ready);
                continue;
            }
            consumers = consumers_;
        }
        serve(consumers);
    }
    end_waiting();
}

/// What waits hears that it is over; what waits again then is forgotten.
void ListenerThread::end_waiting() {
    Consumers consumers;
    {
        const Core::Lock lock(core_.mutex());
        consumers = consumers_;
    }
    for (const auto& consumer : consumers) consumer->end_listening();
    // Destroyed without the lock, like all that belongs to the application.
    std::list<Task> tasks;
    Core::Lock lock(core_.mutex());
    new_tasks_.clear();
    collect_done(tasks);
    if (!tasks_.empty() && !task_error_) {
        task_error_ = Error{.code = Errc::closed, .text = "the session was closed under a task"};
    }
    tasks.splice(tasks.end(), tasks_);
    arrived_.notify_all();
    lock.unlock();
}

void ListenerThread::serve(const Consumers& consumers) {
    // Each consumer gets its turn.
    constexpr int kRunMax = 32;
    for (const auto& consumer : consumers) {
        for (int i = 0; i < kRunMax && consumer->serve_listener(); ++i) {
        }
    }
    std::list<Task> done;
    const Core::Lock lock(core_.mutex());
    collect_done(done);
}

/// False when there are none.
bool ListenerThread::begin_tasks(Core::Lock& lock) {
    if (new_tasks_.empty()) return false;
    const auto tasks = std::exchange(new_tasks_, {});
    lock.unlock();
    for (const Task::Handle task : tasks) task.resume();
    std::list<Task> done;
    lock.lock();
    collect_done(done);
    lock.unlock();
    done.clear();
    lock.lock();
    return true;
}

/// To be destroyed without the lock: what they hold is the application's.
void ListenerThread::collect_done(std::list<Task>& done) {
    for (auto it = tasks_.begin(); it != tasks_.end();) {
        const auto task = it++;
        if (!task->done()) continue;
        if (!task->result() && !task_error_) task_error_ = task->result().error();
        done.splice(done.end(), tasks_, task);
    }
    if (!done.empty()) arrived_.notify_all();
}

Result<void> ListenerThread::spawn(Task task) {
    {
        const Core::Lock lock(core_.mutex());
        if (stopping_) return failure(Errc::closed, "the session is closed");
        new_tasks_.push_back(task.handle());
        tasks_.push_back(std::move(task));
        arrived_.notify_all();
    }
    return start();
}

Result<void> ListenerThread::join() {
    if (is_current()) return failure(Errc::wrong_mode, "a task cannot wait for itself");
    Core::Lock lock(core_.mutex());
    arrived_.wait(lock, [this] { return tasks_.empty(); });
    const auto error = std::exchange(task_error_, std::nullopt);
    if (error) return std::unexpected(*error);
    return {};
}

Core::Deadline ListenerThread::next_ready(const Consumers& consumers) const {
    Core::Deadline first;
    for (const auto& consumer : consumers) {
        const Core::Deadline ready = consumer->listener_ready_at();
        if (ready && (!first || *ready < *first)) first = ready;
    }
    return first;
}

}  // namespace tern::client
