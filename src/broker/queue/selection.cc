#include "broker/queue/selection.h"

#include <algorithm>

namespace tern::broker {

std::uint64_t Selection::first(Entries& entries, std::size_t& budget, std::uint64_t& missing,
                               std::vector<std::uint64_t>& broken) {
    while (!matching_.empty() && !entries.is_ready(matching_.begin()->ordinal)) {
        matching_.erase(matching_.begin());
    }
    if (!matching_.empty() && !prioritized_) return matching_.begin()->ordinal;
    while (budget > 0) {
        const std::uint64_t ordinal = entries.next_ready(looked_to_);
        looked_to_ = ordinal;
        if (ordinal == entries.end()) {
            return matching_.empty() ? kNone : matching_.begin()->ordinal;
        }
        if (entries.is_missing(ordinal)) {
            missing = ordinal;
            break;
        }
        --budget;
        ++looked_to_;
        const Entry& entry = *entries.find(ordinal);
        const Filter::Verdict verdict = filter_->judge(*entry.message, entry.failures);
        if (verdict == Filter::Verdict::broken) broken.push_back(ordinal);
        if (verdict != Filter::Verdict::taken) continue;
        matching_.insert(match(ordinal, entry));
        if (!prioritized_) return ordinal;
    }
    return kNone;
}

Selection::Match Selection::match(std::uint64_t ordinal, const Entry& entry) const {
    const int lower = prioritized_ ? UINT8_MAX - entry.priority : 0;
    return {.lower = static_cast<std::uint8_t>(lower), .ordinal = ordinal};
}

void Selection::prioritize(bool prioritized) {
    prioritized_ = prioritized;
    looked_to_ = 0;
    matching_.clear();
}

void Selection::returned(std::uint64_t ordinal, const Entry& entry) {
    if (ordinal >= looked_to_) return;
    if (entry.message == nullptr) {
        looked_to_ = ordinal;  // nobody has ever looked at it
        return;
    }
    if (filter_->matches(*entry.message, entry.failures)) matching_.insert(match(ordinal, entry));
}

void Selections::prioritize(bool prioritized) {
    prioritized_ = prioritized;
    for (const auto& one : all_) one->prioritize(prioritized);
}

Selection& Selections::open(const FilterPtr& filter) {
    const auto same = std::ranges::find_if(
        all_, [&](const auto& one) { return one->filter().text() == filter->text(); });
    if (same == all_.end()) {
        all_.push_front(std::make_unique<Selection>(filter));
        all_.front()->prioritize(prioritized_);
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
