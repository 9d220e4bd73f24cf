#pragma once

#include "protocol/mqtt/codec/packets.h"

#include <string>
#include <string_view>

namespace tern::mqtt {

// ActiveMQ's strategy `mqtt-virtual-topic-subscriptions`: clients publish to virtual topics, which
// their subscriptions need not know of, and what waits for them waits on queues.

inline constexpr std::string_view kVirtualTopic = "VirtualTopic/";

/// The name as clients of other protocols know it, in MQTT's letters. `$…` is never virtual.
[[nodiscard]] inline std::string with_virtual_prefix(std::string_view name) {
    const bool own = name.starts_with('$') || name.starts_with(kVirtualTopic);
    return std::string(own ? "" : kVirtualTopic).append(name);
}

/// The name as MQTT's clients know it.
[[nodiscard]] inline std::string_view without_virtual_prefix(std::string_view name) {
    if (name.starts_with(kVirtualTopic)) name.remove_prefix(kVirtualTopic.size());
    return name;
}

/// Whether a lasting subscription of that filter has a queue. Others are durable subscriptions of
/// the topic: a queue has one name, which stands for one topic.
[[nodiscard]] inline bool has_virtual_queue(std::string_view filter) {
    return !filter.starts_with('$') && !filter.starts_with(kVirtualTopic) &&
           filter.find_first_of("+#") == std::string_view::npos;
}

/// The name of that queue, as clients of other protocols know it.
[[nodiscard]] std::string virtual_queue(std::string_view client_id, Qos qos,
                                        std::string_view filter);

}  // namespace tern::mqtt
