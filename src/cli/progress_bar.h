#pragma once

#include "cli/progress.h"

namespace tern::cli {

/// The progress of a job at the bottom of the terminal, if standard error is one.
class ProgressBar {
public:
    using Instant = Meter::Instant;

    ProgressBar(bool wanted, Instant start);

    /// When to call `show` next; the end of time when there is no bar.
    [[nodiscard]] Instant next_tick(Instant now) const;
    void show(Instant now, std::uint64_t done, std::optional<std::uint64_t> total);
    /// Leaves nothing behind.
    void clear();

private:
    bool visible_;
    Instant last_shown_;
    Meter meter_;
};

}  // namespace tern::cli
