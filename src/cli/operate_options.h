#pragma once

#include "cli/operate.h"

// NOLINTNEXTLINE(readability-identifier-naming): it is the library's
namespace CLI {
class App;
}

namespace tern::cli {

/// Adds the commands for operators. Which one was given is in `options.verb`: empty, none.
void add_operate(CLI::App& app, OperateOptions& options);
/// The same for what `config` does with a broker.
void add_operate_config(CLI::App& config, OperateOptions& options);

}  // namespace tern::cli
