#pragma once

#include "base/log_levels.h"

#include <optional>
#include <string_view>

namespace tern::admin {

// Levels of the log by Log4j's names.

[[nodiscard]] std::string_view log4j_name(log::Level level);
[[nodiscard]] std::optional<log::Level> parse_log4j(std::string_view name);

/// Sets the level of a module, or for an empty one that of all. False: too many modules have one.
[[nodiscard]] bool set_log_level(std::string_view module, log::Level level);

}  // namespace tern::admin
