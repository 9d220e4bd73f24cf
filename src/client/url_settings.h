#pragma once

#include "client/url.h"

#include <utility>

namespace tern::client {

/// `name=value` of a URL's query.
using Setting = std::pair<std::string, std::string>;

/// What stands behind the `?`, with %XX decoded. Errors: bad_argument.
[[nodiscard]] Result<std::vector<Setting>> parse_query(std::string_view query);

// Each takes one setting. Errors: bad_argument (the name is unknown, or the value no good).
[[nodiscard]] Result<void> apply(const Setting& setting, Endpoint& endpoint);
[[nodiscard]] Result<void> apply(const Setting& setting, FailoverOptions& failover);
/// Without the `jms.` before its name.
[[nodiscard]] Result<void> apply(const Setting& setting, ConnectionOptions& options);

}  // namespace tern::client
