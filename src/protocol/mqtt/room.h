#pragma once

#include "message/formats.h"
#include "protocol/mqtt/convert.h"
#include "protocol/mqtt/session.h"
#include "protocol/room.h"

namespace tern::mqtt {

class Room final : public protocol::Room {
public:
    /// `authenticator` and `formats` outlive this object.
    Room(Options options, const Authenticator& authenticator, const message::Formats& formats)
        : options_(std::move(options)),
          environment_{options_, formats, authenticator, *traffic_, *sys_} {}

    /// Reads this protocol's messages for others.
    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "mqtt"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] protocol::WebSocketUse web_socket() const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;
    void find_residents(broker::Broker& broker, Names answer) const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_resident(
        std::string_view name, protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    std::unique_ptr<Traffic> traffic_ = std::make_unique<Traffic>();
    std::unique_ptr<SysBoard> sys_ = std::make_unique<SysBoard>();
    Session::Environment environment_;
    Reader reader_;
};

}  // namespace tern::mqtt
