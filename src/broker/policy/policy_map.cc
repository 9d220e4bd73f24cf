#include "broker/policy/policy_map.h"

#include "broker/policy/closest.h"

#include <algorithm>
#include <tuple>

namespace tern::broker {
namespace {

bool watches(const Policy& policy) {
    return policy.advise_consumed || policy.advise_delivery || policy.advise_dispatched ||
           policy.advise_no_consumers;
}

std::uint32_t bit_of(TopicOrder order) {
    return 1U << static_cast<unsigned>(order);
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

template <class Asks>
bool PolicyMap::any(Asks asks) const {
    return asks(*otherwise_) ||
           std::ranges::any_of(entries_, [&](const Entry& entry) { return asks(*entry.policy); });
}

PolicyMap::PolicyMap(std::vector<Entry> entries, Policy otherwise,
                     std::vector<Destination> dead_letters)
    : entries_(std::move(entries)),
      otherwise_(std::make_shared<const Policy>(std::move(otherwise))),
      dead_letters_(std::move(dead_letters)),
      watches_messages_(any(watches)),
      keeps_history_(any([](const Policy& policy) {
          return policy.history.kind != TopicHistory::Kind::none;
      })),
      always_recalls_(any([](const Policy& policy) { return policy.always_retroactive; })) {
    std::ignore = any([this](const Policy& policy) {
        topic_orders_ |= bit_of(policy.topic_dispatch.order);
        return false;
    });
}

bool PolicyMap::has_topic_order(TopicOrder order) const {
    return (topic_orders_ & bit_of(order)) != 0;
}

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
    const auto is_it = [&destination](const Destination& one) {
        return one.view() == destination;
    };
    return std::ranges::any_of(dead_letters_, is_it) || any([&destination](const Policy& policy) {
               return tern::broker::keeps_dead_letters(policy.dead_letters, destination);
           });
}

}  // namespace tern::broker
