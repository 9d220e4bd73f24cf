#pragma once

#include "protocol/room.h"
#include "runtime/clock.h"

#include <vector>

namespace tern::gateway {

/// What a listener offers to those who connect to it.
struct Service {
    /// With several, the first bytes decide: then the peer has to speak first.
    std::vector<const protocol::Room*> rooms;
    /// From accept until it is known which protocol the peer speaks.
    Millis detection_timeout{30'000};
};

}  // namespace tern::gateway
