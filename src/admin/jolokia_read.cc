#include "admin/jolokia.h"

#include <algorithm>

namespace tern::admin {
namespace {

constexpr std::string_view kNoInstance = "javax.management.InstanceNotFoundException";
constexpr std::string_view kNoAttribute = "javax.management.AttributeNotFoundException";

json::object no_name(const std::string& text) {
    return jolokia_error(400, "javax.management.MalformedObjectNameException",
                         "'" + text + "' is no name of an MBean");
}

/// The attributes that are asked for; none: all.
std::vector<std::string> wanted(const json::object& request) {
    const json::value* const given = request.if_contains("attribute");
    std::vector<std::string> names;
    if (given == nullptr) return names;
    if (given->is_string()) names.emplace_back(given->get_string());
    if (given->is_array()) {
        for (const json::value& one : given->get_array()) {
            if (one.is_string()) names.emplace_back(one.get_string());
        }
    }
    return names;
}

/// A path's first part, which is taken off it: what lies before a slash that has no `!` before it.
std::string take_part(std::string_view& path) {
    std::string part;
    while (!path.empty() && path.front() != '/') {
        if (path.front() == '!' && path.size() > 1) path.remove_prefix(1);
        part += path.front();
        path.remove_prefix(1);
    }
    if (!path.empty()) path.remove_prefix(1);
    return part;
}

/// What lies at `path` within a value: names of members and places in lists, separated by slashes.
const json::value* inside(const json::value& value, std::string_view path) {
    const json::value* at = &value;
    while (!path.empty()) {
        const std::string part = take_part(path);
        if (at->is_object()) {
            at = at->get_object().if_contains(part);
        } else if (at->is_array()) {
            const auto place = parse_number(part);
            const json::array& list = at->get_array();
            at = place && *place < list.size() ? &list[*place] : nullptr;
        } else {
            at = nullptr;
        }
        if (at == nullptr) return nullptr;
    }
    return at;
}

json::object at_path(const std::string& path, const json::value& value) {
    const json::value* const found = inside(value, path);
    if (found == nullptr) {
        return jolokia_error(404, "java.lang.IllegalArgumentException",
                             "there is no '" + path + "'");
    }
    return jolokia_value(*found);
}

std::string_view type_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::bool_:
            return "boolean";
        case json::kind::int64:
        case json::kind::uint64:
            return "long";
        case json::kind::double_:
            return "double";
        case json::kind::array:
            return "[Ljavax.management.ObjectName;";
        case json::kind::object:
            return "java.util.Map";
        default:
            return "java.lang.String";
    }
}

}  // namespace

json::object Jolokia::read(const json::object& request, const Snapshot& now,
                           bool ignore_errors) const {
    const std::string text = jolokia_text(request, "mbean");
    const auto name = parse_object_name(text);
    if (!name) return no_name(text);
    const MBeans beans(about_, now);
    const std::vector<std::string> names = wanted(request);
    const std::string path = jolokia_text(request, "path");
    if (name->is_pattern()) {
        json::object found;
        for (const MBean& bean : beans.all()) {
            if (!name->matches(bean.name)) continue;
            json::object all = attributes_of(beans, bean);
            json::object chosen;
            for (const std::string& one : names) {
                if (all.contains(one)) chosen[one] = all[one];
            }
            if (names.empty()) chosen = std::move(all);
            if (!chosen.empty()) found[bean.name.text()] = std::move(chosen);
        }
        if (found.empty()) return jolokia_error(404, kNoInstance, "nothing matches " + text);
        return at_path(path, std::move(found));
    }
    const MBean* const bean = beans.find(*name);
    if (bean == nullptr) return jolokia_error(404, kNoInstance, text);
    json::object all = attributes_of(beans, *bean);
    if (names.empty()) return at_path(path, std::move(all));
    for (const std::string& one : names) {
        if (all.contains(one)) continue;
        if (!ignore_errors) return jolokia_error(404, kNoAttribute, "no attribute " + one);
        all[one] = json_text("ERROR: " + std::string(kNoAttribute) + " : no attribute " + one);
    }
    const json::value* const given = request.if_contains("attribute");
    if (given->is_string()) return at_path(path, all[names.front()]);
    json::object chosen;
    for (const std::string& one : names) chosen[one] = all[one];
    return at_path(path, std::move(chosen));
}

json::object Jolokia::search(const json::object& request, const Snapshot& now) const {
    const std::string text = jolokia_text(request, "mbean");
    const auto pattern = parse_object_name(text);
    if (!pattern) return no_name(text);
    const MBeans beans(about_, now);
    json::array found;
    for (const MBean& bean : beans.all()) {
        if (pattern->matches(bean.name)) found.push_back(json_text(bean.name.text()));
    }
    return jolokia_value(std::move(found));
}

json::object Jolokia::list(const json::object& request, const Snapshot& now) const {
    const MBeans beans(about_, now);
    // A path to one of them names it by its keys in any order.
    const std::string path = jolokia_text(request, "path");
    std::string_view rest = path;
    const std::string asked_domain = take_part(rest);
    const auto asked = parse_object_name(asked_domain + ":" + take_part(rest));
    json::object domain;
    for (const MBean& bean : beans.all()) {
        if (asked && bean.name != *asked) continue;
        json::object attributes;
        for (const auto& [name, value] : attributes_of(beans, bean)) {
            attributes[name] = json::object{
                {"rw", is_writable(bean, name)}, {"type", type_of(value)}, {"desc", name}};
        }
        std::string type = "org.apache.activemq.broker.jmx.";
        type += MBeans::class_of(bean);
        json::object about{{"attr", std::move(attributes)},
                           {"op", describe_operations(bean)},
                           {"class", type},
                           {"desc", "Information on the management interface of the MBean"}};
        if (asked) return at_path(std::string(rest), about);
        domain[bean.name.key_text()] = std::move(about);
    }
    json::object all;
    all[about_.mbeans.domain] = std::move(domain);
    return at_path(path, std::move(all));
}

json::object Jolokia::version() const {
    return jolokia_value(json::object{
        {"agent", "1.7.2"},
        {"protocol", "7.2"},
        {"config", {{"agentId", json_text(about_.broker_id)}}},
        {"info",
         {{"product", "TernMQ"}, {"vendor", "TernMQ"}, {"version", json_text(about_.version)}}}});
}

}  // namespace tern::admin
