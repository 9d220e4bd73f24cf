#pragma once

#include "broker/api/destination.h"
#include "security/identity.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

/// As in ActiveMQ: `read` is to consume and browse, `write` to send, `admin` to make a destination
/// that is not there yet, and to remove one.
enum class Right : std::uint8_t { read, write, admin };

/// Who has a right: groups and users, or everybody who is in.
class Holders {
public:
    Holders() = default;
    /// Names separated by commas; `*` stands for everybody.
    explicit Holders(std::string_view names);
    /// Names may contain whatever they like; a group `*` stands for everybody.
    Holders(std::vector<std::string> groups, std::vector<std::string> users);

    [[nodiscard]] bool include(const Identity& who) const;
    bool operator==(const Holders&) const = default;

private:
    // Sorted, so that the same ones are equal.
    std::vector<std::string> groups_;
    std::vector<std::string> users_;
    bool everybody_ = false;
};

/// Who may do what, where.
struct RightsEntry {
    Holders read;
    Holders write;
    Holders admin;

    [[nodiscard]] const Holders& of(Right right) const;
    bool operator==(const RightsEntry&) const = default;
};

/// ActiveMQ's authorization map: somebody has a right if any entry that matches the destination
/// gives it, or the one for all. What no entry is for, nobody may use. Immutable.
class Rights {
public:
    struct Rule {
        broker::Destination destination;  ///< a name or a pattern
        RightsEntry entry;

        bool operator==(const Rule&) const = default;
    };

    /// Which of several entries that match a destination count. As in ActiveMQ Artemis: the
    /// closest, and for `ADDRESS::QUEUE` those that match ADDRESS.
    enum class Counting : std::uint8_t { all, closest };

    /// `temporary`: for all temporary destinations; nothing: these are everybody's.
    Rights(std::vector<Rule> rules, std::optional<RightsEntry> otherwise,
           std::optional<RightsEntry> temporary, Counting counting = Counting::all);

    /// For a pattern an entry counts if it matches all names that the pattern does: nobody reads by
    /// a wildcard what is closed to them by name. Of composite names each part is asked for.
    [[nodiscard]] bool allow(const Identity& who, Right right,
                             const broker::DestinationView& destination) const;
    bool operator==(const Rights&) const = default;

private:
    /// Whether the closest entries give the right. Of a pattern nothing may be read that a closer
    /// entry keeps from somebody, so all count that are for some of its names.
    [[nodiscard]] bool allow_by_closest(const Identity& who, Right right,
                                        const broker::DestinationView& destination) const;

    Counting counting_ = Counting::all;
    std::vector<Rule> rules_;
    std::optional<RightsEntry> otherwise_;
    std::optional<RightsEntry> temporary_;
};

using RightsPtr = std::shared_ptr<const Rights>;

/// Whether `pattern` matches all names that `name`, perhaps a pattern itself, stands for.
[[nodiscard]] bool covers(std::string_view pattern, std::string_view name);

}  // namespace tern::security
