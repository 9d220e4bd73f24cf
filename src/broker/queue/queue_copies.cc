// The part of Queue whose consumers all get everything and leave it where it is: what they settle
// only lets them go on. Their tags have no place in the journal, so that no transaction removes
// anything either.
#include "broker/queue/queue_run.h"

#include <algorithm>

namespace tern::broker {

void Queue::hand_out_copies(Run& run, std::int64_t now_ms) {
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        while (budget_ > 0 && hand_out_copy(slot, run, now_ms)) {
        }
    }
}

bool Queue::hand_out_copy(std::uint32_t slot, Run& run, std::int64_t now_ms) {
    if (!consumers_.may_go(slot)) return false;
    Consumer& reader = consumers_.at(slot);
    const std::uint64_t ordinal = next_copy(reader);
    if (ordinal == entries_.end()) return false;
    if (entries_.is_missing(ordinal)) {
        await_page(ordinal);
        return false;
    }
    --budget_;
    Entry& entry = *entries_.find(ordinal);
    const std::int64_t expires_at_ms = entry.message->header().expires_at_ms;
    if (expires_at_ms != 0 && expires_at_ms <= now_ms && entry.state == Entry::State::ready) {
        die(ordinal, entry, {.why = Death::Why::expired, .cause = {}});
        return true;
    }
    const bool repeats = !reader.again.empty();
    if (!matches(reader, entry)) {
        reader.read_to = ordinal + 1;
        return true;
    }
    if (!has_credit(reader)) return false;
    if (!may_deliver(ordinal)) {
        waits_for_mark_ = true;
        return false;
    }
    if (repeats) {
        reader.again.erase(reader.again.begin());
    } else {
        reader.read_to = ordinal + 1;
    }
    consumers_.delivered(slot, ordinal, now_ms);
    Delivery handed = delivery(ordinal, entry);
    handed.tag.at = {};
    if (repeats) ++handed.failures;
    run.add(slot, std::move(handed));
    return true;
}

std::uint64_t Queue::next_copy(Consumer& consumer) {
    std::erase_if(consumer.again,
                  [this](std::uint64_t ordinal) { return entries_.next_live(ordinal) != ordinal; });
    return consumer.again.empty() ? entries_.next_live(consumer.read_to) : consumer.again.front();
}

/// What a consumer refuses for good is as read as the rest: the others shall have it.
void Queue::settle_copies(std::uint32_t slot, std::span<const std::uint64_t> ordinals,
                          Outcome outcome) {
    if (slot == Consumers::kNone) return;
    Consumer& reader = consumers_.at(slot);
    for (const std::uint64_t ordinal : ordinals) {
        if (reader.outstanding == 0) return;
        --reader.outstanding;
        if (outcome == Outcome::accept || outcome == Outcome::reject) {
            ++reader.settled;
        } else {
            reader.again.push_back(ordinal);
        }
    }
    std::ranges::sort(reader.again);
}

}  // namespace tern::broker
