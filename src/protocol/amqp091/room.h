#pragma once

#include "message/formats.h"
#include "protocol/amqp091/native.h"
#include "protocol/amqp091/options.h"
#include "protocol/room.h"

#include <atomic>

namespace tern::amqp091 {

class Room final : public protocol::Room {
public:
    /// `formats` is filled in before the first session and outlives the room.
    Room(Options options, const message::Formats& formats)
        : options_(std::move(options)), formats_(formats) {}

    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "amqp091"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] protocol::WebSocketUse web_socket() const override;
    [[nodiscard]] Bytes greeting() const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;
    /// One that makes what definitions name, if there are any.
    void find_residents(broker::Broker& broker, Names answer) const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_resident(
        std::string_view name, protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    const message::Formats& formats_;
    Reader reader_;
    mutable std::atomic<std::uint64_t> names_{0};
};

}  // namespace tern::amqp091
