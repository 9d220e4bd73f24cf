#pragma once

#include "broker/api/destination.h"

#include <string>
#include <string_view>

namespace tern::mqtt {

inline constexpr std::string_view kRetainedQueues = "$mqtt.retained.";

/// The queue whose last message is the one retained for a topic, or the pattern of those for a
/// filter. `name` is the topic's as other protocols know it.
[[nodiscard]] inline broker::Destination retained_for(std::string_view name) {
    return {broker::Domain::queue, false, std::string(kRetainedQueues).append(name)};
}

}  // namespace tern::mqtt
