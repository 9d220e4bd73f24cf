#pragma once

#include <fmt/core.h>

#include <string_view>

namespace tern::log {

enum class Level { debug, info, warning, error };

struct Line {
    Level level = Level::info;
    std::string_view module;  ///< a static name such as "journal"
    std::string_view format;  ///< static as well: what the text is made from
    std::string_view text;    ///< stays as long as the call
};

/// Where lines go. May be called from any thread.
using Sink = void (*)(const Line& line);

/// Installs the program's sink, before any thread is started. Without one, lines are dropped: this
/// is a front only, it does no I/O.
void set_sink(Sink sink) noexcept;

/// Lines below this level are not even formatted. The default is info.
void set_level(Level level) noexcept;
[[nodiscard]] bool enabled(Level level) noexcept;

void write(Level level, std::string_view module, fmt::string_view format, fmt::format_args args);

template <class... Args>
void debug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, module, format, fmt::make_format_args(args...));
}

template <class... Args>
void info(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, module, format, fmt::make_format_args(args...));
}

template <class... Args>
void warning(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning))
        write(Level::warning, module, format, fmt::make_format_args(args...));
}

template <class... Args>
void error(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, module, format, fmt::make_format_args(args...));
}

}  // namespace tern::log
