#pragma once

#include "protocol/amqp10/connection.h"
#include "protocol/amqp10/hub.h"
#include "protocol/room.h"

#include <atomic>

namespace tern::amqp10 {

class Room final : public protocol::Room {
public:
    /// `formats` outlives the room.
    Room(Options options, const message::Formats& formats)
        : options_(std::move(options)), environment_{options_, formats} {}

    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "amqp10"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] protocol::WebSocketUse web_socket() const override;
    [[nodiscard]] Bytes greeting() const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    Environment environment_;
    Reader reader_;
    /// Tells connections of all shards apart, to name what lives with them.
    mutable std::atomic<std::uint64_t> serials_{0};
};

}  // namespace tern::amqp10
