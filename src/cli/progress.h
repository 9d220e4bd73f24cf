#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::cli {

/// How fast something goes, mostly of late.
class Meter {
public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit Meter(Instant start) : last_(start) {}

    /// `done` is the total so far.
    void update(Instant now, std::uint64_t done);
    /// Per second.
    [[nodiscard]] double rate() const { return rate_; }

private:
    Instant last_;
    std::uint64_t done_ = 0;
    double rate_ = 0;
    bool known_ = false;
};

/// A line for a terminal that is `columns` wide: bar, count, rate and time left, without the bar
/// and the time when nobody knows the total.
[[nodiscard]] std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total,
                                        double rate, std::size_t columns);

/// `1 message sent in 0.52 s`, `1000 messages sent in 0.52 s, 1923/s, 1.9 MiB/s`.
[[nodiscard]] std::string summary_line(std::string_view done, std::uint64_t count,
                                       std::uint64_t bytes, std::chrono::nanoseconds time);

}  // namespace tern::cli
