#include "broker/queue/entries.h"

#include "base/assert.h"

#include <algorithm>

namespace tern::broker {

std::uint64_t Entries::append(Entry entry) {
    TERN_ASSERT(entry.state == Entry::State::ready);
    entries_.push_back(std::move(entry));
    ++ready_;
    ++size_;
    return end() - 1;
}

Entry* Entries::find(std::uint64_t ordinal) {
    if (ordinal < base_ || ordinal >= end()) return nullptr;
    Entry& entry = at(ordinal);
    return entry.state == Entry::State::gone ? nullptr : &entry;
}

std::uint64_t Entries::first_ready() {
    if (ready_ == 0) return end();
    cursor_ = std::max(cursor_, base_);
    while (at(cursor_).state != Entry::State::ready) ++cursor_;
    return cursor_;
}

void Entries::set_delivered(std::uint64_t ordinal, std::uint32_t consumer) {
    Entry& entry = at(ordinal);
    TERN_ASSERT(entry.state == Entry::State::ready);
    entry.state = Entry::State::delivered;
    entry.consumer = consumer;
    --ready_;
}

void Entries::set_ready(std::uint64_t ordinal) {
    Entry& entry = at(ordinal);
    TERN_ASSERT(entry.state == Entry::State::delivered || entry.state == Entry::State::staged);
    entry.state = Entry::State::ready;
    cursor_ = std::min(cursor_, ordinal);
    ++ready_;
}

void Entries::set_gone(std::uint64_t ordinal) {
    Entry& entry = at(ordinal);
    TERN_ASSERT(entry.state != Entry::State::gone);
    if (entry.state == Entry::State::ready) --ready_;
    --size_;
    entry.state = Entry::State::gone;
    entry.message.reset();
    while (!entries_.empty() && entries_.front().state == Entry::State::gone) {
        entries_.pop_front();
        ++base_;
    }
}

}  // namespace tern::broker
