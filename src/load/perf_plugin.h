#pragma once

#include "load/result.h"
#include "load/settings.h"

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tern::load {

// What the performance plugin of ActiveMQ for Maven (activemq-perf) is told, and what it prints.

enum class PerfGoal : std::uint8_t { producer, consumer };

using Properties = std::map<std::string, std::string, std::less<>>;

/// Adds those of a file of Java properties, over those that are there.
void read_properties(std::string_view text, Properties& into);

struct PerfPlan {
    Settings settings{};
    std::string url{};            ///< empty: nothing says it; the same of the user
    std::string client_prefix{};  ///< of the names in the summary
    std::string report{};         ///< the file that the plugin would write
    /// Properties that mean nothing here.
    std::vector<std::string> without_effect{};
};

/// The error is a sentence: a value makes no sense, or what it asks for is not here.
[[nodiscard]] std::expected<PerfPlan, std::string> perf_plan(PerfGoal goal, Properties properties);

/// The block that ends a run of the plugin.
[[nodiscard]] std::string perf_summary(const PerfPlan& plan, const Result& result);
/// Its report: properties, samples, summary.
[[nodiscard]] std::string perf_report(const PerfPlan& plan, const Result& result);

}  // namespace tern::load
