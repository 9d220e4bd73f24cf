#pragma once

#include "message/formats.h"
#include "protocol/room.h"
#include "server/options.h"

#include <memory>
#include <string_view>
#include <vector>

namespace tern::server {

/// One of each protocol.
using Rooms = std::vector<std::unique_ptr<protocol::Room>>;

/// Every protocol this broker speaks. `options` and `formats`, by which they read each other's
/// messages, outlive them; here each adds its own format.
[[nodiscard]] Rooms make_rooms(const Options& options, message::Formats& formats);

/// The name of all protocols together.
inline constexpr std::string_view kEveryProtocol = "auto";

/// What clients of a listener of that name may speak: all of them for `kEveryProtocol`; any other
/// name is that of a protocol, or what the names of several begin with, such as "amqp". Empty:
/// nothing is called so.
[[nodiscard]] std::vector<const protocol::Room*> rooms_for(std::string_view listener,
                                                           const Rooms& rooms);

}  // namespace tern::server
