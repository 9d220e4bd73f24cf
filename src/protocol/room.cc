#include "protocol/room.h"

namespace tern::protocol {

void Room::find_residents(broker::Broker&, Names answer) const {
    answer({});
}

std::unique_ptr<Session> Room::make_resident(std::string_view, Wire&, broker::Broker&) const {
    return nullptr;
}

}  // namespace tern::protocol
