#include "base/log.h"

#include "base/log_levels.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace tern::log {
namespace {

// The one exception to "no globals": every part may have to say something, and passing a logger
// through each constructor would hide what the constructors are about.
std::atomic<Sink> g_sink{nullptr};
/// The lowest level of any module: below it nothing is formatted.
std::atomic<Level> g_level{Level::info};

/// Tables that were set before stay: somebody may be looking at them, and nobody sets many.
struct Table {
    Levels levels;
    const Table* before;
};
std::atomic<const Table*> g_table{nullptr};  ///< null: the level is that of all modules

constexpr std::array<std::pair<std::string_view, Level>, 4> kNames{{{"debug", Level::debug},
                                                                    {"info", Level::info},
                                                                    {"warning", Level::warning},
                                                                    {"error", Level::error}}};

bool wanted(Level level, std::string_view module) {
    const Table* const table = g_table.load();
    if (table == nullptr) return true;
    const auto found = table->levels.modules.find(module);
    return level >= (found == table->levels.modules.end() ? table->levels.all : found->second);
}

}  // namespace

void set_sink(Sink sink) noexcept {
    g_sink.store(sink);
}

void set_level(Level level) noexcept {
    set_levels({.all = level});
}

void set_levels(Levels levels) {
    Level lowest = levels.all;
    for (const auto& [module, level] : levels.modules) lowest = std::min(lowest, level);
    auto* const table = new Table{.levels = std::move(levels), .before = g_table.load()};
    while (!g_table.compare_exchange_weak(table->before, table)) {
    }
    g_level.store(lowest);
}

Levels levels() {
    const Table* const table = g_table.load();
    return table == nullptr ? Levels{.all = g_level.load()} : table->levels;
}

std::string_view name_of(Level level) {
    for (const auto& [name, one] : kNames) {
        if (one == level) return name;
    }
    return "";
}

std::optional<Level> parse_level(std::string_view name) {
    for (const auto& [known, level] : kNames) {
        if (known == name) return level;
    }
    return std::nullopt;
}

bool enabled(Level level) noexcept {
    return level >= g_level.load(std::memory_order_relaxed) &&
           g_sink.load(std::memory_order_relaxed) != nullptr;
}

void write(Level level, std::string_view module, fmt::string_view format, fmt::format_args args) {
    const Sink sink = g_sink.load();
    if (sink == nullptr || !wanted(level, module)) return;
    const std::string text = fmt::vformat(format, args);
    sink(
        {.level = level, .module = module, .format = {format.data(), format.size()}, .text = text});
}

}  // namespace tern::log
