#pragma once

#include "message/formats.h"
#include "protocol/mqtt/convert.h"
#include "protocol/mqtt/options.h"
#include "protocol/room.h"

namespace tern::mqtt {

class Room final : public protocol::Room {
public:
    /// `formats` outlives this object.
    Room(Options options, const message::Formats& formats) : options_(options), formats_(formats) {}

    /// Reads this protocol's messages for others.
    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "mqtt"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] protocol::WebSocketUse web_socket() const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    const message::Formats& formats_;
    Reader reader_;
};

}  // namespace tern::mqtt
