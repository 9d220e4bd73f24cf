#pragma once

#include "config/model.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::config::artemis {

/// A name or pattern as this broker writes it, with `.`, `*` and `>` at the end; or why there is
/// none that means the same.
[[nodiscard]] std::expected<std::string, std::string> plain_pattern(std::string_view text,
                                                                    const WildcardAddresses& names);

}  // namespace tern::config::artemis
