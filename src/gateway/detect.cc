#include "gateway/detect.h"

namespace tern::gateway {

Detected detect(std::span<const protocol::Room* const> rooms, Bytes first) {
    Detected result{protocol::Detection::no, nullptr};
    for (const protocol::Room* room : rooms) {
        switch (room->detect(first)) {
            case protocol::Detection::yes:
                return {protocol::Detection::yes, room};
            case protocol::Detection::unknown:
                result.detection = protocol::Detection::unknown;
                break;
            case protocol::Detection::no:
                break;
        }
    }
    return result;
}

}  // namespace tern::gateway
