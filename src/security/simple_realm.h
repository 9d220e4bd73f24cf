#pragma once

#include "security/realm.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

/// A user whose password is known as it is.
struct SimpleUser {
    std::string name;
    Secret password;
    std::vector<std::string> groups;
};

/// Whom a client is that shows neither a user nor a password; nothing: such are refused.
using Anonymous = std::optional<Identity>;

/// Knows the users it was made with.
[[nodiscard]] RealmPtr make_simple_realm(std::vector<SimpleUser> users, Anonymous anonymous);

}  // namespace tern::security
