#pragma once

#include "protocol/openwire/hub_reader.h"
#include "protocol/openwire/options.h"
#include "protocol/openwire/statistics.h"
#include "protocol/room.h"

namespace tern::openwire {

class Room final : public protocol::Room {
public:
    /// `formats`, which outlives the room, reads the messages of other protocols.
    Room(Options options, const message::Formats& formats)
        : options_(std::move(options)),
          formats_(formats),
          reader_(static_cast<std::size_t>(options_.inflated_bytes_max)),
          statistics_(std::make_unique<Statistics>(options_, formats)) {}

    [[nodiscard]] const Options& options() const { return options_; }
    /// Reads this protocol's messages for others.
    [[nodiscard]] const message::FormatReader& reader() const { return reader_; }

    [[nodiscard]] std::string_view name() const override { return "openwire"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
    const message::Formats& formats_;
    HubReader reader_;
    std::unique_ptr<Statistics> statistics_;
};

}  // namespace tern::openwire
