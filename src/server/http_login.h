#pragma once

#include "admin/http_message.h"
#include "security/credentials.h"

#include <optional>

namespace tern::server {

/// What HTTP's Basic says, or Bearer (RFC 6750); nothing: it is another scheme, or malformed.
[[nodiscard]] std::optional<security::Credentials> http_login(const admin::Request& request);

}  // namespace tern::server
