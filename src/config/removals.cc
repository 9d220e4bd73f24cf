#include "config/removals.h"

#include "broker/policy/closest.h"

#include <algorithm>

namespace tern::config {
namespace {

using broker::Domain;
using OnRemoval = PolicyEntry::OnRemoval;

struct Ruled {
    broker::Destination pattern;
    const PolicyEntry* entry;
};

/// What its policies say of removals.
class Rules {
public:
    explicit Rules(const Broker& broker) : otherwise_(broker.default_policy) {
        for (const PolicyEntry& entry : broker.policy_entries) {
            if (auto pattern = entry.destination()) ruled_.push_back({*pattern, &entry});
        }
    }

    [[nodiscard]] const PolicyEntry& of(const broker::DestinationView& destination) const {
        const Ruled* const found =
            broker::find_closest(std::span<const Ruled>(ruled_), destination);
        if (found != nullptr) return *found->entry;
        return otherwise_ ? *otherwise_ : usual_;
    }

private:
    std::vector<Ruled> ruled_;
    const std::optional<PolicyEntry>& otherwise_;
    PolicyEntry usual_;
};

/// Changed is what has the same name, or leads from and to the same addresses.
bool is_same(const Divert& a, const Divert& b) {
    if (!a.name.empty() || !b.name.empty()) return a.name == b.name;
    return a.address == b.address && a.forwarding_address == b.forwarding_address;
}

}  // namespace

std::vector<std::string> settle_removals(const Broker& running, Broker& wanted) {
    std::vector<std::string> gone;
    std::vector<StartupDestination> kept;
    std::vector<Divert> kept_diverts;
    const Rules rules(wanted);
    for (const StartupDestination& one : running.destinations) {
        const bool named = std::ranges::any_of(wanted.destinations, [&one](const auto& other) {
            return other.domain == one.domain && other.name == one.name;
        });
        if (named) continue;
        const PolicyEntry& says = rules.of({one.domain, false, one.name});
        const bool queue = one.domain == Domain::queue;
        if ((queue ? says.removed_queues : says.removed_topics) == OnRemoval::keep) {
            kept.push_back(one);
        } else if (queue) {
            gone.push_back(one.name);
        }
    }
    for (const Divert& one : running.diverts) {
        const bool named = std::ranges::any_of(
            wanted.diverts, [&one](const Divert& other) { return is_same(one, other); });
        const bool keeps =
            rules.of({Domain::queue, false, one.address}).removed_diverts == OnRemoval::keep;
        if (!named && keeps) kept_diverts.push_back(one);
    }
    std::ranges::move(kept, std::back_inserter(wanted.destinations));
    std::ranges::stable_sort(wanted.destinations, {}, &StartupDestination::domain);
    std::ranges::move(kept_diverts, std::back_inserter(wanted.diverts));
    return gone;
}

}  // namespace tern::config
