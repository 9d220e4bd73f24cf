#include "broker/address/address_table.h"

#include "base/assert.h"

namespace tern::broker {

std::span<const QueueInfoPtr> AddressTable::route(const DestinationView& destination) const {
    const auto found = routes_.find(destination);
    return found == routes_.end() ? std::span<const QueueInfoPtr>{} : found->second;
}

QueueInfoPtr AddressTable::find(QueueId id) const {
    const auto found = queues_.find(id);
    return found == queues_.end() ? nullptr : found->second;
}

void AddressTable::add(const QueueInfoPtr& queue) {
    const bool added = queues_.emplace(queue->id, queue).second;
    TERN_ASSERT(added);
    for (const Destination& binding : queue->bindings) routes_[binding].push_back(queue);
}

void AddressTable::remove(QueueId id) {
    const QueueInfoPtr queue = find(id);
    if (queue == nullptr) return;
    for (const Destination& binding : queue->bindings) {
        const auto route = routes_.find(binding);
        std::erase(route->second, queue);
        if (route->second.empty()) routes_.erase(route);
    }
    queues_.erase(id);
}

void AddressTable::add_temporary(const Destination& destination, TemporaryOwner owner) {
    temporaries_[destination] = owner;
}

void AddressTable::remove_temporary(const DestinationView& destination) {
    const auto found = temporaries_.find(destination);
    if (found != temporaries_.end()) temporaries_.erase(found);
}

const TemporaryOwner* AddressTable::owner(const DestinationView& destination) const {
    const auto found = temporaries_.find(destination);
    return found == temporaries_.end() ? nullptr : &found->second;
}

std::vector<Destination> AddressTable::temporary_destinations() const {
    std::vector<Destination> all;
    all.reserve(temporaries_.size());
    for (const auto& [destination, owner] : temporaries_) all.push_back(destination);
    return all;
}

}  // namespace tern::broker
