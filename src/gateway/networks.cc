#include "gateway/networks.h"

#include <algorithm>
#include <string>

namespace tern::gateway {
namespace ip = boost::asio::ip;

std::optional<Networks> Networks::parse(std::string_view text) {
    Networks networks;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        if (!networks.add(text.substr(0, comma))) return {};
        text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    }
    return networks;
}

bool Networks::add(std::string_view one) {
    const bool whole = one.find('/') == std::string_view::npos;
    const bool is_v6 = one.find(':') != std::string_view::npos;
    const std::string text = std::string(one) + (!whole ? "" : is_v6 ? "/128" : "/32");
    boost::system::error_code error;
    if (is_v6) {
        v6_.push_back(ip::make_network_v6(text, error));
    } else {
        v4_.push_back(ip::make_network_v4(text, error));
    }
    return !error;
}

bool Networks::contain(ip::address address) const {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
    }
    if (address.is_v4()) {
        return std::ranges::any_of(v4_, [v4 = address.to_v4()](const ip::network_v4& network) {
            const auto mask = network.netmask().to_uint();
            return (v4.to_uint() & mask) == (network.address().to_uint() & mask);
        });
    }
    return std::ranges::any_of(v6_, [v6 = address.to_v6()](const ip::network_v6& network) {
        return ip::network_v6(v6, network.prefix_length()).network() == network.network();
    });
}

}  // namespace tern::gateway
