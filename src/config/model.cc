#include "config/model.h"

namespace tern::config {

std::optional<broker::Destination> DestinationName::destination() const {
    using broker::Domain;
    const int names = !queue.empty() + !topic.empty() + temp_queue + temp_topic;
    if (names != 1) return {};
    if (!queue.empty()) return broker::Destination(Domain::queue, false, queue);
    if (!topic.empty()) return broker::Destination(Domain::topic, false, topic);
    return broker::Destination(temp_queue ? Domain::queue : Domain::topic, true, ">");
}

broker::PolicyMap policies(const Broker& broker) {
    std::vector<broker::PolicyMap::Entry> entries;
    for (const PolicyEntry& entry : broker.policy_entries) {
        if (auto destination = entry.destination()) {
            entries.push_back({*destination, std::make_shared<const broker::Policy>(entry)});
        }
    }
    std::vector<broker::Destination> dead_letters;
    for (const StartupDestination& one : broker.destinations) {
        if (one.dead_letters) dead_letters.emplace_back(one.domain, false, one.name);
    }
    return {std::move(entries),
            broker.default_policy ? broker::Policy(*broker.default_policy) : broker::Policy(),
            std::move(dead_letters)};
}

}  // namespace tern::config
