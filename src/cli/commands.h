#pragma once

#include "cli/options.h"

namespace tern::cli {

// The commands. Each returns the exit code: 0, 1, 2 or 3, see options.cc.

[[nodiscard]] int produce(const ProduceOptions& options);
[[nodiscard]] int consume(const ConsumeOptions& options);
[[nodiscard]] int browse(const BrowseOptions& options);

}  // namespace tern::cli
