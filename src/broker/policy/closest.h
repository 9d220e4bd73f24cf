#pragma once

#include "broker/api/destination.h"

#include <span>

namespace tern::broker {

[[nodiscard]] inline bool is_for(const Destination& pattern, const DestinationView& destination) {
    return pattern.domain == destination.domain && pattern.temporary == destination.temporary &&
           matches(pattern.name, destination.name);
}

/// Of entries with a `pattern`, the one that decides about a destination: that of exactly its name;
/// or else the closest pattern, which is the one that all other matching ones match, too; of
/// patterns that are no closer than each other, the first by name. Of entries with the same pattern
/// the last counts. Null when none is for it.
template <class Entry>
[[nodiscard]] const Entry* find_closest(std::span<const Entry> entries,
                                        const DestinationView& destination) {
    const auto is_closer = [](std::string_view a, std::string_view b) {
        const bool within = matches(b, a);
        const bool around = matches(a, b);
        return within != around ? within : a < b;
    };
    const Entry* closest = nullptr;
    for (const Entry& entry : entries) {
        if (!is_for(entry.pattern, destination)) continue;
        const bool exact = entry.pattern.name == destination.name;
        if (closest == nullptr || exact || closest->pattern.name == entry.pattern.name ||
            (closest->pattern.name != destination.name &&
             is_closer(entry.pattern.name, closest->pattern.name))) {
            closest = &entry;
        }
    }
    return closest;
}

}  // namespace tern::broker
