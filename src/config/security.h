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
