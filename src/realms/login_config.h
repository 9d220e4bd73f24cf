#pragma once

#include "config/place.h"
#include "config/properties.h"
#include "security/realms.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tern::realms {

/// One module of an entry: which class, what its word means, and what it is told.
struct LoginModule {
    config::Place place;
    std::string name;  ///< the class, as in `org.apache.activemq.jaas.GuestLoginModule`
    security::Control control = security::Control::required;
    config::Properties options;
};

/// Modules under one name, which plugins refer to.
struct LoginEntry {
    config::Place place;
    std::string name;
    std::vector<LoginModule> modules;
};

/// A `login.config`, as JAAS reads it.
struct LoginConfig {
    std::vector<LoginEntry> entries;

    /// The one of that name, else the one named `other`; null: there is none.
    [[nodiscard]] const LoginEntry* find(std::string_view name) const;
};

/// Reads the text of a `login.config`:
///
///     name { class flag option=value option="value"; … };
///
/// with comments as in C++. Placeholders in values are looked up. Values that Java wants quoted,
/// such as numbers, need not be.
[[nodiscard]] std::expected<LoginConfig, config::Problem> parse_login_config(
    std::string_view text, const config::Lookup& lookup);

}  // namespace tern::realms
