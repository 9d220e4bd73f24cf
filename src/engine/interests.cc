#include "engine/interests.h"

#include <algorithm>

namespace tern::engine {
namespace {

bool is_same(const Interest& a, const Interest& b) {
    return a.consumer == b.consumer && a.selector() == b.selector();
}

}  // namespace

void Interests::add(const std::string& queue, Interest interest) {
    if (!knows(queue, interest)) queues_[queue].push_back(std::move(interest));
}

void Interests::remove(const std::string& queue, const broker::ConsumerRef& consumer) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    std::erase_if(found->second, [&](const Interest& one) { return one.consumer == consumer; });
    if (found->second.empty()) queues_.erase(found);
}

bool Interests::knows(std::string_view queue, const Interest& interest) const {
    const auto found = queues_.find(queue);
    return found != queues_.end() && std::ranges::any_of(found->second, [&](const Interest& one) {
               return is_same(one, interest);
           });
}

bool Interests::takes(std::string_view queue, const Message& message) const {
    const auto found = queues_.find(queue);
    return found != queues_.end() && std::ranges::any_of(found->second, [&](const Interest& one) {
               return one.filter == nullptr || one.filter->matches(message, 0);
           });
}

}  // namespace tern::engine
