#include "server/console_log.h"

#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace tern::server {
namespace {

spdlog::level::level_enum to_spdlog(log::Level level) {
    switch (level) {
        case log::Level::debug:
            return spdlog::level::debug;
        case log::Level::info:
            return spdlog::level::info;
        case log::Level::warning:
            return spdlog::level::warn;
        case log::Level::error:
            break;
    }
    return spdlog::level::err;
}

/// What a stranger has put into a line ends none and begins none.
std::string in_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
    return line;
}

void write(log::Level level, std::string_view module, std::string_view text) {
    spdlog::log(to_spdlog(level), "{}: {}", module, in_one_line(text));
}

}  // namespace

void log_to_console(const std::string& level) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("ternd"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    spdlog::set_level(spdlog::level::trace);
    log::set_level(level == "debug"     ? log::Level::debug
                   : level == "warning" ? log::Level::warning
                   : level == "error"   ? log::Level::error
                                        : log::Level::info);
    log::set_sink(&write);
}

}  // namespace tern::server
