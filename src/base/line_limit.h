#pragma once

#include <cstdint>
#include <optional>

namespace tern::log {

/// For what strangers can have written down as often as they like: some lines are let pass in a
/// time, of the others only their number is told, with the next. Not for several threads at once.
class LineLimit {
public:
    static constexpr std::uint32_t kLinesMax = 20;
    static constexpr std::int64_t kPeriodMs = 10'000;

    explicit LineLimit(std::uint32_t lines_max = kLinesMax) : lines_max_(lines_max) {}

    /// Nothing: do not write the line. Otherwise how many were not written before it. Times only
    /// run forward.
    [[nodiscard]] std::optional<std::uint64_t> pass(std::int64_t now_ms);

private:
    std::uint32_t lines_max_;  ///< in a period
    std::int64_t period_ends_ms_ = 0;
    std::uint32_t written_ = 0;  ///< in this period
    std::uint64_t withheld_ = 0;
};

}  // namespace tern::log
