#include "admin/roles.h"

#include "admin/json.h"
#include "admin/rest.h"
#include "admin/target.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tern::admin {
namespace {

constexpr std::string_view kJolokia = "/api/jolokia";
constexpr int kJsonDepth = 16;

bool reads(const json::value& one) {
    const json::object* const object = one.if_object();
    const json::value* const type = object == nullptr ? nullptr : object->if_contains("type");
    const json::string* const text = type == nullptr ? nullptr : type->if_string();
    if (text == nullptr) return false;
    constexpr std::array<std::string_view, 4> kReading{"read", "list", "search", "version"};
    return std::ranges::any_of(kReading, [text](std::string_view name) {
        return std::ranges::equal(*text, name, {}, [](unsigned char c) { return std::tolower(c); });
    });
}

/// What a POST to Jolokia asks for: one thing, or a list of some.
Role jolokia_role(const Request& request) {
    boost::json::error_code error;
    json::parse_options options;
    options.max_depth = kJsonDepth;
    const json::value asked = json::parse(request.body, error, {}, options);
    if (error) return Role::admin;
    const json::array* const several = asked.if_array();
    const bool all_read = several == nullptr ? reads(asked) : std::ranges::all_of(*several, reads);
    return all_read ? Role::view : Role::admin;
}

/// Whether it works with messages, or stops and goes on with a queue.
bool operates(const Request& request) {
    const auto target = parse_target(request.target);
    if (!target || request.method != "POST") {
        // One message may be deleted by name.
        const bool message = target && request.method == "DELETE" && target->path.size() == 6 &&
                             target->path[2] == "queues" && target->path[4] == "messages";
        return message;
    }
    const auto& path = target->path;
    if (path.size() < 5 || path[0] != "api" || path[1] != "v1") return false;
    if (path[2] == "topics") return path[4] == "messages";
    constexpr std::array<std::string_view, 4> kOperations{"messages", "purge", "pause", "resume"};
    return path[2] == "queues" && std::ranges::find(kOperations, path[4]) != kOperations.end();
}

constexpr std::array<std::string_view, 8> kForEverybody{
    "/",           "/admin",       "/admin/",       "/console.css",
    "/console.js", "/health/live", "/health/ready", kSessionPath};

}  // namespace

std::string_view to_text(Role role) {
    switch (role) {
        case Role::nobody:
            return "nobody";
        case Role::view:
            return "view";
        case Role::operate:
            return "operate";
        case Role::admin:
            break;
    }
    return "admin";
}

std::string_view path_of(const Request& request) {
    return std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
}

Role needed_role(const Request& request) {
    const std::string_view path = path_of(request);
    if (std::ranges::find(kForEverybody, path) != kForEverybody.end()) return Role::nobody;
    // A GET takes a message away, too.
    if (Rest::knows(path)) return Role::operate;
    if (request.method == "GET" || request.method == "HEAD") return Role::view;
    // Collectors post to paths such as /api/jolokia/read.
    if (path == kJolokia || path.starts_with("/api/jolokia/")) return jolokia_role(request);
    return operates(request) ? Role::operate : Role::admin;
}

}  // namespace tern::admin
