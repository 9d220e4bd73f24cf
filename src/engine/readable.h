#pragma once

#include "broker/api/destination.h"

#include <string>

namespace tern::engine {

/// A destination for the log, as in `queue://a`, `queue://a in vhost shop`: nothing in it breaks a
/// line.
[[nodiscard]] std::string readable(const broker::DestinationView& destination);

}  // namespace tern::engine
