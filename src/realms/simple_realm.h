#pragma once

#include "security/realm.h"

#include <string>
#include <vector>

namespace tern::realms {

/// Users of the configuration itself: ActiveMQ's simpleAuthenticationPlugin.
struct SimpleOptions {
    struct User {
        std::string name;
        std::string password;  ///< or its hash (security/crypto/password_hash.h)
        std::vector<std::string> groups;
    };

    std::vector<User> users;  ///< of several with one name the last counts
    /// Whether who shows neither a name nor a password is let in, and as whom.
    bool anonymous = false;
    std::string anonymous_user = "anonymous";
    std::string anonymous_group = "anonymous";
};

[[nodiscard]] security::RealmPtr simple_realm(SimpleOptions options);

}  // namespace tern::realms
