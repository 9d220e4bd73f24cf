#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tern::gateway {

/// What becomes of an HTTP request for a WebSocket (RFC 6455, 4.2).
struct Upgrade {
    std::string answer;       ///< to the client, whatever it is
    std::string problem;      ///< empty: from here on it is a WebSocket
    std::string subprotocol;  ///< empty: the client asked for none
};

/// `request` ends with its empty line. `known` sub-protocols come in the order in which they are
/// preferred, which is what counts and not the client's.
[[nodiscard]] Upgrade answer_upgrade(std::string_view request,
                                     std::span<const std::string_view> known);

/// The answer to what is too long to be a request.
[[nodiscard]] Upgrade refuse_long_request();

}  // namespace tern::gateway
