#pragma once

#include "protocol/room.h"

#include <span>

namespace tern::gateway {

/// The room that a connection belongs to, as far as its first bytes tell.
struct Detected {
    protocol::Detection detection = protocol::Detection::unknown;
    const protocol::Room* room = nullptr;  ///< set when the answer is yes
};

/// Asks all `rooms`: no is what all of them say.
[[nodiscard]] Detected detect(std::span<const protocol::Room* const> rooms, Bytes first);

}  // namespace tern::gateway
