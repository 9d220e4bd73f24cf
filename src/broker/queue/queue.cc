#include "broker/queue/queue.h"

#include "base/assert.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tern::broker {

void Queue::enqueue(MessagePtr message, StoredAt at, bool announced, bool shared) {
    ++totals_.enqueued;
    const std::size_t before = entries_.bytes();
    const std::uint8_t priority = message->header().priority;
    const std::int64_t expires_at_ms = message->header().expires_at_ms;
    const Message& appended = *message;
    const bool timed = probe_.wants_message();
    const std::uint64_t ordinal = entries_.append(Entry{.message = std::move(message),
                                                        .at = at,
                                                        .priority = priority,
                                                        .announced = announced || !at,
                                                        .shared = shared,
                                                        .timed = timed});
    account(before);
    note_expiry(ordinal, expires_at_ms);
    note_value(ordinal, appended);
    if (admission_ != nullptr) {
        // In this order: whoever asks in between finds too little room rather than too much.
        note_room();
        admission_->arrived(appended.body_bytes());
    }
    if (timed) {
        probe_.came(ordinal, port_.now_us(), [this](std::uint64_t one) {
            const Entry* const entry = entries_.find(one);
            return entry == nullptr || !entry->timed;
        });
    }
}

void Queue::begin_with(std::span<const MessagePtr> earlier) {
    std::vector<std::uint64_t> came;
    bool in_memory = true;
    for (std::uint64_t ordinal = entries_.first_ready(); ordinal != entries_.end();
         ordinal = entries_.next_ready(ordinal + 1)) {
        in_memory = in_memory && !entries_.is_missing(ordinal);
        came.push_back(ordinal);
    }
    for (const MessagePtr& message : earlier) enqueue(message, {}, true, true);
    // Where memory is so short that a new subscription's messages are on disk, they stay ahead.
    if (!in_memory) return;
    for (const std::uint64_t ordinal : came) {
        const Entry behind = *entries_.find(ordinal);
        if (behind.leaving) continue;
        const std::size_t before = entries_.bytes();
        const std::uint64_t moved = entries_.append(behind);
        account(before);
        note_expiry(moved, behind.message->header().expires_at_ms);
        set_gone(ordinal);
    }
}

bool Queue::open(const ConsumerRef& consumer, const ConsumerOptions& options,
                 const FilterPtr& filter) {
    if (retired_) return false;
    if (options.counted) rebalance_groups();
    const std::uint32_t slot = consumers_.open(consumer, ruled(options));
    if (filter != nullptr) consumers_.at(slot).selection = &selections_.open(filter);
    had_consumers_ = had_consumers_ || options.counted;
    note_consumers();
    return true;
}

void Queue::browse(const ConsumerRef& browser, std::uint64_t credit, FilterPtr filter) {
    const std::uint64_t most = rules_.browsed_max == 0 ? UINT64_MAX : rules_.browsed_max;
    browsers_.open(browser, credit, std::move(filter), entries_, most);
}

void Queue::note_consumers() {
    info_->consumers.store(consumers_.counted(), std::memory_order_relaxed);
    note_reading();
    if (consumers() == 0 && waits_to_begin()) begins_at_ms_ = kNotBegun;
}

void Queue::close(const ConsumerRef& consumer, std::span<const std::uint64_t> failed) {
    take_back(consumer, [failed](std::uint64_t ordinal) {
        return std::ranges::find(failed, ordinal) != failed.end();
    });
}

void Queue::lose(const ConsumerRef& consumer) {
    take_back(consumer, [](std::uint64_t) { return true; });
}

template <class Failed>
void Queue::take_back(const ConsumerRef& consumer, Failed failed) {
    if (browsers_.close(consumer)) return;
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot == Consumers::kNone) return;
    take_back_waiting(slot);
    if (copies_) consumers_.at(slot).outstanding = 0;
    entries_.visit([&](std::uint64_t ordinal, Entry& entry) {
        if (consumers_.at(slot).outstanding == 0) return false;
        if (entry.consumer != slot) return true;
        if (entry.state == Entry::State::staged) {
            entry.consumer = Consumers::kNone;
            --consumers_.at(slot).outstanding;
        }
        if (entry.state == Entry::State::delivered) put_back(ordinal, entry, failed(ordinal));
        return true;
    });
    groups_.release_all(slot);
    if (Selection* const selection = consumers_.at(slot).selection) selections_.close(*selection);
    consumers_.close(slot);
    note_consumers();
}

void Queue::take_back_waiting(std::uint32_t slot) {
    for (const std::uint64_t ordinal : std::exchange(consumers_.at(slot).waiting, {})) {
        --waiting_;
        Entry* const entry = entries_.find(ordinal);
        if (entry == nullptr) continue;
        entries_.set_ready(ordinal);
        selections_.returned(ordinal, *entry);
    }
}

void Queue::retire(const ConsumerRef& consumer) {
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot == Consumers::kNone) return;
    take_back_waiting(slot);
    consumers_.retire(slot);
    note_consumers();
}

std::size_t Queue::purge() {
    std::size_t count = 0;
    for (std::uint64_t ordinal = entries_.first_ready(); ordinal != entries_.end();
         ordinal = entries_.next_ready(ordinal + 1)) {
        const Entry& entry = entries_.expanded(ordinal);
        if (entry.at || entry.place) port_.settled(*info_, entry.at, entry.place);
        note_passage(ordinal, QueuePort::Passage::removed);
        set_gone(ordinal);
        ++count;
    }
    note_bytes();
    return count;
}

std::vector<ConsumerRef> Queue::dismiss() {
    std::vector<ConsumerRef> all;
    for (std::uint32_t slot = consumers_.slots(); slot > 0; --slot) {
        if (slot > consumers_.slots() || !consumers_.at(slot - 1).open) continue;
        all.push_back(consumers_.at(slot - 1).ref);
        lose(all.back());
    }
    return all;
}

void Queue::grant(const ConsumerRef& consumer, std::uint64_t credit) {
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot == Consumers::kNone) return browsers_.grant(consumer, credit);
    consumers_.at(slot).credit += credit;
    consumers_.at(slot).asked = false;
}

void Queue::settle(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals,
                   Outcome outcome, std::string_view cause) {
    const std::uint32_t slot = consumers_.find(consumer);
    if (copies_) return settle_copies(slot, ordinals, outcome);
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::delivered) continue;
        if (entry->consumer != slot) continue;
        switch (outcome) {
            case Outcome::accept:
                port_.consumed(*info_, entry->message);
                ++consumers_.at(slot).settled;
                if (entry->timed) probe_.accepted(ordinal, port_.now_us());
                note_passage(ordinal, QueuePort::Passage::accepted);
                remove(ordinal, *entry);
                break;
            case Outcome::reject:
                die(ordinal, *entry, {.why = Death::Why::rejected, .cause = cause});
                break;
            case Outcome::release:
            case Outcome::fail:
                put_back(ordinal, *entry, outcome == Outcome::fail);
                break;
        }
    }
}

void Queue::answered(const ConsumerRef& consumer) {
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot != Consumers::kNone && consumers_.at(slot).outstanding == 0) note_idle(slot);
}

void Queue::note_idle(std::uint32_t slot) {
    Consumer& idle = consumers_.at(slot);
    const std::uint64_t had = idle.delivered - std::exchange(idle.delivered_before, idle.delivered);
    // Whoever takes one at a time has nothing while its ack is on its way, whatever we do; and
    // whoever needs long for what it has does not wait for us.
    hungry_ = hungry_ || (entries_.ready() >= kManyReady && had > 1 &&
                          port_.now_us() - idle.began_us <= kQuickUs);
}

void Queue::revise(const ConsumerRef& consumer, std::uint64_t ordinal, Revision& change) {
    const Entry* const entry = entries_.find(ordinal);
    if (entry == nullptr || entry->state != Entry::State::delivered) return;
    if (entry->consumer != consumers_.find(consumer)) return;
    MessagePtr other = change(*entry->message);
    if (other == nullptr) return;
    const std::size_t before = entries_.bytes();
    entries_.replace(ordinal, std::move(other));
    account(before);
}

void Queue::stage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals) {
    const std::uint32_t slot = consumers_.find(consumer);
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::delivered) continue;
        if (entry->consumer == slot) entry->state = Entry::State::staged;
    }
}

std::uint64_t Queue::stage_newest() {
    const std::uint64_t ordinal = entries_.end() - 1;
    entries_.set_delivered(ordinal, Consumers::kNone);
    entries_.find(ordinal)->state = Entry::State::staged;
    return ordinal;
}

void Queue::unstage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals) {
    const std::uint32_t slot = consumers_.find(consumer);
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::staged) continue;
        if (slot != Consumers::kNone && entry->consumer == slot) {
            entry->state = Entry::State::delivered;
        } else {
            put_back(ordinal, *entry, true);
        }
    }
}

void Queue::commit_staged(std::span<const std::uint64_t> ordinals) {
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::staged) continue;
        if (entry->consumer < consumers_.slots()) --consumers_.at(entry->consumer).outstanding;
        if (entry->timed) probe_.accepted(ordinal, port_.now_us());
        // Of a branch of the last run it may be on disk only.
        if (entry->message != nullptr) port_.consumed(*info_, entry->message);
        if (entry->at || entry->place) port_.released(*info_, entry->at, entry->place);
        ++totals_.dequeued;
        const std::uint32_t slot = entry->consumer;
        note_passage(ordinal, QueuePort::Passage::accepted);
        set_gone(ordinal);
        if (slot < consumers_.slots() && consumers_.at(slot).outstanding == 0) note_idle(slot);
    }
}

void Queue::remove(std::span<const std::uint64_t> ordinals) {
    for (const std::uint64_t ordinal : ordinals) {
        if (!entries_.is_ready(ordinal)) continue;
        Entry& entry = entries_.expanded(ordinal);
        entry.consumer = Consumers::kNone;
        remove(ordinal, entry);
    }
}

void Queue::note_expiry(std::uint64_t ordinal, std::int64_t at_ms) {
    if (at_ms == 0) return;
    const std::int64_t first = first_expiry_ms();
    deadlines_.add(at_ms, ordinal);
    deadlines_.shrink(entries_.size(),
                      [this](std::uint64_t one) { return entries_.is_ready(one); });
    if (first_expiry_ms() < first) port_.wake(*info_, first_expiry_ms());
}

bool Queue::expire(std::int64_t now_ms) {
    for (std::size_t looks = 0; first_expiry_ms() <= now_ms; ++looks) {
        if (looks == kLooksMax) return true;
        const std::uint64_t ordinal = deadlines_.first();
        if (entries_.is_missing(ordinal) || entries_.has_undated_near(ordinal)) {
            await_expired(now_ms);
            return false;
        }
        const std::int64_t noted_ms = deadlines_.first_ms();
        deadlines_.take_first();
        Entry* const entry = entries_.find(ordinal);
        // What is delivered may still be consumed; if it comes back, its turn comes again.
        if (entry == nullptr || entry->state != Entry::State::ready) continue;
        // Of what an earlier run left it was known only that nothing expires before; those whose
        // time it is go first.
        const std::int64_t at = entry->message->header().expires_at_ms;
        if (at > noted_ms) deadlines_.add(at, ordinal);
        if (at == 0 || at > noted_ms) continue;
        die(ordinal, *entry, {.why = Death::Why::expired, .cause = {}});
    }
    read_due(now_ms);
    return false;
}

bool Queue::is_left() {
    const bool declared = info_->options != nullptr && info_->options->auto_delete;
    if (!declared && !(rules_.auto_delete && size() == 0)) return false;
    if (!had_consumers_ || consumers() > 0) return false;
    had_consumers_ = false;
    return true;
}

bool Queue::retire() {
    retired_ = retired_ || (consumers() == 0 && !has_staged());
    return retired_;
}

void Queue::marked(std::uint64_t lsn) {
    marked_ = std::max(marked_, lsn);
}

bool Queue::may_deliver(std::uint64_t ordinal) {
    const Entry& entry = *entries_.find(ordinal);
    if (entry.announced || entry.at.lsn <= marked_) return true;
    if (entry.at.lsn <= mark_pending_) return false;
    const std::uint64_t last = std::min(ordinal + kMarkAhead, entries_.end() - 1);
    for (std::uint64_t ahead = ordinal; ahead <= last; ++ahead) {
        if (entries_.is_missing(ahead)) break;  // nobody gets what is behind it so soon
        const Entry* other = entries_.find(ahead);
        if (other != nullptr) mark_pending_ = std::max(mark_pending_, other->at.lsn);
    }
    port_.mark(*info_, mark_pending_);
    return false;
}

std::vector<Delivery> Queue::content(const std::function<PagedIn(const PageIn&)>& read) {
    std::vector<Delivery> content;
    for (std::uint64_t ordinal = entries_.next_live(entries_.begin()); ordinal != entries_.end();
         ordinal = entries_.next_live(ordinal + 1)) {
        if (!entries_.is_missing(ordinal)) {
            content.push_back(delivery(ordinal, *entries_.find(ordinal)));
        } else if (read) {
            const PagedIn one = read({.ordinal = ordinal, .place = entries_.place(ordinal)});
            content.push_back({.tag = {info_->id, ordinal, {one.lsn}},
                               .message = one.message,
                               .failures = entries_.failures(ordinal, seen_before(one))});
        }
    }
    return content;
}

std::vector<StoredAt> Queue::stored() {
    std::vector<StoredAt> places;
    entries_.visit([&](std::uint64_t, const Entry& entry) {
        if (entry.in_journal()) places.push_back(entry.at);
        return true;
    });
    return places;
}

bool Queue::has_staged() {
    bool found = false;
    entries_.visit([&](std::uint64_t, const Entry& entry) {
        found = entry.state == Entry::State::staged;
        return !found;
    });
    return found;
}

Delivery Queue::delivery(std::uint64_t ordinal, const Entry& entry) const {
    return {.tag = {info_->id, ordinal, entry.at},
            .message = entry.message,
            .failures = entry.failures};
}

void Queue::put_back(std::uint64_t ordinal, Entry& entry, bool failed) {
    if (failed && entry.failures < std::numeric_limits<std::uint16_t>::max()) ++entry.failures;
    const std::int64_t most = failed ? port_.attempts_max(*info_) : -1;
    if (most >= 0 && entry.failures >= most) {
        return die(ordinal, entry,
                   {.why = Death::Why::too_often, .cause = "Delivery failed too often"});
    }
    if (entry.consumer < consumers_.slots()) --consumers_.at(entry.consumer).outstanding;
    entry.timed = false;
    note_passage(ordinal, failed ? QueuePort::Passage::failed : QueuePort::Passage::returned);
    const std::int64_t back_at_ms = failed ? port_.returns_at_ms(*info_, entry.failures) : 0;
    if (back_at_ms == 0) return make_ready(ordinal, entry);
    entry.state = Entry::State::delivered;
    entry.consumer = Consumers::kNone;
    const bool first = back_at_ms < returns_at_ms();
    returns_.add(back_at_ms, ordinal);
    if (first) port_.wake(*info_, back_at_ms);
}

void Queue::make_ready(std::uint64_t ordinal, Entry& entry) {
    entries_.set_ready(ordinal);
    selections_.returned(ordinal, entry);
    // When it expires is not known before it was read: at once.
    note_expiry(ordinal, entry.message == nullptr ? 1 : entry.message->header().expires_at_ms);
    if (entry.message != nullptr) note_value(ordinal, *entry.message);
}

void Queue::die(std::uint64_t ordinal, Entry& entry, const Death& death) {
    if (entry.state != Entry::State::ready && entry.consumer < consumers_.slots()) {
        --consumers_.at(entry.consumer).outstanding;
    }
    const Delivery last = delivery(ordinal, entry);
    const Place place = entry.place;
    ++totals_.dequeued;
    if (death.why == Death::Why::expired) ++totals_.expired;
    set_gone(ordinal);
    port_.died(*info_, last, place, death);
}

void Queue::remove(std::uint64_t ordinal, Entry& entry) {
    if (entry.consumer < consumers_.slots()) --consumers_.at(entry.consumer).outstanding;
    if (entry.at || entry.place) port_.settled(*info_, entry.at, entry.place);
    ++totals_.dequeued;
    note_passage(ordinal, QueuePort::Passage::removed);
    set_gone(ordinal);
}

}  // namespace tern::broker
