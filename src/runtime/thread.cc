#include "runtime/thread.h"

#include <sys/resource.h>

#include <pthread.h>
#include <signal.h>
#include <tuple>
#include <unistd.h>

namespace tern {
namespace {

/// Blocks what others send to us; what our own faults raise (SIGSEGV and its kin) stays.
sigset_t signals_from_outside() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD,
                             SIGPIPE, SIGTSTP, SIGWINCH}) {
        ::sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

std::thread start_thread(const std::string& name, std::move_only_function<void()> run) {
    // Blocked here for a moment, since a new thread inherits the mask of its maker.
    const sigset_t blocked = signals_from_outside();
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    std::thread thread(std::move(run));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
    return thread;
}

void give_way(int nice) {
    std::ignore = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
}

}  // namespace tern
