#pragma once

#include "store/tools/dump.h"

#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): it is the library's
namespace CLI {
class App;
}

namespace tern::cli {

/// What is to be done with the store of a broker that does not run.
struct StoreOptions {
    std::string verb{};     ///< `info`, `check`, `dump`, `export` or `import`; empty: none of these
    std::string data{};     ///< the data directory
    std::string archive{};  ///< `-`: standard output or input
    bool repair = false;
    store::tools::DumpOptions dump{};
};

/// Adds these commands. Which one was given is in `options.verb`.
void add_store(CLI::App& app, StoreOptions& options);

/// Does it; returns the exit code: 0, or 1 when something is wrong, with the store or otherwise.
[[nodiscard]] int handle_store(const StoreOptions& options);

}  // namespace tern::cli
