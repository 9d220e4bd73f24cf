#pragma once

#include "realms/login_config.h"

#include <expected>
#include <string>

namespace tern::realms {

/// Where the modules of a `login.config` look for what they need.
struct LoginPlace {
    std::string folder;          ///< where the file itself lies, and those that it names
    config::Lookup environment;  ///< holds the password that values are encrypted with
};

/// The realm that an entry's modules are together: ActiveMQ's own ones by their names, any other is
/// a problem. Options that a module does not know are warned of.
[[nodiscard]] std::expected<security::RealmPtr, config::Problem> make_realm(
    const LoginEntry& entry, const LoginPlace& place);

/// Reads the `login.config` in the file and makes the realm of the entry of that name; or says, as
/// in `FILE:LINE:COLUMN: …`, what is wrong.
[[nodiscard]] std::expected<security::RealmPtr, std::string> read_realm(
    const std::string& file, std::string_view entry, const config::Lookup& environment);

}  // namespace tern::realms
