#pragma once

#include "protocol/openwire/options.h"
#include "protocol/room.h"

namespace tern::openwire {

class Room final : public protocol::Room {
public:
    explicit Room(Options options) : options_(std::move(options)) {}

    [[nodiscard]] const Options& options() const { return options_; }

    [[nodiscard]] std::string_view name() const override { return "openwire"; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override;
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(
        protocol::Wire& wire, broker::Broker& broker) const override;

private:
    Options options_;
};

}  // namespace tern::openwire
