#pragma once

#include "runtime/disk.h"
#include "runtime/random.h"
#include "security/secret.h"

#include <expected>
#include <optional>
#include <string>

namespace tern::server {

/// The operator that there is where the document names no users.
inline constexpr const char* kConsoleUser = "admin";
/// Where the hash of its password lies in the data directory. Without it a new one is made.
inline constexpr const char* kConsolePasswordFile = "console-password";

struct ConsolePassword {
    security::Secret hash;
    /// The password itself, to be shown once; nothing: it was made by an earlier run.
    std::optional<security::Secret> made = {};
};

/// Reads the hash, or makes a password and keeps its hash. The error is a text for the user.
[[nodiscard]] std::expected<ConsolePassword, std::string> console_password(Disk& disk,
                                                                           Random& random);

}  // namespace tern::server
