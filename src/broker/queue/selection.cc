#include "broker/queue/selection.h"

#include <algorithm>

namespace tern::broker {

std::uint64_t Selection::first(Entries& entries, std::size_t& budget) {
    while (!matching_.empty()) {
        const Entry* const entry = entries.find(*matching_.begin());
        if (entry != nullptr && entry->state == Entry::State::ready) return *matching_.begin();
        matching_.erase(matching_.begin());
    }
    looked_to_ = std::max(looked_to_, entries.begin());
    while (looked_to_ < entries.end() && budget > 0) {
        const std::uint64_t ordinal = looked_to_++;
        --budget;
        const Entry* const entry = entries.find(ordinal);
        if (entry == nullptr || entry->state != Entry::State::ready) continue;
        if (!filter_->matches(*entry->message, entry->failures)) continue;
        matching_.insert(ordinal);
        return ordinal;
    }
    return kNone;
}

void Selection::returned(std::uint64_t ordinal, const Entry& entry) {
    if (ordinal >= looked_to_) return;
    if (filter_->matches(*entry.message, entry.failures)) matching_.insert(ordinal);
}

Selection& Selections::open(const FilterPtr& filter) {
    const auto same = std::ranges::find_if(
        all_, [&](const auto& one) { return one->filter().text() == filter->text(); });
    if (same == all_.end()) {
        all_.push_front(std::make_unique<Selection>(filter));
    } else {
        all_.splice(all_.begin(), all_, same);
    }
    ++all_.front()->users;
    return *all_.front();
}

void Selections::close(Selection& selection) {
    --selection.users;
    std::size_t idle = 0;
    std::erase_if(all_, [&idle](const auto& one) { return one->users == 0 && ++idle > kIdleMax; });
}

}  // namespace tern::broker
