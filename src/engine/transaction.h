#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "broker/api/queue_info.h"
#include "message/message.h"

#include <compare>
#include <string>
#include <vector>

namespace tern::engine {

struct StagedPublish {
    broker::Destination to;
    MessagePtr message;
    broker::Origin origin;
    std::vector<broker::QueueInfoPtr> queues = {};  ///< where an exchange led it; or by `to`
    std::uint64_t trace = 0;                        ///< its number, if it is followed: see Tracer
};

struct StagedAccept {
    broker::ConsumerRef consumer;
    std::vector<broker::DeliveryTag> tags;
};

/// What a transaction will do when it commits.
struct Transaction {
    std::vector<StagedPublish> publishes;
    std::vector<StagedAccept> accepts;
    std::size_t bytes = 0;
    bool is_part = false;  ///< of a branch

    [[nodiscard]] bool empty() const { return publishes.empty() && accepts.empty(); }
};

/// Whose part of a branch it is, by which number.
struct PartKey {
    ShardId shard;
    broker::ConnectionNumber connection;
    broker::TransactionNumber transaction;

    auto operator<=>(const PartKey&) const = default;
};

/// What one connection did in a branch.
struct BranchPart {
    PartKey key = {};
    Transaction work;
    std::string client_id = {};
};

}  // namespace tern::engine
