#include "base/log.h"
#include "config/files/read_document.h"
#include "server/console_log.h"
#include "server/console_password.h"
#include "server/server.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using tern::server::Listening;
using tern::server::Options;
using tern::server::Server;

/// Threads inherit the mask: signals come to `sigwait` below and nowhere else.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

/// Messages come and go in bursts: what one burst has freed is for the next. By default the library
/// gives it back to the system at once, which costs a page fault for each page that comes again, a
/// sixth of all time where topics fan out.
void keep_freed_memory(const Options& options) {
    constexpr int kMiB = 1024 * 1024;
    // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet
    mallopt(M_TRIM_THRESHOLD, 32 * kMiB);
    mallopt(M_TOP_PAD, kMiB);
    mallopt(M_MMAP_THRESHOLD, kMiB);
    // With a heap for each thread none of them grows but page by page, each with a system call. A
    // single shard has next to nobody to share the common one with.
    if (tern::server::shard_count(options) == 1) mallopt(M_ARENA_MAX, 1);
    // NOLINTEND(concurrency-mt-unsafe)
}

void announce(const Options& options, const std::vector<Listening>& listening) {
    std::string ready = "ready";
    std::fprintf(stderr, "TernMQ %s\n", options.openwire.version.c_str());
    for (const Listening& one : listening) {
        const std::string where = to_text(one.endpoint);
        std::fprintf(stderr, "  %-9s %s\n", one.name.c_str(), where.c_str());
        ready += " " + one.name + "=" + where;
    }
    std::fprintf(stderr, "  %-9s %s\n", "data", options.data.c_str());
    std::printf("%s\n", ready.c_str());
    std::fflush(stdout);
}

/// On the standard output, which is no log.
void show_password(const tern::security::Secret& password) {
    const std::string_view text = password.reveal();
    std::printf("console: log in as %s with the password %.*s, which is not shown again\n",
                tern::server::kConsoleUser, static_cast<int>(text.size()), text.data());
}

/// The document's file and the property files it names, as they are now; nothing when the document
/// is no file, or cannot be read.
std::optional<std::vector<std::string>> document_texts(const tern::config::Report& report) {
    auto text = tern::config::read_text(report.document);
    if (!text) return {};
    std::vector<std::string> texts{std::move(*text)};
    for (const std::string& companion : report.companions) {
        texts.push_back(tern::config::read_text(companion).value_or(std::string()));
    }
    return texts;
}

/// A signal that came within so many milliseconds, however many if 0; -1 if none did.
int wait_for_signal(const sigset_t& signals, std::int64_t ms) {
    timespec pause{};
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1'000'000;
    return sigtimedwait(&signals, nullptr, ms > 0 ? &pause : nullptr);
}

bool asks_to_end(int signal) {
    return signal == SIGTERM || signal == SIGINT;
}

/// Tells at regular times what the log withheld.
class WithheldLines {
public:
    /// Until it is time again.
    [[nodiscard]] std::int64_t ms_left() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
        return std::max<std::int64_t>(left.count(), 1);
    }
    void tell_in_time() {
        if (Clock::now() < next_) return;
        tern::server::tell_withheld_lines();
        next_ = Clock::now() + tern::server::kRepetitionPeriod;
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point next_ = Clock::now() + tern::server::kRepetitionPeriod;
};

/// The shorter of two periods of which 0 stands for "never".
std::int64_t shorter(std::int64_t a, std::int64_t b) {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

/// Returns when the broker shall end. SIGHUP reads certificates and the document again, as does a
/// change of its files where the document asks for that to be noticed. `seen` is what they said
/// before the broker said that it is ready.
void wait_for_end(const sigset_t& signals, const Options& options, Server& server,
                  std::optional<std::vector<std::string>> seen) {
    tern::config::Report report = options.report;
    const auto& watch = options.document.plugins.runtime_configuration;
    const std::int64_t period = watch ? watch->check_period_ms : 0;
    const std::int64_t lock_period = options.lock.check_ms;
    const std::int64_t look_period =
        shorter(shorter(period, lock_period), options.store_disk.sync_interval_ms);
    WithheldLines withheld;
    for (;;) {
        const int signal = wait_for_signal(signals, shorter(look_period, withheld.ms_left()));
        if (asks_to_end(signal)) return;
        withheld.tell_in_time();
        server.sync_store();
        if (lock_period > 0 && !server.holds_data()) {
            tern::log::error("server", "the lock of {} is lost: another broker may use it",
                             options.data);
            std::_Exit(1);  // what an orderly end writes would be in the other's files
        }
        if (signal == SIGHUP) server.reload_certificates();
        auto asked = server.reload_requests();
        const bool told = signal == SIGHUP || !asked.empty();
        if (options.config.empty()) {
            for (auto& answer : asked) {
                answer({.problems = {"the broker runs with its embedded document"}});
            }
            continue;
        }
        if (!told && period == 0) continue;
        auto texts = document_texts(report);
        if (!told && (!texts || texts == seen)) continue;
        tern::config::Loaded loaded = tern::config::read_document(options.config);
        // Of files that were not looked at before it is not known whether they have changed since.
        const bool same = loaded.report.companions == report.companions;
        report.companions = loaded.report.companions;
        seen = same ? std::move(texts) : std::nullopt;
        const auto outcome = server.reload(std::move(loaded));
        for (auto& answer : asked) answer(outcome);
    }
}

int refuse(const std::string& why) {
    std::fprintf(stderr, "ternd: %s\n", why.c_str());
    return 2;
}

/// Nothing: an operator wants the program to begin anew.
std::optional<int> serve(const Options& options) {
    const sigset_t signals = block_signals();
    auto seen = document_texts(options.report);
    std::atomic<bool> failed{false};
    Server server(options, [&failed] {
        failed = true;
        ::kill(::getpid(), SIGTERM);
    });
    const auto taken = server.take_data(
        [&signals](std::int64_t ms) { return !asks_to_end(wait_for_signal(signals, ms)); });
    if (!taken) return refuse(taken.error());
    if (!*taken) return 0;
    const auto listening = server.start();
    if (!listening) return refuse(listening.error());
    if (const auto& made = server.made_password()) show_password(*made);
    announce(options, *listening);
    wait_for_end(signals, options, server, std::move(seen));
    if (failed) {
        tern::log::error("server", "nothing can be stored any more: the broker leaves service");
    } else {
        tern::log::info("server", "stopping");
    }
    server.stop();
    tern::server::tell_withheld_lines();
    if (failed) return 1;
    if (server.restart_wanted()) return {};
    return 0;
}

/// In the same process: who watches over it sees no end, and what it was told by its arguments and
/// its surroundings holds.
int begin_anew(char** argv) {
    constexpr unsigned kFirst = STDERR_FILENO + 1;
    ::close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC);  // of threads that could not be stopped
    ::execvp(argv[0], argv);
    return refuse("cannot begin anew: " + std::generic_category().message(errno));
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = tern::server::parse_options(argc, argv);
    if (!options) {
        std::FILE* const out = options.error().code == 0 ? stdout : stderr;
        std::fprintf(out, "%s%s\n",
                     options.error().code == 0 ? "" : "ternd: ", options.error().text.c_str());
        return options.error().code;
    }
    keep_freed_memory(*options);
    tern::server::log_to_console(*options);
    const auto code = serve(*options);
    return code ? *code : begin_anew(argv);
}
