#include "engine/duplicate_ids.h"

#include <algorithm>

namespace tern::engine {

bool DuplicateIds::claim(std::span<const broker::Origin> ids) {
    for (auto id = ids.begin(); id != ids.end(); ++id) {
        const auto ring = rings_.find(id->producer);
        if (ring != rings_.end() && ring->second.known.contains(id->sequence)) return false;
        if (std::find(ids.begin(), id, *id) != id) return false;
    }
    for (const broker::Origin& id : ids) remember(id);
    return true;
}

void DuplicateIds::remember(const broker::Origin& id) {
    const auto [found, added] = rings_.try_emplace(id.producer);
    Ring& ring = found->second;
    if (added) {
        ring.age = by_age_.insert(by_age_.begin(), id.producer);
    } else {
        by_age_.splice(by_age_.begin(), by_age_, ring.age);
    }
    ring.known.insert(id.sequence);
    ring.order.push_back(id.sequence);
    ++size_;
    if (ring.order.size() > kOfAddressMax) drop_oldest(ring);
    while (size_ > kAllMax) {
        Ring& unused = rings_.at(by_age_.back());
        drop_oldest(unused);
        if (!unused.order.empty()) continue;
        rings_.erase(by_age_.back());
        by_age_.pop_back();
    }
}

void DuplicateIds::drop_oldest(Ring& ring) {
    ring.known.erase(ring.order.front());
    ring.order.pop_front();
    --size_;
}

void DuplicateIds::forget(std::span<const broker::Origin> ids) {
    for (const broker::Origin& id : ids) {
        const auto ring = rings_.find(id.producer);
        if (ring == rings_.end() || ring->second.known.erase(id.sequence) == 0) continue;
        // It is among the newest.
        auto& order = ring->second.order;
        const auto place = std::find(order.rbegin(), order.rend(), id.sequence);
        order.erase(std::next(place).base());
        --size_;
    }
}

std::vector<broker::Origin> DuplicateIds::all() const {
    std::vector<broker::Origin> all;
    all.reserve(size_);
    for (auto address = by_age_.rbegin(); address != by_age_.rend(); ++address) {
        for (const std::uint64_t id : rings_.at(*address).order) all.push_back({*address, id});
    }
    return all;
}

}  // namespace tern::engine
