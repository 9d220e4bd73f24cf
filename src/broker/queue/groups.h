#pragma once

#include "base/hash.h"

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tern::broker {

/// How owners of groups are remembered.
struct GroupRules {
    /// Those used last; one that falls out may get another owner. 0: there are no groups.
    std::size_t remembered = 1024;
    std::uint32_t buckets = 0;  ///< all groups of a bucket have one owner; 0: there are none

    bool operator==(const GroupRules&) const = default;
};

/// Which consumer owns which message group (JMSXGroupID).
class Groups {
public:
    explicit Groups(const GroupRules& rules = {}) : rules_(rules) {}

    /// The slot of the owner, or `kNone`.
    static constexpr std::uint32_t kNone = UINT32_MAX;
    [[nodiscard]] std::uint32_t owner(std::string_view group);
    /// Returns the owner of the group that fell out for it, or `kNone`.
    std::uint32_t assign(std::string_view group, std::uint32_t owner);
    void release(std::string_view group);
    /// All groups of this owner.
    void release_all(std::uint32_t owner);

    [[nodiscard]] std::size_t size() const { return groups_.size(); }
    /// As many of them with their owners, those used last first; buckets by their numbers.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint32_t>> list(std::size_t most) const;

private:
    /// Under what a group is remembered.
    [[nodiscard]] std::string key(std::string_view group) const;

    struct Group {
        std::uint32_t owner = 0;
        std::list<std::string>::iterator age;
    };

    GroupRules rules_;
    std::unordered_map<std::string, Group, StringHash, std::equal_to<>> groups_;
    std::list<std::string> by_age_;  ///< the one used last comes first
};

}  // namespace tern::broker
