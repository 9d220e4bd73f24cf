#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::gateway {

/// Where a listener listens.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;  ///< 0: any free one

    bool operator==(const Endpoint&) const = default;
};

/// From `HOST:PORT`; an IPv6 address stands in brackets. Nothing when it is malformed.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);
/// Whether only this machine reaches it. Of names only `localhost` is known to be so.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint);

}  // namespace tern::gateway
