#pragma once

#include "load/perf_plugin.h"
#include "load/settings.h"

#include <optional>
#include <string>

namespace tern::cli {

/// A load, and how its result is told.
struct BenchOptions {
    load::Settings settings{};
    bool json = false;
    std::string report{};   ///< a file to write; empty: none
    std::string hdr_log{};  ///< likewise
    bool quiet = false;
    /// Of ActiveMQ's performance plugin, if it is to be as with that.
    std::optional<load::PerfPlan> perf{};
};

/// Does it; returns the exit code: 0; 1, the broker failed; 3, not all messages came, or it was
/// interrupted.
[[nodiscard]] int bench(const BenchOptions& options);

}  // namespace tern::cli
