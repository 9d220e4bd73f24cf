#include "security/rights.h"

#include <algorithm>

namespace tern::security {
namespace {

/// Takes what comes before the first separator off a text; false: there was nothing left.
bool take(std::optional<std::string_view>& rest, char separator, std::string_view& piece) {
    if (!rest) return false;
    const std::size_t end = rest->find(separator);
    piece = rest->substr(0, end);
    if (end == std::string_view::npos) {
        rest.reset();
    } else {
        rest->remove_prefix(end + 1);
    }
    return true;
}

/// Whether there are names that both patterns match.
bool overlap(std::optional<std::string_view> a, std::optional<std::string_view> b) {
    for (;;) {
        std::string_view level_of_a;
        std::string_view level_of_b;
        const bool more_of_a = take(a, '.', level_of_a);
        const bool more_of_b = take(b, '.', level_of_b);
        if (level_of_a == ">" || level_of_b == ">") return true;
        if (!more_of_a || !more_of_b) return more_of_a == more_of_b;
        if (level_of_a != "*" && level_of_b != "*" && level_of_a != level_of_b) return false;
    }
}

}  // namespace

Holders::Holders(std::string_view names) : Holders(split_names(names), {}) {}

Holders::Holders(std::vector<std::string> groups, std::vector<std::string> users)
    : groups_(std::move(groups)), users_(std::move(users)) {
    everybody_ = std::erase(groups_, "*") > 0;
    std::ranges::sort(groups_);
    std::ranges::sort(users_);
}

bool Holders::include(const Identity& who) const {
    return everybody_ || std::ranges::binary_search(users_, who.user()) ||
           std::ranges::any_of(groups_,
                               [&who](const std::string& group) { return who.is_in(group); });
}

const Holders& RightsEntry::of(Right right) const {
    switch (right) {
        case Right::read:
            return read;
        case Right::write:
            return write;
        case Right::admin:
            break;
    }
    return admin;
}

Rights::Rights(std::vector<Rule> rules, std::optional<RightsEntry> otherwise,
               std::optional<RightsEntry> temporary, Counting counting)
    : counting_(counting),
      rules_(std::move(rules)),
      otherwise_(std::move(otherwise)),
      temporary_(std::move(temporary)) {}

bool Rights::allow(const Identity& who, Right right,
                   const broker::DestinationView& destination) const {
    if (destination.temporary) return !temporary_ || temporary_->of(right).include(who);
    if (destination.name.contains(',')) {
        return std::ranges::all_of(broker::elements(destination), [&](const auto& one) {
            // An element that is no composite itself: its name has no comma.
            return allow(who, right, one.view());
        });
    }
    if (counting_ == Counting::closest) return allow_by_closest(who, right, destination);
    if (otherwise_ && otherwise_->of(right).include(who)) return true;
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
        return rule.destination.domain == destination.domain &&
               covers(rule.destination.name, destination.name) && rule.entry.of(right).include(who);
    });
}

bool Rights::allow_by_closest(const Identity& who, Right right,
                              const broker::DestinationView& destination) const {
    const std::string_view name = destination.name.substr(0, destination.name.find("::"));
    std::vector<const Rule*> all;
    for (const Rule& rule : rules_) {
        const bool concerns =
            rule.destination.domain == destination.domain && overlap(rule.destination.name, name);
        if (concerns) all.push_back(&rule);
    }
    const auto is_around = [name](const Rule* rule) {
        return covers(rule->destination.name, name);
    };
    if (std::ranges::none_of(all, is_around))
        return otherwise_ && otherwise_->of(right).include(who);
    return std::ranges::all_of(all, [&](const Rule* rule) {
        const std::string& pattern = rule->destination.name;
        const bool has_closer = std::ranges::any_of(all, [&](const Rule* other) {
            return is_around(other) && covers(pattern, other->destination.name) &&
                   !covers(other->destination.name, pattern);
        });
        return has_closer || rule->entry.of(right).include(who);
    });
}

bool covers(std::string_view pattern, std::string_view name) {
    std::optional<std::string_view> patterns = pattern;
    std::optional<std::string_view> names = name;
    std::string_view wanted;
    std::string_view element;
    while (take(patterns, '.', wanted)) {
        if (wanted == ">") return true;
        if (!take(names, '.', element) || element == ">") return false;
        if (wanted != "*" && wanted != element) return false;
    }
    return !names;
}

}  // namespace tern::security
