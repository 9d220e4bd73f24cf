#pragma once

#include "security/realm.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

struct SimpleUser {
    std::string name;
    Secret password;  ///< or what else it can be recognised by
    std::vector<std::string> groups;
};

/// Whom a client is that shows neither a user nor a password; nothing: such are refused.
using Anonymous = std::optional<Identity>;

/// How what clients show is compared with stored passwords.
struct PasswordRules {
    bool (*matches)(std::string_view stored, std::string_view shown) = equal_in_constant_time;
    /// Whether SCRAM can be done with a stored password, and what it needs of that, or of somebody
    /// who has none. Null: there is no SCRAM.
    bool (*can_scram)(std::string_view stored, ScramHash hash) = nullptr;
    std::optional<ScramKeys> (*scram_keys)(std::optional<std::string_view> stored,
                                           std::string_view user, ScramHash hash) = nullptr;
};

/// Knows the users it was made with.
[[nodiscard]] RealmPtr make_simple_realm(std::vector<SimpleUser> users, Anonymous anonymous,
                                         PasswordRules rules = {});

}  // namespace tern::security
