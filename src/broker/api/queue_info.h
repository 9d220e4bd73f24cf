#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <atomic>
#include <memory>
#include <vector>

namespace tern::broker {

/// What everybody may know of a queue: shared by all shards, never changed, but for one hint.
struct QueueInfo {
    QueueId id;
    ShardId owner;
    Durable durable = Durable::no;  ///< its persistent messages are journaled
    /// The addresses that route to this queue: one for a queue; what a subscription covers.
    std::vector<Destination> bindings;
    /// The connection this queue lives and dies with; 0 for those that stay.
    ShardId connection_shard;
    ConnectionNumber connection;
    /// A hint, written by the owner: how many consumers it has.
    mutable std::atomic<std::uint32_t> consumers{0};

    [[nodiscard]] bool is_subscription() const { return bindings.front().domain == Domain::topic; }
};

using QueueInfoPtr = std::shared_ptr<const QueueInfo>;

}  // namespace tern::broker
