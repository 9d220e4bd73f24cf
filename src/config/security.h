#pragma once

#include "config/destination_name.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::config {

struct AuthenticationUser {
    std::string name;
    std::string password;
    std::string groups;  ///< separated by commas

    bool operator==(const AuthenticationUser&) const = default;
};

/// Users that the document itself names.
struct SimpleAuthentication {
    std::vector<AuthenticationUser> users;
    bool anonymous_allowed = false;
    std::string anonymous_user = "anonymous";
    std::string anonymous_group = "anonymous";

    bool operator==(const SimpleAuthentication&) const = default;
};

/// Users whom the entry of that name in a `login.config` knows.
struct JaasAuthentication {
    std::string entry = "activemq-domain";

    bool operator==(const JaasAuthentication&) const = default;
};

/// The same, with another entry for clients that show certificates.
struct JaasDualAuthentication {
    std::string entry = "activemq-domain";
    std::string certificate_entry = "activemq-ssl-domain";

    bool operator==(const JaasDualAuthentication&) const = default;
};

/// Who may do what: groups separated by commas, `*` for everybody.
struct AccessEntry {
    std::string read;
    std::string write;
    std::string admin;

    bool operator==(const AccessEntry&) const = default;
};

struct AuthorizationEntry : AccessEntry, DestinationName {
    bool operator==(const AuthorizationEntry&) const = default;
};

struct AuthorizationMap {
    bool closest_entry_only = false;  ///< of entries that match, not all count
    std::vector<AuthorizationEntry> entries;
    std::optional<AuthorizationEntry> otherwise;
    std::optional<AccessEntry> temporary;

    bool operator==(const AuthorizationMap&) const = default;
};

/// Where rights lie in a directory. Below a base are destinations, by their names with `$` for `>`,
/// and below each a group of those who may read, one for write and one for admin; below the base of
/// temporary destinations are these groups themselves.
struct DirectoryLayout {
    std::string queue_base = "ou=Queue,ou=Destination,ou=ActiveMQ,ou=system";
    std::string topic_base = "ou=Topic,ou=Destination,ou=ActiveMQ,ou=system";
    std::string temporary_base = "ou=Temp,ou=Destination,ou=ActiveMQ,ou=system";
    std::string read_filter = "(cn=Read)";
    std::string write_filter = "(cn=Write)";
    std::string admin_filter = "(cn=Admin)";
    std::string member_attribute = "member";
    /// A member is a group, of the name that its DN is without `cn=`; otherwise the directory says
    /// what the member is.
    bool legacy_groups = true;
    std::string group_class = "groupOfNames";
    std::string group_name = "cn";
    std::string user_class = "person";
    std::string user_name = "uid";

    bool operator==(const DirectoryLayout&) const = default;
};

/// Rights that a directory has.
struct DirectoryAuthorizationMap : DirectoryLayout {
    std::string url = "ldap://localhost:1024";
    std::string user = "uid=admin,ou=system";
    std::string password;
    std::string protocol = "s";
    bool start_tls = false;
    std::string authorities;
    std::int64_t refresh_ms = -1;  ///< -1: as soon as it likes
    bool refresh_disabled = false;

    bool operator==(const DirectoryAuthorizationMap&) const = default;
};

/// By one of these.
struct Authorization {
    std::optional<AuthorizationMap> map;
    std::optional<DirectoryAuthorizationMap> directory;

    bool operator==(const Authorization&) const = default;
};

}  // namespace tern::config
