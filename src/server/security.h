#pragma once

#include "admin/rabbitmq/book.h"
#include "broker/policy/vhost_policies.h"
#include "broker/route/vhost_limits.h"
#include "config/model.h"
#include "protocol/amqp091/definitions.h"
#include "realms/directory_rights.h"
#include "runtime/disk.h"
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
    broker::VhostLimits limits;
    /// Of queues that do not say it, in virtual hosts that do.
    std::map<std::string, std::string, std::less<>> queue_types;
    amqp091::Definitions topology;
};
/// What is in the text of an export. `default_queue_type`: of queues that do not say. The error is
/// a text for the user.
[[nodiscard]] std::expected<Defined, std::string> read_definitions(
    std::string_view text, const OperatorGroups& groups, std::string_view default_queue_type);

/// The file in the data directory with what was changed of the definitions while the broker ran.
inline constexpr const char* kChangesFile = "definitions.changes.json";
/// What the file of the definitions says (empty: there is none), and the changes; null: there is
/// neither, and nobody `needs` any. The error is a text for the user.
/// `defaults`: operators' policies that virtual hosts begin with.
[[nodiscard]] std::expected<std::shared_ptr<const admin::rabbitmq::Book>, std::string> read_book(
    Disk& disk, const std::string& file, const std::vector<config::OperatorPolicy>& defaults,
    bool needed);
/// The same policies of `/` alone, where nobody needs anything else of definitions.
[[nodiscard]] std::expected<broker::VhostPoliciesPtr, std::string> default_policies(
    const std::vector<config::OperatorPolicy>& defaults);
/// Once it has returned they are kept.
[[nodiscard]] Result<void> keep_changes(Disk& disk, const admin::rabbitmq::Book& book);

/// What reads the rights that a directory has, and gives them to `changed`; null: the document asks
/// for none.
[[nodiscard]] std::expected<std::unique_ptr<realms::DirectoryRights>, std::string>
make_directory_rights(const config::Plugins& plugins, const std::string& document,
                      realms::DirectoryRights::Changed changed);

/// What a document says of who may do what; null: nothing.
[[nodiscard]] security::RightsPtr make_rights(const config::Plugins& plugins);

}  // namespace tern::server
