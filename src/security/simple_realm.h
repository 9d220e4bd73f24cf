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

/// Whether a password that is shown is the stored one.
using PasswordCheck = bool (*)(std::string_view stored, std::string_view shown);

/// Knows the users it was made with.
[[nodiscard]] RealmPtr make_simple_realm(std::vector<SimpleUser> users, Anonymous anonymous,
                                         PasswordCheck matches = equal_in_constant_time);

}  // namespace tern::security
