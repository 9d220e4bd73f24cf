#include "server/throttled_host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>

namespace tern::server {

std::string throttled_host(std::string_view peer) {
    std::string host(peer.substr(0, std::min(peer.rfind(':'), peer.size())));
    if (!host.starts_with('[') || !host.ends_with(']')) return host;
    const std::string inner = host.substr(1, host.size() - 2);
    ::in6_addr address{};
    if (::inet_pton(AF_INET6, inner.substr(0, inner.find('%')).c_str(), &address) != 1) {
        return host;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    // A socket for both has clients of IPv4 at such addresses.
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (std::ranges::equal(std::span(address.s6_addr).first(kMapped.size()), kMapped)) {
        ::inet_ntop(AF_INET, &address.s6_addr[kMapped.size()], text.data(), text.size());
        return text.data();
    }
    constexpr std::size_t kNetworkBytes = 8;
    std::fill(std::begin(address.s6_addr) + kNetworkBytes, std::end(address.s6_addr), 0);
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    return std::string("[") + text.data() + "]/64";
}

}  // namespace tern::server
