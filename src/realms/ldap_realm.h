#pragma once

#include "realms/directory_connection.h"
#include "security/realm.h"

namespace tern::realms {

/// Users and groups of a directory: ActiveMQ's LDAPLoginModule. The user is searched for, its
/// password is right if the directory lets it in with it, and its groups are what the search for
/// roles finds.
///
/// In what is matched `{0}` and `{1}` are replaced, as values of a filter.
struct LdapOptions {
    DirectoryOptions directory;

    std::string user_base;
    std::string user_matching;  ///< `{0}`: the user's name
    bool user_subtree = false;
    std::string user_role_attribute;  ///< whose values are groups, too; may be empty

    std::string role_base;
    std::string role_attribute;  ///< the group's name; empty: no roles are searched for
    std::string role_matching;   ///< `{0}`: the user's DN, `{1}`: its name
    bool role_subtree = false;
    /// Groups that groups are in count as well; empty: they do not. `{0}`: the DN of a group.
    std::string group_matching;
};

[[nodiscard]] security::RealmPtr ldap_realm(LdapOptions options);

}  // namespace tern::realms
