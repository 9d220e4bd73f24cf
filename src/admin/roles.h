#pragma once

#include "admin/http_message.h"

#include <cstdint>
#include <string_view>

namespace tern::admin {

/// What an operator may do; each role may do what those before it may.
enum class Role : std::uint8_t {
    nobody,   ///< ask whether the broker lives
    view,     ///< look at everything, messages included
    operate,  ///< work with messages; stop and go on with queues
    admin,    ///< make and delete queues and subscriptions, close connections, all of Jolokia
};

/// As the API names it.
[[nodiscard]] std::string_view to_text(Role role);

/// The least role that may have such a request served. The console's own files are for everybody:
/// they know nothing until somebody has logged in.
[[nodiscard]] Role needed_role(const Request& request);

/// Where operators log in: what asks for it in the API itself is told that nobody has to.
inline constexpr std::string_view kSessionPath = "/api/v1/session";
/// A request's path, without what may stand behind it.
[[nodiscard]] std::string_view path_of(const Request& request);

}  // namespace tern::admin
