#pragma once

#include "base/result.h"

namespace tern::broker {

/// Why a command of a protocol with exchanges is refused, besides `Errc`.
enum class RouteErrc {
    in_use = 1,  ///< to be removed only if unused
    not_empty,   ///< to be removed only if empty
    no_route,    ///< the exchange leads to no queue
};

[[nodiscard]] std::error_code make_error_code(RouteErrc code) noexcept;

}  // namespace tern::broker

template <>
struct std::is_error_code_enum<tern::broker::RouteErrc> : std::true_type {};
