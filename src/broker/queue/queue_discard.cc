#include "broker/queue/queue.h"

#include <algorithm>
#include <unordered_set>

// A subscriber that does not keep up loses messages rather than holding up its topic.

namespace tern::broker {

void Queue::limit_waiting(std::size_t most, Discard which, KeyOf key_of) {
    waiting_max_ = most;
    discard_ = which;
    key_of_ = std::move(key_of);
}

bool Queue::is_too_much() const {
    return entries_.ready() > waiting_max_ || entries_.ready_body_bytes() > waiting_bytes_max_;
}

void Queue::discard() {
    while (is_too_much()) {
        const std::size_t most =
            entries_.ready() > waiting_max_ ? entries_.ready() - waiting_max_ : 1;
        for (const std::uint64_t ordinal : choose_discarded(most)) {
            if (rules_.overflow_dies) {
                // Its letter needs all of it: this goes on when it has come.
                if (entries_.is_missing(ordinal)) return await_page(ordinal);
                die(ordinal, *entries_.find(ordinal), {.why = Death::Why::overflow, .cause = {}});
                continue;
            }
            const Entry& entry = entries_.expanded(ordinal);
            const Delivery last = delivery(ordinal, entry);
            const Place place = entry.place;
            ++totals_.dequeued;
            ++discarded_;
            set_gone(ordinal);
            port_.discarded(*info_, last, place);
        }
    }
}

std::vector<std::uint64_t> Queue::choose_discarded(std::size_t most) {
    std::vector<std::uint64_t> ready;
    for (std::uint64_t ordinal = entries_.first_ready(); ordinal != entries_.end();
         ordinal = entries_.next_ready(ordinal + 1)) {
        ready.push_back(ordinal);
        if (discard_ == Discard::oldest && ready.size() == most) return ready;
    }
    if (discard_ == Discard::lowest_priority) {
        std::ranges::stable_sort(ready, {}, [this](std::uint64_t ordinal) {
            return entries_.expanded(ordinal).priority;
        });
    } else if (discard_ == Discard::older_of_key) {
        // Those of which there is a newer one come first.
        std::unordered_set<std::string> seen;
        std::vector<std::uint64_t> newest;
        std::vector<std::uint64_t> older;
        for (auto at = ready.rbegin(); at != ready.rend(); ++at) {
            // The key of what waits on disk is not known.
            const bool first = entries_.is_missing(*at) ||
                               seen.insert(key_of_(*entries_.find(*at)->message)).second;
            (first ? newest : older).push_back(*at);
        }
        std::ranges::reverse(older);
        std::ranges::reverse(newest);
        ready = std::move(older);
        ready.insert(ready.end(), newest.begin(), newest.end());
    }
    ready.resize(std::min(ready.size(), most));
    return ready;
}

void Queue::admit_by(std::shared_ptr<Admission> admission) {
    admission_ = std::move(admission);
    note_room();
}

void Queue::note_room() {
    if (admission_ == nullptr || !admission_->refuses()) return;
    std::uint64_t credit = 0;
    for (std::uint32_t slot = 0; slot < consumers_.slots() && entries_.ready() == 0; ++slot) {
        const Consumer& one = consumers_.at(slot);
        if (one.open && one.counted && consumers_.may_go(slot)) credit += one.credit;
    }
    admission_->note(
        {.messages = entries_.ready(), .bytes = entries_.ready_body_bytes(), .wanted = credit});
}

void Queue::limit_bytes(std::size_t in_memory, std::size_t altogether) {
    full_in_memory_ = in_memory;
    full_altogether_ = altogether;
    note_bytes();
}

void Queue::note_bytes() {
    const bool was = info_->full.load(std::memory_order_relaxed);
    const auto reached = [was](std::size_t bytes, std::size_t limit) {
        // A little of it has to be free again before producers go on.
        return limit > 0 && bytes >= (was ? limit - limit / 10 : limit);
    };
    const bool is = reached(entries_.counted_bytes(), full_in_memory_) ||
                    reached(entries_.bytes() + entries_.bytes_on_disk(), full_altogether_);
    if (is != was) info_->full.store(is, std::memory_order_relaxed);
    note_room();
}

bool Queue::is_slow(const Consumer& consumer) const {
    const std::size_t waits = info_->is_subscription() ? consumer.prefetch : 0;
    const bool full = consumer.borrows ? consumer.asked : consumer.credit == 0;
    return full && consumer.outstanding > 0 && entries_.ready() > waits;
}

std::vector<ConsumerReport> Queue::report_consumers() const {
    std::vector<ConsumerReport> all;
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        const Consumer& one = consumers_.at(slot);
        if (!one.open || !one.counted) continue;
        all.push_back({.consumer = one.ref,
                       .slow = is_slow(one),
                       .outstanding = one.outstanding,
                       .settled = one.settled,
                       .party = one.party});
    }
    return all;
}

PartyPtr Queue::party_of(const ConsumerRef& consumer) const {
    const std::uint32_t slot = consumers_.find(consumer);
    return slot == Consumers::kNone ? nullptr : consumers_.at(slot).party;
}

}  // namespace tern::broker
