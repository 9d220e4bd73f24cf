#pragma once

#include "config/destination_name.h"

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
    std::vector<AuthorizationEntry> entries;
    std::optional<AuthorizationEntry> otherwise;
    std::optional<AccessEntry> temporary;

    bool operator==(const AuthorizationMap&) const = default;
};

struct Authorization {
    std::optional<AuthorizationMap> map;

    bool operator==(const Authorization&) const = default;
};

}  // namespace tern::config
