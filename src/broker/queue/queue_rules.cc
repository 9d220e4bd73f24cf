// The part of Queue that does what its policy says of who gets what, and when.
#include "broker/queue/queue.h"

#include <algorithm>

namespace tern::broker {
namespace {

/// Without a time of their own consumers wait so long for others.
constexpr std::int64_t kWaitMs = 1000;

}  // namespace

void Queue::follow(const QueueRules& rules) {
    if (rules == rules_) return;
    if (rules.groups != rules_.groups) {
        groups_ = Groups(rules.groups);
        for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
            consumers_.at(slot).groups = 0;
        }
    }
    if (rules.prioritized != rules_.prioritized) selections_.prioritize(rules.prioritized);
    consumers_.set_strict_order(rules.strict_order);
    consumers_.set_lasting(rules.lasting_exclusive);
    rules_ = rules;
    note_reading();
    // Whoever is served already goes on.
    begins_at_ms_ = consumers() == 0 && waits_to_begin() ? kNotBegun : kBegun;
}

/// What a consumer has in one way cannot be settled in the other.
void Queue::note_reading() {
    if (consumers_.count() == 0) copies_ = rules_.non_destructive;
}

void Queue::rebalance_groups() {
    if (!rules_.rebalance || groups_.size() == 0) return;
    release_groups();
    rebalancing_ = rules_.rebalance_pauses;
}

void Queue::release_groups() {
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        take_back_waiting(slot);
        consumers_.at(slot).groups = 0;
    }
    groups_ = Groups(rules_.groups);
}

void Queue::release_group(std::string_view group) {
    const std::uint32_t owner = groups_.owner(group);
    if (owner == Groups::kNone) return;
    take_back_waiting(owner);
    groups_.release(group);
    --consumers_.at(owner).groups;
}

bool Queue::is_rebalancing() {
    if (!rebalancing_) return false;
    rebalancing_ = false;
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        rebalancing_ = rebalancing_ || consumers_.at(slot).outstanding > 0;
    }
    return rebalancing_;
}

ConsumerOptions Queue::ruled(ConsumerOptions options) const {
    if (!rules_.consumer_priority) options.priority = 0;
    options.exclusive = options.exclusive || (rules_.all_exclusive && options.counted);
    return options;
}

bool Queue::may_begin(std::int64_t now_ms) {
    if (begins_at_ms_ == kBegun) return true;
    if (begins_at_ms_ == kNotBegun) {
        begins_at_ms_ = now_ms + (rules_.wait_ms > 0 ? rules_.wait_ms : kWaitMs);
        port_.wake(*info_, begins_at_ms_);
    }
    const bool all = rules_.consumers_first > 0 && consumers() >= rules_.consumers_first;
    if (all) begins_at_ms_ = kBegun;
    return all || begin(now_ms);
}

bool Queue::begin(std::int64_t now_ms) {
    if (now_ms < begins_at_ms()) return false;
    begins_at_ms_ = kBegun;
    return true;
}

bool Queue::bring_back(std::int64_t now_ms) {
    bool any = false;
    while (returns_.first_ms() <= now_ms) {
        const std::uint64_t ordinal = returns_.first();
        returns_.take_first();
        Entry* const entry = entries_.find(ordinal);
        // An operator may have removed it meanwhile.
        const bool away = entry != nullptr && is_away(*entry);
        if (away) make_ready(ordinal, *entry);
        any = any || away;
    }
    return any;
}

void Queue::purge_unwanted() {
    if (rules_.purge_without_consumers && consumers() == 0) purge();
}

}  // namespace tern::broker
