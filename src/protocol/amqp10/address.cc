#include "protocol/amqp10/address.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::amqp10 {
namespace {

using Named = std::pair<std::string_view, DestinationKind>;
constexpr std::array<Named, 4> kPrefixes{{{"queue://", DestinationKind::queue},
                                          {"topic://", DestinationKind::topic},
                                          {"temp-queue://", DestinationKind::temporary_queue},
                                          {"temp-topic://", DestinationKind::temporary_topic}}};
constexpr std::array<Named, 4> kCapabilities{{
    {"temporary-queue", DestinationKind::temporary_queue},
    {"temporary-topic", DestinationKind::temporary_topic},
    {"queue", DestinationKind::queue},
    {"topic", DestinationKind::topic},
}};

std::string_view without_options(std::string_view address) {
    return address.substr(0, address.find('?'));
}

}  // namespace

DestinationKind kind_of(const broker::DestinationView& destination) {
    return static_cast<DestinationKind>((destination.temporary ? 2 : 0) +
                                        (destination.domain == broker::Domain::topic ? 1 : 0));
}

broker::DestinationView destination_of(DestinationKind kind, std::string_view name) {
    const auto number = static_cast<unsigned>(kind);
    return {(number & 1) != 0 ? broker::Domain::topic : broker::Domain::queue, (number & 2) != 0,
            name};
}

std::optional<broker::DestinationView> parse_prefix(std::string_view address) {
    for (const auto& [prefix, kind] : kPrefixes) {
        if (address.starts_with(prefix)) {
            return destination_of(kind, without_options(address.substr(prefix.size())));
        }
    }
    return {};
}

broker::DestinationView resolve(std::string_view address, const Symbols& capabilities,
                                const broker::Broker& broker) {
    if (const auto prefixed = parse_prefix(address)) return *prefixed;
    const std::string_view name = without_options(address);
    for (const auto kind : {DestinationKind::temporary_queue, DestinationKind::temporary_topic}) {
        const auto temporary = destination_of(kind, name);
        if (broker.exists(temporary)) return temporary;
    }
    for (const auto& [capability, kind] : kCapabilities) {
        if (std::ranges::find(capabilities, capability) != capabilities.end()) {
            return destination_of(kind, name);
        }
    }
    return destination_of(DestinationKind::queue, name);
}

std::string_view capability_of(const broker::DestinationView& destination) {
    const DestinationKind kind = kind_of(destination);
    return std::ranges::find(kCapabilities, kind, &Named::second)->first;
}

}  // namespace tern::amqp10
