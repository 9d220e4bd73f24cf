#include "broker/queue/queue.h"

#include "base/assert.h"

#include <algorithm>
#include <limits>

namespace tern::broker {

void Queue::enqueue(MessagePtr message, StoredAt at, bool announced, std::uint16_t failures) {
    entries_.append({.message = std::move(message),
                     .at = at,
                     .failures = failures,
                     .announced = announced || !at});
}

void Queue::open(const ConsumerRef& consumer, std::uint64_t credit) {
    if (retired_) return;
    consumers_.open(consumer, credit);
    info_->consumers.store(consumers_.count(), std::memory_order_relaxed);
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
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot == Consumers::kNone) return;
    for (std::uint64_t ordinal = entries_.begin();
         ordinal < entries_.end() && consumers_.at(slot).outstanding > 0; ++ordinal) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->consumer != slot) continue;
        if (entry->state == Entry::State::staged) {
            entry->consumer = Consumers::kNone;
            --consumers_.at(slot).outstanding;
        }
        if (entry->state != Entry::State::delivered) continue;
        put_back(ordinal, *entry, failed(ordinal));
    }
    consumers_.close(slot);
    info_->consumers.store(consumers_.count(), std::memory_order_relaxed);
}

void Queue::grant(const ConsumerRef& consumer, std::uint64_t credit) {
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot != Consumers::kNone) consumers_.at(slot).credit += credit;
}

void Queue::drain(const ConsumerRef& consumer) {
    dispatch();
    const std::uint32_t slot = consumers_.find(consumer);
    if (slot != Consumers::kNone) consumers_.at(slot).credit = 0;
}

void Queue::settle(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals,
                   Outcome outcome) {
    const std::uint32_t slot = consumers_.find(consumer);
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::delivered) continue;
        if (entry->consumer != slot) continue;
        if (outcome == Outcome::accept) {
            remove(ordinal, *entry);
        } else {
            put_back(ordinal, *entry, outcome == Outcome::fail);
        }
    }
}

void Queue::stage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals) {
    const std::uint32_t slot = consumers_.find(consumer);
    for (const std::uint64_t ordinal : ordinals) {
        Entry* entry = entries_.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::delivered) continue;
        if (entry->consumer == slot) entry->state = Entry::State::staged;
    }
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
        entries_.set_gone(ordinal);
    }
}

bool Queue::retire() {
    retired_ = retired_ || (consumers() == 0 && !has_staged());
    return retired_;
}

void Queue::marked(std::uint64_t lsn) {
    marked_ = std::max(marked_, lsn);
}

void Queue::dispatch() {
    std::uint32_t slot = Consumers::kNone;
    std::vector<Delivery> run;
    const auto flush = [&] {
        if (!run.empty()) port_.deliver(consumers_.at(slot).ref, *info_, std::move(run));
        run.clear();
    };
    for (;;) {
        const std::uint64_t ordinal = entries_.first_ready();
        if (ordinal == entries_.end()) break;
        const std::uint32_t next = consumers_.next(entries_.ready());
        if (next == Consumers::kNone || !may_deliver(ordinal)) break;
        if (next != slot) flush();
        slot = next;
        entries_.set_delivered(ordinal, slot);
        consumers_.delivered(slot);
        run.push_back(delivery(ordinal, *entries_.find(ordinal)));
    }
    flush();
}

bool Queue::may_deliver(std::uint64_t ordinal) {
    const Entry& entry = *entries_.find(ordinal);
    if (entry.announced || entry.at.lsn <= marked_) return true;
    if (entry.at.lsn <= mark_pending_) return false;
    const std::uint64_t last = std::min(ordinal + kMarkAhead, entries_.end() - 1);
    for (std::uint64_t ahead = ordinal; ahead <= last; ++ahead) {
        const Entry* other = entries_.find(ahead);
        if (other != nullptr) mark_pending_ = std::max(mark_pending_, other->at.lsn);
    }
    port_.mark(*info_, mark_pending_);
    return false;
}

std::vector<Delivery> Queue::browse() {
    std::vector<Delivery> content;
    for (std::uint64_t ordinal = entries_.begin(); ordinal < entries_.end(); ++ordinal) {
        const Entry* entry = entries_.find(ordinal);
        if (entry != nullptr) content.push_back(delivery(ordinal, *entry));
    }
    return content;
}

std::vector<StoredAt> Queue::stored() {
    std::vector<StoredAt> places;
    for (std::uint64_t ordinal = entries_.begin(); ordinal < entries_.end(); ++ordinal) {
        const Entry* entry = entries_.find(ordinal);
        if (entry != nullptr && entry->at) places.push_back(entry->at);
    }
    return places;
}

bool Queue::has_staged() {
    for (std::uint64_t ordinal = entries_.begin(); ordinal < entries_.end(); ++ordinal) {
        const Entry* entry = entries_.find(ordinal);
        if (entry != nullptr && entry->state == Entry::State::staged) return true;
    }
    return false;
}

Delivery Queue::delivery(std::uint64_t ordinal, const Entry& entry) const {
    return {.tag = {info_->id, ordinal, entry.at},
            .message = entry.message,
            .failures = entry.failures};
}

void Queue::put_back(std::uint64_t ordinal, Entry& entry, bool failed) {
    if (entry.consumer < consumers_.slots()) --consumers_.at(entry.consumer).outstanding;
    if (failed && entry.failures < std::numeric_limits<std::uint16_t>::max()) ++entry.failures;
    entries_.set_ready(ordinal);
}

void Queue::remove(std::uint64_t ordinal, Entry& entry) {
    if (entry.consumer < consumers_.slots()) --consumers_.at(entry.consumer).outstanding;
    if (entry.at) port_.settled(*info_, entry.at);
    entries_.set_gone(ordinal);
}

}  // namespace tern::broker
