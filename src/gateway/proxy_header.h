#pragma once

#include "bytes/buffer.h"
#include "gateway/endpoint.h"

#include <expected>
#include <optional>
#include <string>

namespace tern::gateway {

/// What a proxy says first about the connection that it passes on: the PROXY protocol, versions 1
/// (a line of text) and 2 (binary).
struct ProxyHeader {
    std::size_t size = 0;  ///< in bytes; what follows is the client's. 0: it has not come whole
    /// The client's; nothing when the proxy speaks for itself, or of something else than TCP.
    std::optional<Endpoint> source;

    bool operator==(const ProxyHeader&) const = default;
};

/// Reads what a connection begins with; or what is wrong with it.
[[nodiscard]] std::expected<ProxyHeader, std::string> read_proxy_header(Bytes first);

}  // namespace tern::gateway
