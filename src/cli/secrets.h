#pragma once

#include "security/credentials.h"

#include <optional>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): it is the library's
namespace CLI {
class App;
}

namespace tern::cli {

/// What is to be done with a secret that stands on the first line of the standard input: it is on
/// no command line, where others would see it.
struct SecretOptions {
    std::string verb{};  ///< `hash-password`, `encrypt` or `decrypt`; empty: none of these
    std::string algorithm{};
    std::optional<security::ScramHash> scram{};  ///< a hash of that kind
};

/// Adds these commands. Which one was given is in `options.verb`.
void add_secrets(CLI::App& app, SecretOptions& options);

/// Writes what becomes of it. Returns the exit code.
[[nodiscard]] int handle_secret(const SecretOptions& options);

}  // namespace tern::cli
