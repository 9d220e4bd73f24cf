#include "admin/log4j.h"

#include <array>
#include <utility>

namespace tern::admin {
namespace {

constexpr std::size_t kModulesMax = 100;
constexpr std::array<std::pair<std::string_view, log::Level>, 4> kNames{
    {{"DEBUG", log::Level::debug},
     {"INFO", log::Level::info},
     {"WARN", log::Level::warning},
     {"ERROR", log::Level::error}}};

}  // namespace

std::string_view log4j_name(log::Level level) {
    for (const auto& [name, one] : kNames) {
        if (one == level) return name;
    }
    return "";
}

std::optional<log::Level> parse_log4j(std::string_view name) {
    for (const auto& [known, level] : kNames) {
        if (known == name) return level;
    }
    return std::nullopt;
}

bool set_log_level(std::string_view module, log::Level level) {
    log::Levels levels = log::levels();
    if (module.empty()) {
        levels.all = level;
    } else {
        levels.modules[std::string(module)] = level;
    }
    // One that says what holds anyway says nothing.
    std::erase_if(levels.modules, [&](const auto& one) { return one.second == levels.all; });
    if (levels.modules.size() > kModulesMax) return false;
    log::set_levels(std::move(levels));
    log::info("admin", "the log's level {}{} is {} now", module.empty() ? "" : "of ", module,
              log::name_of(level));
    return true;
}

}  // namespace tern::admin
