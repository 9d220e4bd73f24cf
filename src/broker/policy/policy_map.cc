#include "broker/policy/policy_map.h"

#include "broker/policy/closest.h"

#include <algorithm>

namespace tern::broker {
namespace {

bool watches(const Policy& policy) {
    return policy.advise_consumed || policy.advise_delivery || policy.advise_dispatched ||
           policy.advise_no_consumers;
}

/// Whether a name may be one that the prefix and the suffix make.
bool is_made_of(std::string_view name, std::string_view prefix, std::string_view suffix) {
    if (prefix.empty() && suffix.empty()) return false;
    return name.size() > prefix.size() + suffix.size() && name.starts_with(prefix) &&
           name.ends_with(suffix);
}

bool keeps_dead_letters(const DeadLetters& policy, const DestinationView& destination) {
    if (destination.temporary) return false;
    const bool queue = destination.domain == Domain::queue;
    switch (policy.strategy) {
        case DeadLetters::Strategy::discard:
            return false;
        case DeadLetters::Strategy::shared:
            return queue && destination.name == policy.shared_queue;
        case DeadLetters::Strategy::individual:
            break;
    }
    return (queue == policy.queue_for_queues &&
            is_made_of(destination.name, policy.queue_prefix, policy.queue_suffix)) ||
           (queue == policy.queue_for_topics &&
            is_made_of(destination.name, policy.topic_prefix, policy.topic_suffix));
}

}  // namespace

PolicyMap::PolicyMap(std::vector<Entry> entries, Policy otherwise)
    : entries_(std::move(entries)),
      otherwise_(std::make_shared<const Policy>(std::move(otherwise))),
      watches_messages_(watches(*otherwise_) ||
                        std::ranges::any_of(
                            entries_, [](const Entry& entry) { return watches(*entry.policy); })) {}

PolicyPtr PolicyMap::find(const DestinationView& destination) const {
    const Entry* const closest = find_closest(std::span<const Entry>(entries_), destination);
    return closest == nullptr ? otherwise_ : closest->policy;
}

std::int64_t PolicyMap::slow_check_ms() const {
    std::int64_t shortest = 0;
    const auto note = [&shortest](const Policy& policy) {
        const bool looks =
            policy.slow_consumers.kind != SlowConsumers::Kind::keep || policy.advise_slow_consumers;
        const std::int64_t period = policy.slow_consumers.check_period_ms;
        if (looks && period > 0 && (shortest == 0 || period < shortest)) shortest = period;
    };
    note(*otherwise_);
    for (const Entry& entry : entries_) note(*entry.policy);
    return shortest;
}

bool PolicyMap::keeps_dead_letters(const DestinationView& destination) const {
    return tern::broker::keeps_dead_letters(otherwise_->dead_letters, destination) ||
           std::ranges::any_of(entries_, [&destination](const Entry& entry) {
               return tern::broker::keeps_dead_letters(entry.policy->dead_letters, destination);
           });
}

}  // namespace tern::broker
