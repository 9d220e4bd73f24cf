#include "protocol/amqp091/room.h"

#include "protocol/amqp091/codec/frame.h"
#include "protocol/amqp091/definitions_session.h"
#include "protocol/amqp091/session.h"

#include <algorithm>
#include <array>

namespace tern::amqp091 {

protocol::Detection Room::detect(Bytes first) const {
    const std::size_t count = std::min(first.size(), kProtocolHeader.size());
    if (!std::ranges::equal(first.first(count), Bytes(kProtocolHeader).first(count))) {
        return protocol::Detection::no;
    }
    return count < kProtocolHeader.size() ? protocol::Detection::unknown : protocol::Detection::yes;
}

protocol::WebSocketUse Room::web_socket() const {
    static constexpr std::array<std::string_view, 1> kNames{"amqp"};
    return {.names = kNames};
}

Bytes Room::greeting() const {
    return kProtocolHeader;
}

std::unique_ptr<protocol::Session> Room::make_session(protocol::Wire& wire,
                                                      broker::Broker& broker) const {
    return std::make_unique<Session>(options_, formats_, names_, wire, broker);
}

void Room::find_residents(broker::Broker&, Names answer) const {
    std::vector<std::string> names;
    if (!options_.definitions->empty()) names.emplace_back("definitions");
    answer(std::move(names));
}

std::unique_ptr<protocol::Session> Room::make_resident(std::string_view, protocol::Wire& wire,
                                                       broker::Broker& broker) const {
    return std::make_unique<DefinitionsSession>(*options_.definitions, wire, broker);
}

}  // namespace tern::amqp091
