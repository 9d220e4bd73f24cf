#include "broker/api/destination.h"
#include "engine/catalog.h"
#include "engine/shard_broker.h"

#include <algorithm>

namespace tern::engine {
namespace {

bool matches_any(const std::vector<std::string>& patterns, const std::string& topic) {
    return std::ranges::any_of(
        patterns, [&topic](const std::string& one) { return broker::matches(one, topic); });
}

}  // namespace

void Catalog::announce(const broker::Notice& notice) {
    if (notice.what == broker::Notice::What::begins) {
        notices_[notice.topic].insert_or_assign(notice.key, notice.message);
    }
    const auto found = notices_.find(notice.topic);
    std::size_t lasting = found == notices_.end() ? 0 : found->second.size();
    if (notice.what == broker::Notice::What::ends) {
        if (found == notices_.end() || found->second.erase(notice.key) == 0) return;
        --lasting;
        if (lasting == 0) notices_.erase(found);
    }
    const broker::DestinationView topic{broker::Domain::topic, false, notice.topic};
    if (home_.table().route(topic).empty()) return;
    if (const MessagePtr message = notice.message(lasting)) home_.tell(topic, message);
}

std::vector<MessagePtr> Catalog::notices(const std::vector<std::string>& patterns) const {
    std::vector<MessagePtr> all;
    for (const auto& [topic, lasting] : notices_) {
        if (!matches_any(patterns, topic)) continue;
        for (const auto& [key, message] : lasting) {
            if (MessagePtr one = message(lasting.size())) all.push_back(std::move(one));
        }
    }
    return all;
}

std::map<std::string, std::size_t> Catalog::count_notices(const std::string& prefix) const {
    std::map<std::string, std::size_t> counts;
    for (auto one = notices_.lower_bound(prefix);
         one != notices_.end() && one->first.starts_with(prefix); ++one) {
        counts[one->first] = one->second.size();
    }
    return counts;
}

}  // namespace tern::engine
