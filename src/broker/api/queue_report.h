#pragma once

#include "broker/api/destination.h"
#include "broker/api/listener.h"

#include <cstdint>

namespace tern::broker {

/// What a queue has seen since the broker started; what it recovered does not count.
struct QueueTotals {
    std::uint64_t enqueued = 0;
    std::uint64_t dispatched = 0;
    std::uint64_t dequeued = 0;  ///< consumed, expired or rejected
    std::uint64_t expired = 0;

    QueueTotals& operator+=(const QueueTotals& other) {
        enqueued += other.enqueued;
        dispatched += other.dispatched;
        dequeued += other.dequeued;
        expired += other.expired;
        return *this;
    }
};

struct QueueReport {
    Destination queue;
    QueueCounts counts;
    QueueTotals totals;
};

}  // namespace tern::broker
