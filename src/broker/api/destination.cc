#include "broker/api/destination.h"

#include <functional>

namespace tern::broker {

std::string to_text(const DestinationView& destination) {
    std::string text = destination.temporary ? "temp-" : "";
    text += destination.domain == Domain::queue ? "queue://" : "topic://";
    text += destination.name;
    return text;
}

std::size_t DestinationHash::operator()(const DestinationView& d) const noexcept {
    const std::size_t kind = (d.domain == Domain::topic ? 1U : 0U) + (d.temporary ? 2U : 0U);
    return std::hash<std::string_view>{}(d.name) ^ (kind * 0x9E3779B97F4A7C15ULL);
}

}  // namespace tern::broker
