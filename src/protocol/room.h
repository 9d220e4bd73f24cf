#pragma once

#include "broker/api/broker.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <memory>
#include <string_view>

namespace tern::protocol {

/// What the first bytes of a connection say about its protocol.
enum class Detection { yes, no, unknown };

/// The one door into a protocol. Immutable, shared by all shards.
class Room {
public:
    virtual ~Room() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Detection detect(Bytes first) const = 0;
    /// `wire` and `broker` outlive the session.
    [[nodiscard]] virtual std::unique_ptr<Session> make_session(Wire& wire,
                                                                broker::Broker& broker) const = 0;
};

}  // namespace tern::protocol
