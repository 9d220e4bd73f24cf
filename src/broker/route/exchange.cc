#include "broker/route/exchange.h"

namespace tern::broker {
namespace {

constexpr char kSeparator = '\x1F';  // in no name that a client of another protocol would type

}  // namespace

std::string queue_address(std::string_view vhost, std::string_view name) {
    if (vhost == kDefaultVhost) return std::string(name);
    std::string address(1, kSeparator);
    address += vhost;
    address += kSeparator;
    address += name;
    return address;
}

VhostName split_address(std::string_view address) {
    const std::size_t end =
        address.starts_with(kSeparator) ? address.find(kSeparator, 1) : std::string_view::npos;
    if (end == std::string_view::npos) return {kDefaultVhost, address};
    return {address.substr(1, end - 1), address.substr(end + 1)};
}

}  // namespace tern::broker
