#pragma once

#include "protocol/mqtt/codec/packets.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tern::mqtt {

/// What is published when a connection ends without a farewell.
struct OwnWill {
    std::string topic;
    std::string payload;
    std::string properties;  ///< those that are passed on, encoded
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::optional<std::uint32_t> expiry_s;  ///< from when it is published
    std::uint32_t delay_s = 0;

    bool operator==(const OwnWill&) const = default;
};

}  // namespace tern::mqtt
