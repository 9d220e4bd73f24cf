#pragma once

#include <cstdint>
#include <vector>

struct ssl_ctx_st;

namespace tern::gateway {

/// When certificates end, in seconds since 1970.
struct TlsExpiry {
    std::vector<std::int64_t> own = {};          ///< of the server, with its chain
    std::vector<std::int64_t> authorities = {};  ///< that sign the certificates of clients
};

/// Of what such a context shows, and of those it trusts.
[[nodiscard]] TlsExpiry expiry_of(ssl_ctx_st& context);

}  // namespace tern::gateway
