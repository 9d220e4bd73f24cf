#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "broker/api/queue_options.h"
#include "message/message.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tern::broker {

class Filter;

/// By what a named subscription is found again: at most one for each pair.
struct SubscriptionKey {
    std::string client_id;
    std::string name;

    bool operator==(const SubscriptionKey&) const = default;
};

/// A named subscription, which consumers come back to.
struct NamedSubscription {
    SubscriptionKey key;
    /// Any number of consumers at a time; otherwise one.
    bool shared = false;
    /// Which messages it takes, in JMS's language; empty: all.
    std::string selector = {};
    /// Not those that a connection of its client id publishes.
    bool no_local = false;

    bool operator==(const NamedSubscription&) const = default;
};

/// What everybody may know of a queue: shared by all shards, never changed, but for one hint.
struct QueueInfo : std::enable_shared_from_this<QueueInfo> {
    QueueId id;
    ShardId owner;
    Durable durable = Durable::no;  ///< its persistent messages are journaled
    /// The addresses that route to this queue: one for a queue; what a subscription covers, with
    /// wildcards.
    std::vector<Destination> bindings;
    /// For a named subscription.
    std::optional<NamedSubscription> subscription;
    /// For a subscription: what it takes; null for everything.
    std::shared_ptr<const Filter> filter;
    /// For a subscription: not what its own connection publishes.
    bool no_local = false;
    /// The connection this queue lives and dies with; 0 for those that stay.
    ShardId connection_shard;
    ConnectionNumber connection;
    /// For a subscription without a name: that connection's.
    std::string client_id = {};
    /// A hint, written by the owner: how many consumers it has.
    mutable std::atomic<std::uint32_t> consumers{0};
    /// A hint: one of its consumers wants to be the only one.
    mutable std::atomic<bool> exclusive_consumer{false};
    /// A hint, written by the owner: it has as much in memory as it may have.
    mutable std::atomic<bool> full{false};
    /// The user it was made for, if that was in this run of the broker.
    std::string made_by = {};
    /// What it was declared with; null for one that came up by itself.
    std::shared_ptr<const QueueOptions> options = {};

    [[nodiscard]] bool is_subscription() const { return bindings.front().domain == Domain::topic; }
};

using QueueInfoPtr = std::shared_ptr<const QueueInfo>;

}  // namespace tern::broker
