#pragma once

#include "message/formats.h"
#include "protocol/room.h"
#include "protocol/stomp/hub.h"
#include "protocol/stomp/options.h"

#include <atomic>

namespace tern::stomp {

class Room final : public protocol::Room {
public:
    /// `formats`, which outlives the room, reads the messages of other protocols.
    Room(Options options, const message::Formats& formats)
        : options_(std::move(options)), formats_(formats) {}

    /// Reads this protocol's messages for others.
    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "stomp"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] protocol::WebSocketUse web_socket() const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    const message::Formats& formats_;
    HubReader reader_;
    mutable std::atomic<std::uint64_t> last_connection_{0};
};

}  // namespace tern::stomp
