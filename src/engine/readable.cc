#include "engine/readable.h"

#include "broker/route/exchange.h"
#include "security/printable.h"

namespace tern::engine {
namespace {

/// As RabbitMQ names what has no name.
constexpr std::string_view kDefaultExchange = "amq.default";

}  // namespace

std::string readable(const broker::DestinationView& destination) {
    const auto [vhost, name] = broker::split_address(destination.name);
    broker::DestinationView shown{destination.domain, destination.temporary, name};
    if (shown.domain == broker::Domain::topic && name.empty()) shown.name = kDefaultExchange;
    std::string text = broker::to_text(shown);
    if (name.size() != destination.name.size()) text.append(" in vhost ").append(vhost);
    return security::printable(text);
}

}  // namespace tern::engine
