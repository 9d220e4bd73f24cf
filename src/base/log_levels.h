#pragma once

#include "base/log.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tern::log {

/// Which lines are written: from this level on, and other levels for some modules.
struct Levels {
    Level all = Level::info;
    std::map<std::string, Level, std::less<>> modules = {};
};

/// From any thread, at any time; `set_level` sets `all` and leaves none for modules.
void set_levels(Levels levels);
[[nodiscard]] Levels levels();

[[nodiscard]] std::string_view name_of(Level level);
[[nodiscard]] std::optional<Level> parse_level(std::string_view name);

}  // namespace tern::log
