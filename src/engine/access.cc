#include "engine/access.h"

#include "base/assert.h"
#include "broker/route/exchange.h"

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

template <class By, class Decide>
bool Access::decided(const By& by, security::Right right,
                     const broker::DestinationView& destination, Decide decide) {
    TERN_ASSERT(by != nullptr && identity_ != nullptr);
    if (decided_by_.get() != by.get()) {
        known_.clear();
        decided_by_ = by;
    }
    Known& entry = known(destination);
    const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(right));
    if ((entry.decided & bit) == 0) {
        entry.decided |= bit;
        if (decide()) entry.allowed |= bit;
    }
    return (entry.allowed & bit) != 0;
}

bool Access::allows(const security::RightsPtr& rights, security::Right right,
                    const broker::DestinationView& destination) {
    return decided(rights, right, destination,
                   [&] { return rights->allow(*identity_, right, destination); });
}

bool Access::allows(const security::PermissionsPtr& permissions, security::Right right,
                    const broker::DestinationView& destination) {
    return decided(permissions, right, destination, [&] {
        const auto [vhost, name] = broker::split_address(destination.name);
        return permissions->allow(identity_->user(), right, vhost, name);
    });
}

void Access::found(const broker::DestinationView& topic) {
    known(topic).found = true;
}

bool Access::is_found(const broker::DestinationView& topic) const {
    const auto entry = known_.find(topic);
    return entry != known_.end() && entry->second.found;
}

}  // namespace tern::engine
