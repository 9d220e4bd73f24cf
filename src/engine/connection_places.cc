#include "engine/connection_places.h"

#include "engine/shard_broker.h"

#include <algorithm>

namespace tern::engine {

std::optional<std::int64_t> ConnectionPlaces::take(broker::VhostLimit what, std::string_view name) {
    const auto max = shard_.settings().vhost_limits.find(what, name);
    if (!shard_.vhost_places().take(what, name, max)) return max;
    taken_.emplace_back(what, name);
    return {};
}

void ConnectionPlaces::give_back(broker::VhostLimit what, std::string_view name) {
    const auto found = std::ranges::find(taken_, std::pair(what, std::string(name)));
    if (found == taken_.end()) return;
    taken_.erase(found);
    shard_.vhost_places().give_back(what, name);
}

void ConnectionPlaces::give_back_all() {
    for (const auto& [what, name] : std::exchange(taken_, {})) {
        shard_.vhost_places().give_back(what, name);
    }
}

}  // namespace tern::engine
