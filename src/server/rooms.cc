#include "server/rooms.h"

#include "protocol/amqp091/room.h"
#include "protocol/amqp10/room.h"
#include "protocol/mqtt/room.h"
#include "protocol/openwire/room.h"
#include "protocol/stomp/room.h"

namespace tern::server {
namespace {

const mqtt::NoMethods kNoMethods;

}  // namespace

Rooms make_rooms(const Options& options, message::Formats& formats) {
    Rooms rooms;
    const auto add = [&]<class R>(Format format, std::unique_ptr<R> room) {
        formats.add(format, room->reader());
        rooms.push_back(std::move(room));
    };
    add(Format::openwire, std::make_unique<openwire::Room>(options.openwire, formats));
    add(Format::stomp, std::make_unique<stomp::Room>(options.stomp, formats));
    add(Format::amqp091, std::make_unique<amqp091::Room>(options.amqp091, formats));
    add(Format::amqp10, std::make_unique<amqp10::Room>(options.amqp10, formats));
    add(Format::mqtt, std::make_unique<mqtt::Room>(options.mqtt, kNoMethods, formats));
    return rooms;
}

std::vector<const protocol::Room*> rooms_for(std::string_view listener, const Rooms& rooms) {
    std::vector<const protocol::Room*> found;
    for (const auto& room : rooms) {
        if (listener == kEveryProtocol || room->name().starts_with(listener)) {
            found.push_back(room.get());
        }
    }
    return found;
}

}  // namespace tern::server
