#include "broker/queue/groups.h"

namespace tern::broker {

std::string Groups::key(std::string_view group) const {
    if (rules_.buckets == 0) return std::string(group);
    return std::to_string(StringHash()(group) % rules_.buckets);
}

std::uint32_t Groups::owner(std::string_view group) {
    const auto found = groups_.find(key(group));
    if (found == groups_.end()) return kNone;
    by_age_.splice(by_age_.begin(), by_age_, found->second.age);
    return found->second.owner;
}

std::uint32_t Groups::assign(std::string_view group, std::uint32_t owner) {
    const auto [found, added] = groups_.try_emplace(key(group));
    found->second.owner = owner;
    if (!added) return kNone;
    by_age_.emplace_front(found->first);
    found->second.age = by_age_.begin();
    if (groups_.size() <= rules_.remembered) return kNone;
    const auto oldest = groups_.find(by_age_.back());
    const std::uint32_t lost = oldest->second.owner;
    groups_.erase(oldest);
    by_age_.pop_back();
    return lost;
}

void Groups::release(std::string_view group) {
    const auto found = groups_.find(key(group));
    if (found == groups_.end()) return;
    by_age_.erase(found->second.age);
    groups_.erase(found);
}

void Groups::release_all(std::uint32_t owner) {
    std::erase_if(groups_, [this, owner](const auto& group) {
        if (group.second.owner != owner) return false;
        by_age_.erase(group.second.age);
        return true;
    });
}

std::vector<std::pair<std::string, std::uint32_t>> Groups::list(std::size_t most) const {
    std::vector<std::pair<std::string, std::uint32_t>> found;
    for (const std::string& one : by_age_) {
        if (found.size() == most) break;
        found.emplace_back(one, groups_.at(one).owner);
    }
    return found;
}

}  // namespace tern::broker
