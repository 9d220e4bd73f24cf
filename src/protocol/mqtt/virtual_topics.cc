#include "protocol/mqtt/virtual_topics.h"

#include "protocol/mqtt/codec/topics.h"

#include <fmt/format.h>

namespace tern::mqtt {

std::string virtual_queue(std::string_view client_id, Qos qos, std::string_view filter) {
    const std::string_view quality = qos == Qos::at_least_once ? "AT_LEAST_ONCE" : "EXACTLY_ONCE";
    return fmt::format("Consumer.{}:{}.{}", swap_names(client_id), quality,
                       swap_names(with_virtual_prefix(filter)));
}

}  // namespace tern::mqtt
