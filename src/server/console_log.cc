#include "server/console_log.h"

#include "admin/json.h"
#include "base/log_levels.h"
#include "server/configure.h"
#include "server/repeated_lines.h"

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

void write_text(log::Level level, std::string_view module, std::string_view text) {
    spdlog::log(to_spdlog(level), "{}: {}", module, in_one_line(text));
}

/// For programs that read it; the broker's name is in the pattern.
void write_json(log::Level level, std::string_view module, std::string_view text) {
    spdlog::log(to_spdlog(level), "\"module\":{},\"message\":{}",
                admin::json::serialize(admin::json_text(module)),
                admin::json::serialize(admin::json_text(text)));
}

/// A sink is a function and nothing else: what it needs is here. It stays, since threads may last
/// that could not be stopped.
struct Console {
    void (*write)(log::Level level, std::string_view module, std::string_view text);
    RepeatedLines repeated;
};
Console* g_console = nullptr;

void write(const log::Line& line) {
    if (g_console->repeated.pass(line)) g_console->write(line.level, line.module, line.text);
}

std::string json_pattern(const std::string& broker) {
    std::string name;
    for (const char c : admin::json::serialize(admin::json_text(broker))) {
        name += c;
        if (c == '%') name += c;
    }
    return R"({"time":"%Y-%m-%dT%H:%M:%S.%e","level":"%l","broker":)" + name + ",%v}";
}

}  // namespace

void log_to_console(const Options& options) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("ternd"));
    spdlog::set_pattern(options.log_json ? json_pattern(options.openwire.broker_name)
                                         : "%Y-%m-%dT%H:%M:%S.%e %l %v");
    spdlog::set_level(spdlog::level::trace);
    log::Levels levels{.all = log::parse_level(options.log_level).value_or(log::Level::info)};
    for (const std::string_view events : told_events(options.document)) {
        levels.modules.emplace(events, log::Level::debug);
    }
    log::set_levels(std::move(levels));
    g_console = new Console{.write = options.log_json ? &write_json : &write_text,
                            .repeated = RepeatedLines(options.log_repetitions_max)};
    log::set_sink(&write);
}

void tell_withheld_lines() {
    for (const auto& one : g_console->repeated.end_period()) {
        g_console->write(one.level, one.module,
                         fmt::format("{} more lines of this kind were withheld, the last: {}",
                                     one.count, one.last));
    }
}

}  // namespace tern::server
