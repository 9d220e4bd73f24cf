#pragma once

#include "admin/http_message.h"
#include "security/audit.h"

#include <memory>
#include <string>

namespace tern::server {

/// Writes down how what `user` asked for ended, when it is answered. `by`: as in "http".
[[nodiscard]] admin::Respond noted(std::shared_ptr<security::Audit> audit, std::string by,
                                   std::string user, const admin::Request& request,
                                   admin::Respond respond);

}  // namespace tern::server
