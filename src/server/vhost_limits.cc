#include "server/vhost_limits.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <span>

namespace tern::server {
namespace {

namespace json = boost::json;
using broker::VhostLimit;

struct Known {
    std::string_view key;
    VhostLimit what;
};
constexpr std::array<Known, 2> kOfVhosts{
    {{"max-connections", VhostLimit::vhost_connections}, {"max-queues", VhostLimit::vhost_queues}}};
constexpr std::array<Known, 2> kOfUsers{{{"max-connections", VhostLimit::user_connections},
                                         {"max-channels", VhostLimit::user_channels}}};

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value == nullptr || !value->is_string() ? std::string()
                                                   : std::string(value->get_string());
}

const json::array& list_of(const json::object& whole, std::string_view name) {
    static const json::array none;
    const json::value* const list = whole.if_contains(name);
    return list == nullptr || !list->is_array() ? none : list->get_array();
}

/// What is wrong; empty: nothing.
std::string take(const json::object& limits, std::span<const Known> known, const std::string& name,
                 broker::VhostLimits& into) {
    for (const Known& one : known) {
        const json::value* const value = limits.if_contains(one.key);
        if (value == nullptr) continue;
        if (!value->is_int64()) return name + ": its " + std::string(one.key) + " is no number";
        into.set(one.what, name, value->get_int64());
    }
    return {};
}

}  // namespace

std::expected<broker::VhostLimits, std::string> read_vhost_limits(std::string_view definitions) {
    boost::system::error_code error;
    const json::value value = json::parse(definitions, error);
    if (error || !value.is_object()) return std::unexpected("it is no object");
    broker::VhostLimits limits;
    std::string problem;
    const auto read = [&](const json::object& of, std::string_view member,
                          std::span<const Known> known, const std::string& name) {
        const json::value* const inner = of.if_contains(member);
        if (inner == nullptr || !inner->is_object() || !problem.empty()) return;
        problem = take(inner->get_object(), known, name, limits);
    };
    for (const json::value& one : list_of(value.get_object(), "parameters")) {
        const json::object* const parameter = one.if_object();
        if (parameter == nullptr || text_of(*parameter, "component") != "vhost-limits") continue;
        read(*parameter, "value", kOfVhosts, text_of(*parameter, "vhost"));
    }
    for (const json::value& one : list_of(value.get_object(), "users")) {
        const json::object* const user = one.if_object();
        if (user != nullptr) read(*user, "limits", kOfUsers, text_of(*user, "name"));
    }
    if (!problem.empty()) return std::unexpected("limits: " + problem);
    return limits;
}

}  // namespace tern::server
