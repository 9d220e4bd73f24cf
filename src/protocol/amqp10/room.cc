#include "protocol/amqp10/room.h"

#include <algorithm>
#include <array>

namespace tern::amqp10 {

protocol::Detection Room::detect(Bytes first) const {
    // «AMQP», the protocol id, then 1.0.0; AMQP 0-9-1 has id 0 and version 0.9.1 there.
    static constexpr std::array<std::uint8_t, 4> kName{'A', 'M', 'Q', 'P'};
    const std::size_t known = std::min(first.size(), kName.size());
    if (!std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(known),
                    kName.begin())) {
        return protocol::Detection::no;
    }
    if (first.size() < kProtocolHeaderBytes - 2) return protocol::Detection::unknown;
    return first[5] == 1 ? protocol::Detection::yes : protocol::Detection::no;
}

protocol::WebSocketUse Room::web_socket() const {
    static constexpr std::array<std::string_view, 2> kNames{"amqp", "AMQPWSB10"};
    return {.names = kNames};
}

Bytes Room::greeting() const {
    static const auto header = protocol_header(ProtocolId::amqp);
    return header;
}

std::unique_ptr<protocol::Session> Room::make_session(protocol::Wire& wire,
                                                      broker::Broker& broker) const {
    return std::make_unique<Connection>(environment_, ++serials_, wire, broker);
}

}  // namespace tern::amqp10
