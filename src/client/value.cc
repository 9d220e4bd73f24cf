#include "client/value.h"

#include <algorithm>

namespace tern::client {

// Here, because Value is complete only behind Map.
Map::Map() = default;
Map::Map(std::initializer_list<Entry> entries) : entries_(entries) {}
Map::Map(const Map&) = default;
Map::Map(Map&&) noexcept = default;
Map& Map::operator=(const Map&) = default;
Map& Map::operator=(Map&&) noexcept = default;
Map::~Map() = default;

void Map::set(std::string_view name, Value value) {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    if (found != entries_.end()) {
        found->second = std::move(value);
    } else {
        entries_.emplace_back(name, std::move(value));
    }
}

void Map::append(std::string name, Value value) {
    entries_.emplace_back(std::move(name), std::move(value));
}

const Value* Map::find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    return found == entries_.end() ? nullptr : &found->second;
}

bool Map::empty() const {
    return entries_.empty();
}
std::size_t Map::size() const {
    return entries_.size();
}
const Map::Entry* Map::begin() const {
    return entries_.data();
}
const Map::Entry* Map::end() const {
    return entries_.data() + entries_.size();
}
bool Map::operator==(const Map& other) const {
    return entries_ == other.entries_;
}

}  // namespace tern::client
