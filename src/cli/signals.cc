#include "cli/signals.h"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace tern::cli {
namespace {

sigset_t signal_set(bool with_wake_up) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (with_wake_up) sigaddset(&signals, SIGUSR1);
    return signals;
}

}  // namespace

void block_signals() {
    const sigset_t signals = signal_set(true);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void release_signals() {
    const sigset_t signals = signal_set(false);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool wait_for_interruption(std::chrono::steady_clock::time_point deadline) {
    using std::chrono::nanoseconds;
    constexpr nanoseconds kLongest = std::chrono::hours(1);
    const auto now = std::chrono::steady_clock::now();
    const nanoseconds left = deadline - std::min(now, deadline);
    const nanoseconds wait = std::min(left, kLongest);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
    const sigset_t signals = signal_set(true);
    const int signal = sigtimedwait(&signals, nullptr, &time);
    return signal == SIGINT || signal == SIGTERM;
}

void wake_main_thread() {
    ::kill(::getpid(), SIGUSR1);
}

}  // namespace tern::cli
