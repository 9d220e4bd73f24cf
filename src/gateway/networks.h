#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace tern::gateway {

/// Addresses and networks, as in `10.0.0.0/8,192.168.1.7,fd00::/8`.
class Networks {
public:
    /// Nothing when one of them is malformed; of an empty text, none.
    [[nodiscard]] static std::optional<Networks> parse(std::string_view text);

    /// An IPv4 address is the same in IPv6's clothes.
    [[nodiscard]] bool contain(boost::asio::ip::address address) const;
    [[nodiscard]] bool empty() const { return v4_.empty() && v6_.empty(); }

private:
    [[nodiscard]] bool add(std::string_view one);

    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace tern::gateway
