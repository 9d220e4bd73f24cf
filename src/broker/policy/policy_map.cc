#include "broker/policy/policy_map.h"

namespace tern::broker {
namespace {

/// Cuts the first level off `rest`.
std::string_view take_level(std::string_view& rest, bool& more) {
    const std::size_t dot = rest.find('.');
    const std::string_view level = rest.substr(0, dot);
    more = dot != std::string_view::npos;
    rest.remove_prefix(more ? dot + 1 : rest.size());
    return level;
}

bool covers(std::string_view pattern, std::string_view name) {
    bool more_pattern = true;
    bool more_name = true;
    while (more_pattern) {
        const std::string_view wanted = take_level(pattern, more_pattern);
        if (wanted == ">" && !more_pattern) return true;
        if (!more_name) return false;
        const std::string_view level = take_level(name, more_name);
        if (wanted != "*" && wanted != level) return false;
    }
    return !more_name;
}

bool is_for(const Destination& pattern, const DestinationView& destination) {
    return pattern.domain == destination.domain && pattern.temporary == destination.temporary &&
           covers(pattern.name, destination.name);
}

/// Whether `a` decides rather than `b`, when both match.
bool is_closer(std::string_view a, std::string_view b) {
    const bool within = covers(b, a);
    const bool around = covers(a, b);
    return within != around ? within : a < b;
}

}  // namespace

PolicyMap::PolicyMap(std::vector<Entry> entries, Policy otherwise)
    : entries_(std::move(entries)),
      otherwise_(std::make_shared<const Policy>(std::move(otherwise))) {}

PolicyPtr PolicyMap::find(const DestinationView& destination) const {
    const Entry* closest = nullptr;
    for (const Entry& entry : entries_) {
        if (!is_for(entry.pattern, destination)) continue;
        if (entry.pattern.name == destination.name) {
            closest = &entry;
        } else if (closest == nullptr || closest->pattern.name == entry.pattern.name) {
            closest = &entry;
        } else if (closest->pattern.name != destination.name &&
                   is_closer(entry.pattern.name, closest->pattern.name)) {
            closest = &entry;
        }
    }
    return closest == nullptr ? otherwise_ : closest->policy;
}

}  // namespace tern::broker
