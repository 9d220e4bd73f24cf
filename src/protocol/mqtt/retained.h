#pragma once

#include "broker/api/destination.h"

#include <string>
#include <string_view>

namespace tern::mqtt {

/// The queue whose last message is the one retained for a topic, or the pattern of those for a
/// filter. `name` is the topic's as other protocols know it.
[[nodiscard]] inline broker::Destination retained_for(std::string_view name) {
    return {broker::Domain::queue, false, std::string("$mqtt.retained.").append(name)};
}

}  // namespace tern::mqtt
