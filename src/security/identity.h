#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

/// Who somebody is: the principals of ActiveMQ, a user and the groups it is in. Immutable.
class Identity {
public:
    /// Groups may come twice; empty names do not count.
    Identity(std::string user, std::vector<std::string> groups);

    [[nodiscard]] const std::string& user() const { return user_; }
    /// Sorted.
    [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }
    [[nodiscard]] bool is_in(std::string_view group) const;
    bool operator==(const Identity&) const = default;

private:
    std::string user_;
    std::vector<std::string> groups_;
};

/// The names in a text that separates them by commas, blanks around them apart.
[[nodiscard]] std::vector<std::string> split_names(std::string_view text);

/// Seen by several shards.
using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace tern::security
