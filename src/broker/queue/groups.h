#pragma once

#include "base/hash.h"

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tern::broker {

/// Which consumer owns which message group (JMSXGroupID). Remembers the groups that were used last;
/// one that falls out may get another owner.
class Groups {
public:
    static constexpr std::size_t kGroupsMax = 1024;

    /// The slot of the owner, or `kNone`.
    static constexpr std::uint32_t kNone = UINT32_MAX;
    [[nodiscard]] std::uint32_t owner(std::string_view group);
    /// Returns the owner of the group that fell out for it, or `kNone`.
    std::uint32_t assign(std::string_view group, std::uint32_t owner);
    void release(std::string_view group);
    /// All groups of this owner.
    void release_all(std::uint32_t owner);

    [[nodiscard]] std::size_t size() const { return groups_.size(); }

private:
    struct Group {
        std::uint32_t owner = 0;
        std::list<std::string>::iterator age;
    };

    std::unordered_map<std::string, Group, StringHash, std::equal_to<>> groups_;
    std::list<std::string> by_age_;  ///< the one used last comes first
};

}  // namespace tern::broker
