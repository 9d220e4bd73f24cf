#include "broker/queue/queue.h"

#include <algorithm>

namespace tern::broker {
namespace {

/// What operators look for may be far away: consumers are served each time so many messages were
/// looked at, which takes a selector well below a millisecond.
constexpr std::size_t kPart = 1024;

}  // namespace

template <class Use>
void Queue::walk(Window& window, Use use) {
    window.next = std::max(window.next, entries_.begin());
    window.end = std::min(window.end, entries_.end());
    for (std::size_t looks = 0; !window.done() && looks < kPart; ++looks) {
        window.next = std::min(entries_.next_live(window.next), window.end);
        if (window.done()) return;
        // It goes on there once the message has come.
        if (entries_.is_missing(window.next)) return page_in(window.next);
        const std::uint64_t ordinal = window.next++;
        Entry& entry = *entries_.find(ordinal);
        if (window.filter && !window.filter->matches(*entry.message, entry.failures)) continue;
        if (use(ordinal, entry)) --window.limit;
    }
}

std::vector<Sight> Queue::look(Window& window) {
    std::vector<Sight> found;
    walk(window, [&](std::uint64_t ordinal, const Entry& entry) {
        Sight& sight = found.emplace_back(Sight{.delivery = delivery(ordinal, entry)});
        if (entry.state == Entry::State::ready) return true;
        const bool staged = entry.state == Entry::State::staged;
        sight.state = staged ? Sight::State::in_transaction : Sight::State::delivered;
        if (entry.consumer < consumers_.slots()) sight.consumer = consumers_.at(entry.consumer).ref;
        return true;
    });
    return found;
}

std::vector<Delivery> Queue::seize(Window& window) {
    std::vector<Delivery> seized;
    walk(window, [&](std::uint64_t ordinal, Entry& entry) {
        if (entry.state != Entry::State::ready) return false;
        seized.push_back(delivery(ordinal, entry));
        entries_.set_delivered(ordinal, Consumers::kNone);
        entry.state = Entry::State::staged;
        return true;
    });
    return seized;
}

void Queue::release(std::span<const std::uint64_t> ordinals) {
    for (const std::uint64_t ordinal : ordinals) {
        Entry* const entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::staged) continue;
        if (entry->consumer == Consumers::kNone) put_back(ordinal, *entry, false);
    }
}

std::size_t Queue::clear(Window& window) {
    // What waits at the owners of its groups counts as delivered, and is with nobody.
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) take_back_waiting(slot);
    std::size_t count = 0;
    walk(window, [&](std::uint64_t ordinal, Entry& entry) {
        if (entry.state == Entry::State::staged) return false;
        if (entry.state == Entry::State::ready) entry.consumer = Consumers::kNone;
        remove(ordinal, entry);
        ++count;
        return true;
    });
    return count;
}

QueueStatus Queue::status() const {
    return {.info = info_,
            .counts = {.ready = ready(), .unsettled = size() - ready(), .consumers = consumers()},
            .totals = totals_,
            .paused = paused_,
            .in_memory = size() - entries_.missing(),
            .memory_bytes = entries_.counted_bytes(),
            .memory_limit = full_in_memory_,
            .disk_bytes = entries_.bytes_on_disk(),
            .full = info_->full.load(std::memory_order_relaxed),
            .discarded = discarded_};
}

std::vector<GroupOwner> Queue::group_list() const {
    std::vector<GroupOwner> all;
    for (auto& [group, slot] : groups_.list(kGroupsShown)) {
        if (slot < consumers_.slots()) all.push_back({std::move(group), consumers_.at(slot).ref});
    }
    return all;
}

std::vector<ConsumerStatus> Queue::consumer_list() const {
    std::vector<ConsumerStatus> all;
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        const Consumer& one = consumers_.at(slot);
        if (!one.open || !one.counted) continue;
        ConsumerStatus& status = all.emplace_back();
        status.ref = one.ref;
        status.queue = info_;
        status.credit = one.credit;
        status.unsettled = one.outstanding;
        status.delivered = one.delivered;
        status.accepted = one.settled;
        status.slow = is_slow(one);
        status.party = one.party;
        status.waiting = one.waiting.size();
        status.groups = one.groups;
        status.priority = one.priority;
        status.exclusive = one.exclusive;
        status.active =
            consumers_.exclusive() == Consumers::kNone || consumers_.exclusive() == slot;
        if (one.selection != nullptr) status.selector = one.selection->filter().text();
    }
    return all;
}

}  // namespace tern::broker
