#include "engine/access.h"

#include "base/assert.h"

namespace tern::engine {

void Access::set_identity(security::IdentityPtr identity) {
    identity_ = std::move(identity);
    known_.clear();
}

Access::Known& Access::known(const broker::DestinationView& destination) {
    const auto found = known_.find(destination);
    if (found != known_.end()) return found->second;
    // Whoever names so many may have them looked up again.
    if (known_.size() >= kDestinationsMax) known_.clear();
    return known_[broker::Destination(destination)];
}

bool Access::allows(const security::RightsPtr& rights, security::Right right,
                    const broker::DestinationView& destination) {
    TERN_ASSERT(rights != nullptr && identity_ != nullptr);
    if (rights_ != rights) {
        known_.clear();
        rights_ = rights;
    }
    Known& entry = known(destination);
    const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(right));
    if ((entry.decided & bit) == 0) {
        entry.decided |= bit;
        if (rights->allow(*identity_, right, destination)) entry.allowed |= bit;
    }
    return (entry.allowed & bit) != 0;
}

void Access::found(const broker::DestinationView& topic) {
    known(topic).found = true;
}

bool Access::is_found(const broker::DestinationView& topic) const {
    const auto entry = known_.find(topic);
    return entry != known_.end() && entry->second.found;
}

}  // namespace tern::engine
