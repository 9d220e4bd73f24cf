#include "base/log.h"

#include <atomic>

namespace tern::log {
namespace {

// The one exception to "no globals": every part may have to say something, and passing a logger
// through each constructor would hide what the constructors are about.
std::atomic<Sink> g_sink{nullptr};
std::atomic<Level> g_level{Level::info};

}  // namespace

void set_sink(Sink sink) noexcept {
    g_sink.store(sink);
}

void set_level(Level level) noexcept {
    g_level.store(level);
}

bool enabled(Level level) noexcept {
    return level >= g_level.load(std::memory_order_relaxed) &&
           g_sink.load(std::memory_order_relaxed) != nullptr;
}

void write(Level level, std::string_view module, fmt::string_view format, fmt::format_args args) {
    if (const Sink sink = g_sink.load()) sink(level, module, fmt::vformat(format, args));
}

}  // namespace tern::log
