#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

/// What has become of a login.
enum class Standing : std::uint8_t {
    good,
    over,     ///< who logs in like that now is refused, or is in other groups
    unknown,  ///< it cannot be said at the moment
};
/// Looks again, without anything being shown. May block; runs on a lane.
using AskStanding = std::function<Standing()>;

class Permissions;
using PermissionsPtr = std::shared_ptr<const Permissions>;

/// Who somebody is: the principals of ActiveMQ, a user and the groups it is in. Immutable.
class Identity {
public:
    /// Groups may come twice; empty names do not count. `standing` null: it does not end by itself.
    Identity(std::string user, std::vector<std::string> groups, AskStanding standing = nullptr,
             PermissionsPtr permissions = nullptr);

    [[nodiscard]] const std::string& user() const { return user_; }
    /// Sorted.
    [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }
    [[nodiscard]] bool is_in(std::string_view group) const;
    [[nodiscard]] const AskStanding& standing() const { return standing_; }
    /// What this login alone may do, whatever is configured for its user or groups; or null.
    [[nodiscard]] const PermissionsPtr& permissions() const { return permissions_; }
    bool operator==(const Identity& other) const {
        return user_ == other.user_ && groups_ == other.groups_;
    }

private:
    std::string user_;
    std::vector<std::string> groups_;
    AskStanding standing_;
    PermissionsPtr permissions_;
};

/// The names in a text that separates them by commas, blanks around them apart.
[[nodiscard]] std::vector<std::string> split_names(std::string_view text);

/// Seen by several shards.
using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace tern::security
