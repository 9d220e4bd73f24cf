#include "client/listener_thread.h"

#include "base/assert.h"

namespace tern::client {

ListenerThread::~ListenerThread() {
    TERN_ASSERT(!thread_.joinable());
}

Result<void> ListenerThread::start() {
    const Core::Lock lock(core_.mutex());
    if (stopping_ || thread_.joinable()) return {};
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        return failure(Errc::closed, error.what());
    }
    return {};
}

Result<void> ListenerThread::stop() {
    if (std::this_thread::get_id() == own_id_) {
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
    // Each consumer gets its turn.
    constexpr int kRunMax = 32;
    for (;;) {
        Consumers consumers;
        {
            Core::Lock lock(core_.mutex());
            if (stopping_) return;
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
        for (const auto& consumer : consumers) {
            for (int i = 0; i < kRunMax && consumer->serve_listener(); ++i) {
            }
        }
    }
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
