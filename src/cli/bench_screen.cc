#include "cli/bench_screen.h"

#include "cli/signals.h"
#include "load/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace tern::cli {
namespace {

constexpr std::size_t kPast = 40;  ///< rates that are drawn

std::string sparkline(const std::deque<double>& rates) {
    constexpr std::array kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const double most = *std::ranges::max_element(rates);
    std::string line;
    for (const double rate : rates) {
        const double height = most > 0 ? rate / most * (kBars.size() - 1) : 0;
        line += kBars[static_cast<std::size_t>(std::lround(height))];
    }
    return line;
}

std::string times_line(const load::Histogram& times) {
    const auto quantile = [&](double share) {
        return time_text(static_cast<double>(times.quantile_ns(share)));
    };
    return fmt::format("  until received   50 % {}, 99 % {}, 99.9 % {}, most {}", quantile(0.5),
                       quantile(0.99), quantile(0.999),
                       time_text(static_cast<double>(times.most_ns())));
}

}  // namespace

BenchScreen::BenchScreen(const load::Settings& settings, bool wanted)
    : settings_(settings), visible_(wanted && ::isatty(STDERR_FILENO) != 0) {}

bool BenchScreen::wait(std::chrono::steady_clock::time_point until) {
    if (!wait_for_interruption(until)) return true;
    release_signals();  // the next one does not wait for good order
    return false;
}

void BenchScreen::show(const load::Progress& progress) {
    constexpr double kEvery = 0.5;
    const bool news = progress.doing != last_.doing || progress.seconds - last_.seconds >= kEvery;
    if (visible_ && news) draw(progress);
}

void BenchScreen::clear() {
    if (lines_ > 0) fmt::print(stderr, "\x1b[{}A\r\x1b[J", std::exchange(lines_, 0));
}

void BenchScreen::draw(const load::Progress& progress) {
    const double since = progress.seconds - last_.seconds;
    std::string text =
        fmt::format("{}, {:.1f} s: {}\n", progress.doing, progress.seconds, load::title(settings_));
    for (Row& row : rows_) {
        const std::uint64_t total = progress.total.*row.count;
        if (total == 0) continue;
        // Two draws may follow each other closely when a phase begins: no rate comes of that.
        if (since > 0.1) {
            row.rates.push_back(static_cast<double>(total - last_.total.*row.count) / since);
            if (row.rates.size() > kPast) row.rates.pop_front();
        }
        if (row.rates.empty()) continue;
        text += fmt::format("  {:10}{:>12.0f}/s  {}\n", row.name, row.rates.back(),
                            sparkline(row.rates));
    }
    if (progress.times != nullptr) text += times_line(*progress.times) + "\n";
    if (settings_.broker_pid != 0) text += broker_line(since) + "\n";
    clear();
    fmt::print(stderr, "{}", text);
    std::fflush(stderr);
    lines_ = static_cast<int>(std::ranges::count(text, '\n'));
    last_ = progress;
}

std::string BenchScreen::broker_line(double seconds) {
    const double cpu_s = load::cpu_seconds(settings_.broker_pid);
    const double used = seconds > 0 && cpu_s_ > 0 ? (cpu_s - cpu_s_) / seconds : 0;
    cpu_s_ = cpu_s;
    return fmt::format("  the broker       {:.2f} processors, {:.1f} MiB", used,
                       load::rss_kib(settings_.broker_pid) / 1024);
}

std::string time_text(double ns) {
    if (ns >= 1e9) return fmt::format("{:.3g} s", ns / 1e9);
    if (ns >= 1e6) return fmt::format("{:.3g} ms", ns / 1e6);
    return fmt::format("{:.3g} µs", ns / 1e3);
}

}  // namespace tern::cli
