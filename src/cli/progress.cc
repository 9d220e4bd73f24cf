#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tern::cli {
namespace {

using Seconds = std::chrono::duration<double>;

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

std::string bytes_text(double bytes) {
    constexpr double kStep = 1024;
    for (const auto* const unit : {"B", "KiB", "MiB"}) {
        if (bytes < kStep) return fmt::format("{:.1f} {}", bytes, unit);
        bytes /= kStep;
    }
    return fmt::format("{:.1f} GiB", bytes);
}

std::string bar(double part, std::size_t width) {
    const auto filled = static_cast<std::size_t>(part * static_cast<double>(width));
    return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "]";
}

}  // namespace

void Meter::update(Instant now, std::uint64_t done) {
    // So fast the past is forgotten.
    constexpr double kMemorySeconds = 2;
    const double elapsed = Seconds(now - last_).count();
    if (elapsed <= 0) return;
    const double current = static_cast<double>(done - done_) / elapsed;
    const double weight = known_ ? 1 - std::exp(-elapsed / kMemorySeconds) : 1;
    rate_ += weight * (current - rate_);
    known_ = true;
    last_ = now;
    done_ = done;
}

std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total, double rate,
                          std::size_t columns) {
    std::string line;
    if (total && *total > 0) {
        const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
        constexpr std::size_t kBarWidth = 24;
        line = fmt::format("{} {:3.0f}%  {}/{}", bar(part, kBarWidth), std::floor(part * 100), done,
                           *total);
        line += fmt::format("  {:.0f}/s", rate);
        if (rate > 0 && done < *total) {
            line += "  " + duration_text(static_cast<double>(*total - done) / rate) + " left";
        }
    } else {
        line = fmt::format("{}  {:.0f}/s", done, rate);
    }
    return line.substr(0, columns);
}

std::string summary_line(std::string_view done, std::uint64_t count, std::uint64_t bytes,
                         std::chrono::nanoseconds time) {
    const double seconds = Seconds(time).count();
    std::string line = fmt::format("{} {} {} in {:.2f} s", count,
                                   count == 1 ? "message" : "messages", done, seconds);
    if (count > 1 && seconds > 0) {
        line += fmt::format(", {:.0f}/s, {}/s", static_cast<double>(count) / seconds,
                            bytes_text(static_cast<double>(bytes) / seconds));
    }
    return line;
}

}  // namespace tern::cli
