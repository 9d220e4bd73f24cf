#include "broker/route/vhost_limits.h"

namespace tern::broker {

void VhostLimits::set(VhostLimit what, std::string name, std::int64_t max) {
    if (max >= 0) all_[{what, std::move(name)}] = max;
}

std::optional<std::int64_t> VhostLimits::find(VhostLimit what, std::string_view name) const {
    const auto found = all_.find({what, std::string(name)});
    return found == all_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tern::broker
