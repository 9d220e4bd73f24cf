#include "broker/policy/policy_map.h"

#include "broker/policy/closest.h"

#include <algorithm>
#include <tuple>

namespace tern::broker {
namespace {

/// So soon those who watch hear that a consumer is slow.
constexpr std::int64_t kAdvisePeriodMs = 1000;

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

namespace {

/// A time that is as good as never, rather than none.
std::int64_t later(std::int64_t now_ms, std::int64_t by_ms) {
    std::int64_t then = 0;
    return __builtin_add_overflow(now_ms, by_ms, &then) ? INT64_MAX : then;
}

}  // namespace

std::int64_t Policy::expiry_of(std::int64_t expires_at_ms, std::int64_t now_ms) const {
    if (never_expires) return 0;
    if (expiry_delay_ms >= 0) {
        return expires_at_ms == 0 ? later(now_ms, expiry_delay_ms) : expires_at_ms;
    }
    const std::int64_t earliest = expiry_delay_min_ms < 0 ? 0 : later(now_ms, expiry_delay_min_ms);
    const std::int64_t latest = expiry_delay_max_ms < 0 ? 0 : later(now_ms, expiry_delay_max_ms);
    if (expires_at_ms == 0) return latest != 0 ? latest : earliest;
    const std::int64_t late_enough = std::max(expires_at_ms, earliest);
    return latest == 0 ? late_enough : std::min(late_enough, latest);
}

template <class Use>
void PolicyMap::for_each(Use use) const {
    use(*otherwise_);
    for (const Entry& entry : entries_) use(*entry.policy);
}

template <class Asks>
bool PolicyMap::any(Asks asks) const {
    bool is_so = false;
    for_each([&](const Policy& policy) { is_so |= asks(policy); });
    return is_so;
}

PolicyMap::PolicyMap(std::vector<Entry> entries, Policy otherwise,
                     std::vector<Destination> dead_letters)
    : entries_(std::move(entries)),
      otherwise_(std::make_shared<const Policy>(std::move(otherwise))),
      dead_letters_(std::move(dead_letters)),
      drops_when_full_(
          any([](const Policy& policy) { return policy.when_full == WhenFull::drop; })),
      watches_messages_(any(watches)),
      keeps_history_(any([](const Policy& policy) {
          return policy.kept_history().kind != TopicHistory::Kind::none;
      })),
      always_recalls_(any([](const Policy& policy) { return policy.always_recalls(); })),
      filters_queues_(
          any([](const Policy& policy) { return !policy.enabled || !policy.filter.empty(); })),
      marks_groups_(any([](const Policy& policy) { return !policy.group_first_key.empty(); })) {
    for_each([this](const Policy& policy) {
        changes_expiry_ |= policy.changes_expiry();
        rules_headers_ |= !policy.header_rules.rules.empty();
        topic_orders_ |= bit_of(policy.topic_dispatch.order);
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
    const auto note = [&shortest](bool looks, std::int64_t period) {
        if (looks && period > 0 && (shortest == 0 || period < shortest)) shortest = period;
    };
    for_each([&note](const Policy& policy) {
        const SlowConsumers& slow = policy.slow_consumers;
        note(slow.kind != SlowConsumers::Kind::keep, slow.check_period_ms);
        note(policy.advise_slow_consumers, kAdvisePeriodMs);
        note(policy.consumer_rate_min >= 0, policy.consumer_rate_period_s * 1000);
    });
    return shortest;
}

std::int32_t PolicyMap::store_high_water_percent() const {
    std::int32_t lowest = 100;
    for_each([&lowest](const Policy& policy) {
        lowest = std::min(lowest, policy.store_high_water_percent);
    });
    return lowest;
}

bool PolicyMap::keeps_dead_letters(const DestinationView& destination) const {
    const auto is_it = [&destination](const Destination& one) { return one.view() == destination; };
    const bool queue = destination.domain == Domain::queue && !destination.temporary;
    return std::ranges::any_of(dead_letters_, is_it) || any([&](const Policy& policy) {
               return tern::broker::keeps_dead_letters(policy.dead_letters, destination) ||
                      (queue && (destination.name == policy.dead_letter_address ||
                                 destination.name == policy.expiry_address));
           });
}

}  // namespace tern::broker
