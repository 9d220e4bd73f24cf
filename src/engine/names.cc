#include "engine/names.h"

namespace tern::engine {
namespace {

/// What the broker or a protocol keeps for itself has no other names.
bool is_own(const broker::DestinationView& destination) {
    return destination.name.starts_with('$') || destination.name.starts_with("ActiveMQ.");
}

}  // namespace

std::optional<broker::Destination> Names::translate(const broker::DestinationView& named) const {
    if ((separator.empty() && !qualified) || named.temporary || is_own(named)) return {};
    broker::Destination known(named);
    if (!separator.empty()) {
        for (std::size_t at = known.name.find(separator); at != std::string::npos;
             at = known.name.find(separator, at + 1)) {
            known.name.replace(at, separator.size(), 1, '.');
        }
    }
    if (qualified && known.name.find("::") != std::string::npos) {
        known.domain = broker::Domain::queue;
    }
    return known.view() == named ? std::nullopt : std::optional(std::move(known));
}

}  // namespace tern::engine
