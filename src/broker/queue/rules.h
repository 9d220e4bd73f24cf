#pragma once

#include "broker/queue/groups.h"

#include <cstdint>

namespace tern::broker {

/// Who gets what of a queue, and when.
struct QueueRules {
    /// Messages of a higher priority come first; otherwise they come in their order alone.
    bool prioritized = false;
    /// A consumer gets all it may have before the next one gets any; otherwise turns go round.
    bool strict_order = false;
    /// Of consumers with a higher priority; otherwise all are the same.
    bool consumer_priority = true;
    /// Every consumer wants to be the only one.
    bool all_exclusive = false;
    /// The first of them stays the only one until it leaves, whoever comes with a higher priority.
    bool lasting_exclusive = false;
    /// What has expired by the time it comes is handed out all the same, to whoever is there and
    /// has credit.
    bool expired_on_arrival = false;
    /// What has no room becomes a dead letter.
    bool overflow_dies = false;
    /// Without consumers nothing waits.
    bool purge_without_consumers = false;
    /// The first messages wait for so many consumers, 0 for the first one, ...
    std::uint32_t consumers_first = 0;
    /// ... but not longer after the first of them; 0: as long as it takes, within reason.
    std::int64_t wait_ms = 0;
    GroupRules groups = {};
    /// A new consumer lets all groups choose their consumers anew, ...
    bool rebalance = false;
    /// ... but nobody gets anything until all that was delivered is settled.
    bool rebalance_pauses = false;
    /// Every consumer gets everything, and leaves it where it is.
    bool non_destructive = false;
    /// It goes with its last consumer, if it is empty then.
    bool auto_delete = false;
    /// Who looks at it sees so many messages; 0: all.
    std::uint32_t browsed_max = 0;

    bool operator==(const QueueRules&) const = default;
};

}  // namespace tern::broker
