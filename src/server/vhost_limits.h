#pragma once

#include "broker/route/vhost_limits.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::server {

/// The limits of virtual hosts (the parameters `vhost-limits`) and of users in a RabbitMQ server's
/// export. The error is a text for the user.
[[nodiscard]] std::expected<broker::VhostLimits, std::string> read_vhost_limits(
    std::string_view definitions);

}  // namespace tern::server
