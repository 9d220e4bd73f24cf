#pragma once

#include "broker/api/listener.h"

#include <vector>

namespace tern::broker {

/// What a queue causes outside of itself.
class QueuePort {
public:
    virtual ~QueuePort() = default;

    virtual void deliver(const ConsumerRef& to, const QueueInfo& from,
                         std::vector<Delivery> deliveries) = 0;
    /// The queue needs its journaled message no longer.
    virtual void settled(const QueueInfo& queue, StoredAt at) = 0;
    /// Everything of this queue up to `lsn` may be delivered from now on: to be journaled, and
    /// answered by `Queue::marked` once that is durable.
    virtual void mark(const QueueInfo& queue, std::uint64_t lsn) = 0;
};

}  // namespace tern::broker
