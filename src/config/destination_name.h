#pragma once

#include "broker/api/destination.h"

#include <optional>
#include <string>

namespace tern::config {

/// A destination as documents name it: by exactly one of these.
struct DestinationName {
    std::string queue;
    std::string topic;
    bool temp_queue = false;  ///< all temporary queues
    bool temp_topic = false;

    /// Nothing unless exactly one is given.
    [[nodiscard]] std::optional<broker::Destination> destination() const;
    bool operator==(const DestinationName&) const = default;
};

}  // namespace tern::config
