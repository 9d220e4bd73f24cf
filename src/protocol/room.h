#pragma once

#include "broker/api/broker.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern::protocol {

/// What the first bytes of a connection say about its protocol.
enum class Detection { yes, no, unknown };

/// How clients ask for a protocol over a WebSocket.
struct WebSocketUse {
    std::span<const std::string_view> names;  ///< sub-protocols, the best first; none: they do not
    bool text = false;                        ///< it may come as text
};

/// The one door into a protocol. Immutable, shared by all shards.
class Room {
public:
    virtual ~Room() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Detection detect(Bytes first) const = 0;
    [[nodiscard]] virtual WebSocketUse web_socket() const { return {}; }
    /// `wire` and `broker` outlive the session.
    [[nodiscard]] virtual std::unique_ptr<Session> make_session(Wire& wire,
                                                                broker::Broker& broker) const = 0;

    /// What somebody is told who speaks something else on a port where only this is spoken; empty:
    /// nothing.
    [[nodiscard]] virtual Bytes greeting() const { return {}; }
    /// Names for `make_resident`: sessions that have no peer and begin with the broker.
    using Names = std::move_only_function<void(std::vector<std::string>)>;
    /// Asks `broker` for what it needs to know, which lives until the answer.
    virtual void find_residents(broker::Broker& broker, Names answer) const;
    /// One that lingers from its start (`Session::lingers`), and ends by `Wire::close`.
    [[nodiscard]] virtual std::unique_ptr<Session> make_resident(std::string_view name, Wire& wire,
                                                                 broker::Broker& broker) const;
};

}  // namespace tern::protocol
