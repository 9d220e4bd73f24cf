#pragma once

#include "broker/api/queue_info.h"
#include "broker/queue/admission.h"

namespace tern::engine {

/// A queue that was declared with options, with what its publishers have to know on any shard.
struct DeclaredQueue : broker::QueueInfo {
    /// Whether it has room.
    std::shared_ptr<broker::Admission> admission = std::make_shared<broker::Admission>();
    /// How long messages live on it; below 0: as long as they say themselves. Written by the owner.
    mutable std::atomic<std::int64_t> message_ttl_ms{broker::QueueOptions::kUnlimited};
};

/// Null when the queue came up by itself.
[[nodiscard]] inline const DeclaredQueue* declared(const broker::QueueInfo& queue) {
    // Whoever gives a queue options makes it one of these: the catalog and recovery.
    return queue.options == nullptr ? nullptr : static_cast<const DeclaredQueue*>(&queue);
}

}  // namespace tern::engine
