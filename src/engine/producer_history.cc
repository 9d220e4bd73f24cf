#include "engine/producer_history.h"

#include <algorithm>

namespace tern::engine {

void ProducerHistory::note(const broker::Origin& origin) {
    if (origin.producer == 0) return;
    const auto [found, added] = entries_.try_emplace(origin.producer);
    Entry& entry = found->second;
    if (added) {
        by_age_.push_front(origin.producer);
        entry.age = by_age_.begin();
        if (entries_.size() > kProducersMax) {
            entries_.erase(by_age_.back());
            by_age_.pop_back();
        }
    } else if (entry.age != by_age_.begin()) {
        by_age_.splice(by_age_.begin(), by_age_, entry.age);
    }
    entry.sequence = std::max(entry.sequence, origin.sequence);
}

std::vector<broker::Origin> ProducerHistory::all() const {
    std::vector<broker::Origin> all;
    all.reserve(entries_.size());
    for (auto producer = by_age_.rbegin(); producer != by_age_.rend(); ++producer) {
        all.push_back({*producer, entries_.at(*producer).sequence});
    }
    return all;
}

std::uint64_t ProducerHistory::last(std::uint64_t producer) const {
    const auto found = entries_.find(producer);
    return found == entries_.end() ? 0 : found->second.sequence;
}

}  // namespace tern::engine
