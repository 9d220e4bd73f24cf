// Preloaded into the daemon: from the call on that FAILING_SYNC_FROM names, fdatasync fails as on a
// broken disk; and as on a slow one it takes as long as the file is there that SYNC_WAITS_WHILE
// names. Where SYNC_IS_LEFT_OUT is set it takes no time otherwise, as on a quick one.

#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

extern "C" int fdatasync(int file) {
    static const long from = [] {
        const char* text = std::getenv("FAILING_SYNC_FROM");
        return text == nullptr ? 0L : std::atol(text);
    }();
    static std::atomic<long> calls{0};
    if (from > 0 && ++calls >= from) {
        errno = EIO;
        return -1;
    }
    static const char* const gate = std::getenv("SYNC_WAITS_WHILE");
    while (gate != nullptr && ::access(gate, F_OK) == 0) ::usleep(2000);
    static const bool left_out = std::getenv("SYNC_IS_LEFT_OUT") != nullptr;
    return left_out ? 0 : static_cast<int>(::syscall(SYS_fdatasync, file));
}
