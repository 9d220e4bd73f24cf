#pragma once

#include "cli/options.h"
#include "client/destination.h"

#include <optional>
#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): it is the library's
namespace CLI {
class App;
}

namespace tern::cli {

/// What cannot be stored before all options are known.
struct BenchArguments {
    BenchOptions options{};
    std::string url = "tcp://localhost:61616";
    std::optional<client::Destination> destination{};
    std::optional<bool> confirmed{};
    std::optional<long> ahead{};
    bool backlog = false;
    std::optional<load::PerfGoal> perf{};
    std::vector<std::string> properties{};  ///< NAME=VALUE
};

CLI::App* add_bench(CLI::App& app, BenchArguments& arguments);
[[nodiscard]] std::expected<Options, Exit> finish(BenchArguments arguments);

}  // namespace tern::cli
