#include "broker/queue/selection.h"

#include <algorithm>

namespace tern::broker {

std::uint64_t Selection::first(Entries& entries, std::size_t& budget, std::uint64_t& missing) {
    while (!matching_.empty()) {
        if (entries.is_ready(*matching_.begin())) return *matching_.begin();
        matching_.erase(matching_.begin());
    }
    while (budget > 0) {
        const std::uint64_t ordinal = entries.next_ready(looked_to_);
        looked_to_ = ordinal;
        if (ordinal == entries.end()) break;
        if (entries.is_missing(ordinal)) {
            missing = ordinal;
            break;
        }
        --budget;
        ++looked_to_;
        const Entry& entry = *entries.find(ordinal);
        if (!filter_->matches(*entry.message, entry.failures)) continue;
        matching_.insert(ordinal);
        return ordinal;
    }
    return kNone;
}

void Selection::returned(std::uint64_t ordinal, const Entry& entry) {
    if (ordinal >= looked_to_) return;
    if (entry.message == nullptr) {
        looked_to_ = ordinal;  // nobody has ever looked at it
        return;
    }
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
