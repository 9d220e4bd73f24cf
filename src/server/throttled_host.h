#pragma once

#include <string>
#include <string_view>

namespace tern::server {

/// Whose failed logins count together: a peer's address without its port, and of IPv6 the network
/// of 64 bits, for whoever has one address of it has all of them.
[[nodiscard]] std::string throttled_host(std::string_view peer);

}  // namespace tern::server
