#pragma once

#include "broker/policy/vhost_policies.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::server {

/// The policies and operators' policies of a RabbitMQ server's export, as far as they are about
/// queues and exchanges; null: there are none. The error is a text for the user.
[[nodiscard]] std::expected<broker::VhostPoliciesPtr, std::string> read_vhost_policies(
    std::string_view definitions);

}  // namespace tern::server
