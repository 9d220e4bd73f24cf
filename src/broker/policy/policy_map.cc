#include "broker/policy/policy_map.h"

#include <algorithm>

namespace tern::broker {
namespace {

bool is_for(const Destination& pattern, const DestinationView& destination) {
    return pattern.domain == destination.domain && pattern.temporary == destination.temporary &&
           matches(pattern.name, destination.name);
}

/// Whether `a` decides rather than `b`, when both match.
bool is_closer(std::string_view a, std::string_view b) {
    const bool within = matches(b, a);
    const bool around = matches(a, b);
    return within != around ? within : a < b;
}

bool watches(const Policy& policy) {
    return policy.advise_consumed || policy.advise_delivery || policy.advise_dispatched ||
           policy.advise_no_consumers;
}

}  // namespace

PolicyMap::PolicyMap(std::vector<Entry> entries, Policy otherwise)
    : entries_(std::move(entries)),
      otherwise_(std::make_shared<const Policy>(std::move(otherwise))),
      watches_messages_(watches(*otherwise_) ||
                        std::ranges::any_of(
                            entries_, [](const Entry& entry) { return watches(*entry.policy); })) {}

PolicyPtr PolicyMap::find(const DestinationView& destination) const {
    const Entry* closest = nullptr;
    for (const Entry& entry : entries_) {
        if (!is_for(entry.pattern, destination)) continue;
        const bool exact = entry.pattern.name == destination.name;
        if (closest == nullptr || exact || closest->pattern.name == entry.pattern.name ||
            (closest->pattern.name != destination.name &&
             is_closer(entry.pattern.name, closest->pattern.name))) {
            closest = &entry;
        }
    }
    return closest == nullptr ? otherwise_ : closest->policy;
}

}  // namespace tern::broker
