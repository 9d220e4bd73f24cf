// The part of Queue that says why messages are where they are.
#include "broker/queue/queue.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace tern::broker {

using Why = Obstacle::Why;

std::vector<Obstacle> Queue::explain(std::int64_t now_ms) {
    if (size() == 0) return {{.why = Why::empty}};
    std::vector<Obstacle> found;
    explain_groups(found);
    if (ready() > 0) explain_waiting(entries_.first_ready(), now_ms, found);
    explain_unsettled(found);
    for (Obstacle& one : found) {
        // It is about all that wait, not about the first one.
        const bool of_all = one.why == Why::paused || one.why == Why::no_consumer ||
                            one.why == Why::not_begun || one.why == Why::rebalancing ||
                            one.why == Why::selector_refuses || one.why == Why::exclusive ||
                            one.why == Why::journal;
        if (of_all) one.count = ready();
    }
    sort_obstacles(found);
    return found;
}

std::vector<Obstacle> Queue::explain(std::uint64_t ordinal, std::int64_t now_ms) {
    std::vector<Obstacle> found;
    if (entries_.next_live(ordinal) != ordinal) return {{.why = Why::gone}};
    if (entries_.is_ready(ordinal)) {
        explain_waiting(ordinal, now_ms, found);
        if (found.empty()) {
            std::uint64_t ahead = 0;
            for (std::uint64_t one = entries_.first_ready(); one < ordinal && ahead < kLooksMax;
                 one = entries_.next_ready(one + 1)) {
                ++ahead;
            }
            if (ahead > 0) found.push_back({.why = Why::behind, .count = ahead});
        }
        sort_obstacles(found);
        return found;
    }
    const Entry* const entry = entries_.find(ordinal);
    if (entry == nullptr) return {{.why = Why::gone}};
    const bool staged = entry->state == Entry::State::staged;
    if (is_away(*entry)) {
        return {{.why = Why::redelivery_delay, .count = 1, .until_ms = returns_.find_ms(ordinal)}};
    }
    if (entry->consumer >= consumers_.slots()) {
        return {{.why = staged ? Why::in_transaction : Why::unsettled, .count = 1}};
    }
    const Consumer& holder = consumers_.at(entry->consumer);
    if (std::ranges::find(holder.waiting, ordinal) != holder.waiting.end()) {
        return {{.why = Why::group_owner_busy,
                 .consumer = holder.ref,
                 .count = 1,
                 .detail = std::string(entry->message->header().group_id)}};
    }
    Obstacle with = held_by(entry->consumer, 1, ordinal);
    if (staged) with.why = Why::in_transaction;
    return {std::move(with)};
}

/// What keeps a message that is ready.
void Queue::explain_waiting(std::uint64_t ordinal, std::int64_t now_ms,
                            std::vector<Obstacle>& found) {
    if (paused_) return found.push_back({.why = Why::paused, .count = 1});
    if (consumers() == 0) return found.push_back({.why = Why::no_consumer, .count = 1});
    if (begins_at_ms_ != kBegun) {
        const bool counts = rules_.consumers_first > consumers();
        found.push_back({.why = Why::not_begun,
                         .count = 1,
                         .detail = counts ? std::to_string(rules_.consumers_first) : "",
                         .until_ms = std::max<std::int64_t>(begins_at_ms_, 0)});
        return;
    }
    if (rebalancing_) found.push_back({.why = Why::rebalancing, .count = 1});
    if (entries_.is_missing(ordinal)) {
        page_in(ordinal);
        return found.push_back({.why = Why::disk, .count = 1});
    }
    const Entry& entry = *entries_.find(ordinal);
    const std::int64_t expires_at_ms = entry.message->header().expires_at_ms;
    if (expires_at_ms != 0 && expires_at_ms <= now_ms) {
        found.push_back({.why = Why::expired, .count = 1});
    }
    // As long as somebody can take it, what keeps others does not matter.
    std::vector<Obstacle> of_consumers;
    bool is_next = false;
    const std::uint32_t exclusive = consumers_.exclusive();
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        if (!consumers_.at(slot).open || !consumers_.may_go(slot)) continue;
        if (slot == exclusive && consumers_.count() > 1) {
            of_consumers.push_back({.why = Why::exclusive, .consumer = consumers_.at(slot).ref});
        }
        auto why = explain_consumer(slot, entry);
        is_next = is_next || !why;
        if (why) of_consumers.push_back(std::move(*why));
    }
    if (!is_next) std::ranges::move(of_consumers, std::back_inserter(found));
    if (waits_for_mark_) found.push_back({.why = Why::journal, .count = 1});
}

/// What keeps a consumer from a message that is ready.
std::optional<Obstacle> Queue::explain_consumer(std::uint32_t slot, const Entry& entry) {
    const Consumer& one = consumers_.at(slot);
    if (!matches(one, entry)) {
        const Filter& filter = one.selection->filter();
        return Obstacle{.why = Why::selector_refuses,
                        .consumer = one.ref,
                        .count = 1,
                        .detail = filter.text(),
                        .values = filter.values(*entry.message, entry.failures)};
    }
    if (one.credit > 0 || (one.borrows && !one.asked)) return std::nullopt;
    Obstacle full = held_by(slot, one.outstanding, oldest_of(slot));
    full.why = Why::credit_used_up;
    return full;
}

void Queue::explain_groups(std::vector<Obstacle>& found) {
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        const Consumer& one = consumers_.at(slot);
        if (!one.open || one.waiting.empty()) continue;
        Obstacle busy = held_by(slot, one.waiting.size(), oldest_of(slot));
        busy.why = Why::group_owner_busy;
        if (const Entry* const first = entries_.find(one.waiting.front())) {
            busy.detail = first->message->header().group_id;
        }
        found.push_back(std::move(busy));
    }
}

void Queue::explain_unsettled(std::vector<Obstacle>& found) {
    struct Held {
        std::uint64_t unsettled = 0;
        std::uint64_t staged = 0;
        std::uint64_t oldest = 0;
    };
    std::map<std::uint32_t, Held> held;
    std::uint64_t away = 0;
    std::size_t looks = 0;
    entries_.visit([&](std::uint64_t ordinal, const Entry& entry) {
        if (entry.state == Entry::State::staged) ++held[entry.consumer].staged;
        if (is_away(entry)) {
            ++away;
        } else if (entry.state == Entry::State::delivered) {
            Held& one = held[entry.consumer];
            if (one.unsettled++ == 0) one.oldest = ordinal;
        }
        return ++looks < kLooksMax;
    });
    if (away > 0) {
        found.push_back({.why = Why::redelivery_delay, .count = away, .until_ms = returns_at_ms()});
    }
    for (const auto& [slot, those] : held) {
        const bool known = slot < consumers_.slots();
        if (those.staged > 0) {
            Obstacle staged{.why = Why::in_transaction, .count = those.staged};
            if (known) staged.consumer = consumers_.at(slot).ref;
            found.push_back(std::move(staged));
        }
        if (!known) continue;
        const std::uint64_t waiting = consumers_.at(slot).waiting.size();
        if (those.unsettled <= waiting) continue;
        found.push_back(held_by(slot, those.unsettled - waiting, those.oldest));
    }
}

Obstacle Queue::held_by(std::uint32_t slot, std::uint64_t count, std::uint64_t oldest) const {
    Obstacle held{.why = Why::unsettled, .consumer = consumers_.at(slot).ref, .count = count};
    const std::int64_t since = consumers_.at(slot).handouts.since_ms(oldest);
    if (oldest != 0 && since > 0) held.oldest_ms = since;
    return held;
}

/// The first message that a consumer has; 0: none was found.
std::uint64_t Queue::oldest_of(std::uint32_t slot) {
    std::uint64_t oldest = 0;
    std::size_t looks = 0;
    const auto& waiting = consumers_.at(slot).waiting;
    entries_.visit([&](std::uint64_t ordinal, const Entry& entry) {
        const bool has = entry.state == Entry::State::delivered && entry.consumer == slot &&
                         (waiting.empty() || ordinal < waiting.front());
        if (has) oldest = ordinal;
        return !has && ++looks < kLooksMax;
    });
    return oldest;
}

}  // namespace tern::broker
