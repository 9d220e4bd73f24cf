#pragma once

#include "admin/health.h"
#include "admin/views.h"
#include "broker/api/operations.h"

#include <memory>
#include <vector>

namespace tern::admin {

/// All that the MBeans of one moment are made of.
struct Snapshot {
    std::int64_t now_ms = 0;
    broker::BrokerStatus status;
    std::vector<broker::QueueStatus> queues;
    std::vector<broker::QueueStatus> temporary_queues;
    std::vector<broker::QueueStatus> subscriptions;
    std::vector<broker::ConnectionStatus> connections;
    std::vector<broker::ConsumerStatus> consumers;
    Counts queue_producers;
    Counts topic_producers;
    std::vector<HealthFinding> health;
    std::vector<broker::ScheduledJob> jobs;  ///< the first ones, if they were asked for
    std::vector<broker::BranchStatus> branches;
    bool with_latencies = false;
};

using Snapped = std::move_only_function<void(std::shared_ptr<const Snapshot>)>;
/// What is left out unless it is asked for.
struct Wanted {
    bool jobs = false;
    bool latencies = false;
};
/// `about` outlives it.
void take_snapshot(broker::Operations& broker, const About& about, std::int64_t now_ms,
                   Wanted wanted, Snapped done);

}  // namespace tern::admin
