#pragma once

#include "bytes/buffer.h"

#include <optional>
#include <string>

namespace tern::gateway {

/// Why a connection has to end; an empty text is an orderly end.
using End = std::optional<std::string>;

/// What lies between a socket and a protocol, such as TLS: bytes in, bytes out. Knows no socket.
class Layer {
public:
    virtual ~Layer() = default;

    /// Takes what came from below. Appends what it carried to `up`, and to `down` what is to be
    /// answered. Nothing may be received after an end.
    [[nodiscard]] virtual End receive(Bytes from_below, std::string& up, std::string& down) = 0;
    /// Appends to `down` what carries `bytes`.
    virtual void send(Bytes bytes, std::string& down) = 0;
    /// Appends the last words to `down`. `orderly`: the protocol above has ended as it should.
    virtual void close(bool orderly, std::string& down) = 0;
    /// Whom the peer has shown to be, as `protocol::Wire` has it; empty: nobody.
    [[nodiscard]] virtual std::string certificate() const { return {}; }
};

}  // namespace tern::gateway
