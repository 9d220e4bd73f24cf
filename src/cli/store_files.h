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
    /// `info`, `check`, `dump`, `export`, `import` or `rekey`; empty: none of these.
    std::string verb{};
    std::string data{};          ///< the data directory
    std::string archive{};       ///< `-`: standard output or input
    std::string key_file{};      ///< that the store is encrypted under; empty: it is not
    std::string new_key_file{};  ///< `rekey`: that it shall be encrypted under; empty: under none
    bool keep_data_keys = false;
    bool repair = false;
    bool consumed = false;  ///< `export`: messages that are gone
    std::string since{};    ///< of these: sent then or later; empty: all
    std::string before{};   ///< sent before then; empty: all
    std::string queue{};    ///< of this queue; empty: of all
    bool json = false;      ///< `info`, `check`: what is said is an object
    store::tools::DumpOptions dump{};
};

/// Adds these commands. Which one was given is in `options.verb`.
void add_store(CLI::App& app, StoreOptions& options);

/// Does it; returns the exit code: 0, or 1 when something is wrong, with the store or otherwise.
[[nodiscard]] int handle_store(const StoreOptions& options);

}  // namespace tern::cli
