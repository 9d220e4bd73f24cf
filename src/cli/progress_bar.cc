#include "cli/progress_bar.h"

#include <fmt/core.h>
#include <sys/ioctl.h>

#include <cstdio>
#include <unistd.h>

namespace tern::cli {
namespace {

constexpr std::chrono::milliseconds kTick{100};
/// To the beginning of the line, and clear it.
constexpr const char* kClear = "\r\x1b[K";

std::size_t terminal_columns() {
    constexpr std::size_t kDefault = 80;
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kDefault;
}

}  // namespace

ProgressBar::ProgressBar(bool wanted, Instant start)
    : visible_(wanted && ::isatty(STDERR_FILENO) != 0), last_shown_(start), meter_(start) {}

ProgressBar::Instant ProgressBar::next_tick(Instant now) const {
    return visible_ ? std::max(last_shown_ + kTick, now) : Instant::max();
}

void ProgressBar::show(Instant now, std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!visible_ || now < last_shown_ + kTick) return;
    last_shown_ = now;
    meter_.update(now, done);
    // The last column stays free, or some terminals would begin a new line.
    fmt::print(stderr, "{}{}", kClear,
               progress_line(done, total, meter_.rate(), terminal_columns() - 1));
    std::fflush(stderr);
}

void ProgressBar::clear() {
    if (visible_) fmt::print(stderr, "{}", kClear);
}

}  // namespace tern::cli
