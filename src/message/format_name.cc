#include "message/format_name.h"

namespace tern {

std::string_view name_of(Format format) {
    switch (format) {
        case Format::openwire:
            return "openwire";
        case Format::amqp10:
            return "amqp10";
        case Format::amqp091:
            return "amqp091";
        case Format::stomp:
            return "stomp";
        case Format::mqtt:
            return "mqtt";
        case Format::scheduled:
            return "scheduled";
    }
    return "unknown";
}

}  // namespace tern
