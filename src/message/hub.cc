#include "message/hub.h"

#include <algorithm>

namespace tern::message {

bool HubList::operator==(const HubList&) const = default;
bool HubMap::operator==(const HubMap&) const = default;

const HubValue* HubMap::find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, [](const auto& e) { return e.first; });
    return found == entries.end() ? nullptr : &found->second;
}

void HubMap::put(std::string_view key, HubValue value) {
    const auto found = std::ranges::find(entries, key, [](const auto& e) { return e.first; });
    if (found != entries.end()) {
        found->second = std::move(value);
    } else {
        entries.emplace_back(key, std::move(value));
    }
}

}  // namespace tern::message
