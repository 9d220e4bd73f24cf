#pragma once

#include "security/permissions.h"
#include "security/realm.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::realms {

/// A user of RabbitMQ.
struct DefinedUser {
    std::string name;
    security::Secret password_hash;  ///< empty: nobody logs in as that user by a password
    std::string algorithm;           ///< that the hash was made by
    std::vector<std::string> tags;
};

/// What a RabbitMQ server exports of its users: who they are, and what they may do.
struct Definitions {
    std::vector<DefinedUser> users;
    security::PermissionsPtr permissions;
    /// What else is in there, which nothing here looks at, as in `queues`.
    std::vector<std::string> ignored;

    /// Reads an export (`rabbitmqctl export_definitions`), or says what is wrong with it.
    [[nodiscard]] static std::expected<Definitions, std::string> parse(std::string_view text);
};

/// The groups that operators are in who have a tag.
struct TagGroups {
    std::vector<std::string> administrator;
    std::vector<std::string> monitoring;  ///< of `management` and `policymaker`, too
};

/// Knows the users of an export, in the protocol that their permissions are for, and as operators.
[[nodiscard]] security::RealmPtr definitions_realm(std::vector<DefinedUser> users,
                                                   const TagGroups& groups);

}  // namespace tern::realms
