#pragma once

#include "client/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tern::client {

struct Endpoint {
    static constexpr std::uint16_t kPortDefault = 61616;

    std::string host{};
    std::uint16_t port = kPortDefault;

    bool operator==(const Endpoint&) const = default;
};

/// From `tcp://host`, `tcp://host:port` or `tcp://[v6]:port`. Errors: bad_argument.
[[nodiscard]] Result<Endpoint> parse_url(std::string_view url);

}  // namespace tern::client
