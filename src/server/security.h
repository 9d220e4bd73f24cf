#pragma once

#include "broker/policy/vhost_policies.h"
#include "config/model.h"
#include "protocol/amqp091/definitions.h"
#include "realms/directory_rights.h"
#include "security/permissions.h"
#include "security/realm.h"
#include "security/rights.h"
#include "server/operator_groups.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::server {

/// Who knows the users that a document speaks of; null: it speaks of none. `document` is what was
/// read: a `login.config` lies beside it. The error is a text for the user.
[[nodiscard]] std::expected<security::RealmPtr, std::string> make_realm(
    const config::Broker& broker, const std::string& document);

/// What RabbitMQ's definitions say.
struct Defined {
    security::RealmPtr realm;
    security::PermissionsPtr permissions;
    std::vector<std::string> users;  ///< by their names
    broker::VhostPoliciesPtr policies;
    amqp091::Definitions topology;
};
/// All null: no file is named. `default_queue_type`: of queues that do not say. The error is a text
/// for the user.
[[nodiscard]] std::expected<Defined, std::string> read_definitions(
    const std::string& file, const OperatorGroups& groups, std::string_view default_queue_type);

/// What reads the rights that a directory has, and gives them to `changed`; null: the document asks
/// for none.
[[nodiscard]] std::expected<std::unique_ptr<realms::DirectoryRights>, std::string>
make_directory_rights(const config::Plugins& plugins, const std::string& document,
                      realms::DirectoryRights::Changed changed);

/// What a document says of who may do what; null: nothing.
[[nodiscard]] security::RightsPtr make_rights(const config::Plugins& plugins);

}  // namespace tern::server
