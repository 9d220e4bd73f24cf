#pragma once

#include "protocol/room.h"
#include "runtime/clock.h"

#include <vector>

namespace tern::gateway {

class TlsContext;

/// What a listener offers to those who connect to it.
struct Service {
    /// With several, the first bytes decide: then the peer has to speak first.
    std::vector<const protocol::Room*> rooms;
    /// Null: no TLS. It outlives the connections.
    const TlsContext* tls = nullptr;
    /// Nothing else than TLS; otherwise the first byte decides.
    bool tls_only = false;
    /// From accept until it is known which protocol the peer speaks, a handshake of TLS included.
    Millis detection_timeout{30'000};

    /// Nothing is to be found out: the room's protocol begins at once.
    [[nodiscard]] bool is_plain() const { return rooms.size() == 1 && tls == nullptr; }
};

}  // namespace tern::gateway
