#include "broker/route/exchange.h"

namespace tern::broker {

std::string queue_address(std::string_view vhost, std::string_view name) {
    if (vhost == kDefaultVhost) return std::string(name);
    std::string address(1, '\x1F');  // no name that a client of another protocol would type
    address += vhost;
    address += '\x1F';
    address += name;
    return address;
}

}  // namespace tern::broker
