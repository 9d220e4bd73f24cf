#pragma once

#include "broker/api/queue_info.h"
#include "engine/turn.h"

#include <string_view>

namespace tern::engine {

/// Who publishes: subscriptions may not want what comes from their own connection.
struct Publisher {
    ShardId shard;
    broker::ConnectionNumber connection;
    std::string_view client_id;
};

/// The queues that take a message, and whether any of them makes it durable.
struct Routed {
    Routes routes;
    bool durable = false;
    /// Gets its place in the journal's order, even if the journal does not keep it.
    bool ordered = false;
    /// Some of the queues limit how long it lives.
    bool limited = false;
};

/// Whether the queue wants it. `publisher`: null for the broker itself.
[[nodiscard]] bool takes(const broker::QueueInfo& queue, const Message& message,
                         const Publisher* publisher);

/// Of the queues its address leads to, those that take the message. `publisher`: null for the
/// broker itself.
[[nodiscard]] Routed route(const Message& message, std::span<const broker::QueueInfoPtr> to,
                           const Publisher* publisher);

}  // namespace tern::engine
