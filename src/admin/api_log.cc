#include "admin/api.h"
#include "admin/log4j.h"

// Levels of the log, which hold until the broker ends.

namespace tern::admin {
namespace {

constexpr std::size_t kNameBytesMax = 64;

json::object levels_json(const log::Levels& levels) {
    json::object modules;
    for (const auto& [module, level] : levels.modules) {
        modules[json_text(module)] = log::name_of(level);
    }
    return {{"level", log::name_of(levels.all)}, {"modules", std::move(modules)}};
}

}  // namespace

void Api::show_log(const CallPtr& call) {
    call->reply(200, levels_json(log::levels()));
}

void Api::set_log(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const auto text = [&body](const char* name) -> std::string {
        const json::value* const given = body->if_contains(name);
        return given != nullptr && given->is_string() ? std::string(given->get_string()) : "";
    };
    const auto level = log::parse_level(text("level"));
    const std::string module = text("module");
    if (!level || module.size() > kNameBytesMax) {
        return call->fail(400, "malformed", "'level' has to be debug, info, warning or error");
    }
    if (!set_log_level(module, *level)) {
        return call->fail(400, "malformed", "too many modules have levels of their own");
    }
    call->reply(200, levels_json(log::levels()));
}

}  // namespace tern::admin
