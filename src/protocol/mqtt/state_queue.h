#pragma once

#include "broker/api/destination.h"

#include <string>
#include <string_view>

namespace tern::mqtt {

inline constexpr std::string_view kStateQueues = "$mqtt.state.";

/// The queue of a lasting session's records (session_record.h).
[[nodiscard]] inline broker::Destination state_queue_of(std::string_view client_id) {
    return {broker::Domain::queue, false, std::string(kStateQueues).append(client_id)};
}

}  // namespace tern::mqtt
