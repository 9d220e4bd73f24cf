#pragma once

#include "gateway/networks.h"
#include "gateway/tls.h"
#include "protocol/room.h"
#include "runtime/clock.h"

#include <string>
#include <vector>

namespace tern::gateway {

/// What a listener offers to those who connect to it.
struct Service {
    std::string name;  ///< of the listener
    /// Which realm is asked for its clients; empty: the broker's.
    std::string security_domain = {};
    /// With several, the first bytes decide: then the peer has to speak first.
    std::vector<const protocol::Room*> rooms;
    /// Null: no TLS. It outlives the connections.
    const TlsContext* tls = nullptr;
    /// Nothing else than TLS; otherwise the first byte decides.
    bool tls_only = false;
    TlsOptions::ClientCertificate client_certificate = TlsOptions::ClientCertificate::none;
    /// A client's certificate has to be for the address that it comes from.
    bool verify_client_address = false;
    /// A connection, in TLS or not, may begin as a WebSocket; or it has to.
    bool web_socket = false;
    bool web_socket_only = false;
    std::uint64_t web_socket_frame_bytes_max = 0;
    /// Proxies pass connections on, and say for whom (`proxy_header.h`). Nobody else is let in.
    bool proxied = false;
    Networks proxies{};                      ///< the addresses that may do so
    std::uint64_t connections_max = 0;       ///< at a time; 0: as many as like to
    protocol::ConnectionLimits limits = {};  ///< of each connection
    /// From accept until it is known which protocol the peer speaks, all handshakes included.
    Millis detection_timeout{30'000};
    /// How long a peer may take nothing of what waits to be written to it; 0: as long as it likes.
    Millis write_timeout{0};
    /// After so long without a byte in either direction a connection ends; 0: never.
    Millis idle_timeout{0};

    /// Nothing is to be found out: the room's protocol begins at once.
    [[nodiscard]] bool is_plain() const {
        return rooms.size() == 1 && tls == nullptr && !web_socket && !proxied;
    }
};

}  // namespace tern::gateway
