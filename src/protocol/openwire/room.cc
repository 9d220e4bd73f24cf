#include "protocol/openwire/room.h"

#include "protocol/openwire/codec/frame.h"
#include "protocol/openwire/session.h"

namespace tern::openwire {

protocol::Detection Room::detect(Bytes first) const {
    switch (recognise(first)) {
        case Recognition::yes:
            return protocol::Detection::yes;
        case Recognition::no:
            return protocol::Detection::no;
        case Recognition::unknown:
            break;
    }
    return protocol::Detection::unknown;
}

std::unique_ptr<protocol::Session> Room::make_session(protocol::Wire& wire,
                                                      broker::Broker& broker) const {
    return std::make_unique<Session>(options_, formats_, *statistics_, wire, broker);
}

}  // namespace tern::openwire
