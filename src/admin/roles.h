#pragma once

#include "admin/http_message.h"

#include <cstdint>

namespace tern::admin {

/// What an operator may do; each role may do what those before it may.
enum class Role : std::uint8_t {
    nobody,   ///< ask whether the broker lives
    view,     ///< look at everything, messages included
    operate,  ///< work with messages; stop and go on with queues
    admin,    ///< make and delete queues and subscriptions, close connections, all of Jolokia
};

/// The least role that may have such a request served.
[[nodiscard]] Role needed_role(const Request& request);

}  // namespace tern::admin
