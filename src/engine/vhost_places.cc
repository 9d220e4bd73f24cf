#include "engine/vhost_places.h"

namespace tern::engine {

bool VhostPlaces::take(broker::VhostLimit what, std::string_view name,
                       std::optional<std::int64_t> max) {
    const std::scoped_lock lock(mutex_);
    std::int64_t& taken = taken_[{what, std::string(name)}];
    if (!max || taken < *max) {
        ++taken;
        return true;
    }
    if (taken == 0) taken_.erase({what, std::string(name)});
    return false;
}

void VhostPlaces::give_back(broker::VhostLimit what, std::string_view name) {
    const std::scoped_lock lock(mutex_);
    const auto found = taken_.find({what, std::string(name)});
    if (found != taken_.end() && --found->second == 0) taken_.erase(found);
}

}  // namespace tern::engine
