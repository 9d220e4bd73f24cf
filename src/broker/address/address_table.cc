#include "broker/address/address_table.h"

#include "base/assert.h"

#include <algorithm>

namespace tern::broker {
namespace {

bool is_topic_pattern(const Destination& binding) {
    return binding.domain == Domain::topic && is_pattern(binding.name);
}

}  // namespace

std::span<const QueueInfoPtr> AddressTable::route(const DestinationView& destination) const {
    const bool plain = destination.domain == Domain::queue || destination.temporary;
    return plain || pattern_count_ == 0 ? exact(destination) : resolve(destination);
}

std::span<const QueueInfoPtr> AddressTable::exact(const DestinationView& destination) const {
    if (recent_ == nullptr || recent_->first.view() != destination) {
        const auto found = routes_.find(destination);
        if (found == routes_.end()) return {};
        recent_ = &*found;
    }
    return recent_->second;
}

std::span<const QueueInfoPtr> AddressTable::resolve(const DestinationView& topic) const {
    auto found = resolved_.find(topic.name);
    if (found != resolved_.end() && found->second.epoch == epoch_) return found->second.queues;
    if (found == resolved_.end()) {
        if (resolved_.size() >= kResolvedMax) resolved_.clear();
        found = resolved_.try_emplace(std::string(topic.name)).first;
    }
    auto& [epoch, queues] = found->second;
    epoch = epoch_;
    const auto plain = exact(topic);
    queues.assign(plain.begin(), plain.end());
    patterns_.collect(topic.name, queues);
    std::ranges::sort(queues, {}, &QueueInfo::id);
    queues.erase(std::ranges::unique(queues).begin(), queues.end());
    return queues;
}

std::vector<QueueInfoPtr> AddressTable::queues_matching(std::string_view pattern) const {
    std::vector<QueueInfoPtr> matching;
    for (const auto& [destination, queues] : routes_) {
        const bool queue = destination.domain == Domain::queue && !destination.temporary;
        if (queue && matches(pattern, destination.name)) matching.push_back(queues.front());
    }
    std::ranges::sort(matching, {}, &QueueInfo::id);
    return matching;
}

QueueInfoPtr AddressTable::find(QueueId id) const {
    const auto found = queues_.find(id);
    return found == queues_.end() ? nullptr : found->second;
}

QueueInfoPtr AddressTable::find(const SubscriptionKey& key) const {
    for (const auto& [id, queue] : queues_) {
        if (queue->subscription && queue->subscription->key == key) return queue;
    }
    return nullptr;
}

void AddressTable::add(const QueueInfoPtr& queue) {
    const bool added = queues_.emplace(queue->id, queue).second;
    TERN_ASSERT(added);
    for (const Destination& binding : queue->bindings) bind(binding, queue);
    for (const Destination& topic : implied(*queue)) bind(topic, queue);
}

void AddressTable::remove(QueueId id) {
    const QueueInfoPtr queue = find(id);
    if (queue == nullptr) return;
    for (const Destination& binding : queue->bindings) unbind(binding, queue);
    for (const Destination& topic : implied(*queue)) unbind(topic, queue);
    queues_.erase(id);
}

void AddressTable::set_virtual_topics(VirtualTopics topics) {
    for (const auto& [id, queue] : queues_) {
        for (const Destination& topic : implied(*queue)) unbind(topic, queue);
    }
    virtual_topics_ = std::move(topics);
    for (const auto& [id, queue] : queues_) {
        for (const Destination& topic : implied(*queue)) bind(topic, queue);
    }
}

void AddressTable::bind(const Destination& binding, const QueueInfoPtr& queue) {
    ++epoch_;
    if (is_topic_pattern(binding)) {
        patterns_.add(binding.name, queue);
        ++pattern_count_;
    } else {
        routes_[binding].push_back(queue);
    }
}

void AddressTable::unbind(const Destination& binding, const QueueInfoPtr& queue) {
    ++epoch_;
    if (is_topic_pattern(binding)) {
        patterns_.remove(binding.name, queue);
        if (--pattern_count_ == 0) resolved_.clear();
        return;
    }
    const auto route = routes_.find(binding);
    std::erase(route->second, queue);
    if (!route->second.empty()) return;
    recent_ = nullptr;
    routes_.erase(route);
}

std::vector<Destination> AddressTable::implied(const QueueInfo& queue) const {
    std::vector<Destination> topics;
    const bool named = queue.bindings.size() == 1 && !queue.bindings.front().temporary &&
                       queue.bindings.front().domain == Domain::queue;
    if (!named) return topics;
    for (std::string& topic : virtual_topics_.topics_of(queue.bindings.front().name)) {
        topics.emplace_back(Domain::topic, false, std::move(topic));
    }
    return topics;
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
