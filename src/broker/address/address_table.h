#pragma once

#include "broker/api/queue_info.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace tern::broker {

/// The connection a temporary destination lives with.
struct TemporaryOwner {
    ShardId shard;
    ConnectionNumber connection;

    bool operator==(const TemporaryOwner&) const = default;
};

/// Which queues each address routes to, and which temporary destinations there are.
class AddressTable {
public:
    /// The queues a message for `destination` goes to: none for a queue that does not exist and for
    /// a topic nobody subscribed to. Valid until the table changes.
    [[nodiscard]] std::span<const QueueInfoPtr> route(const DestinationView& destination) const;
    [[nodiscard]] QueueInfoPtr find(QueueId id) const;
    [[nodiscard]] std::size_t size() const { return queues_.size(); }

    void add(const QueueInfoPtr& queue);
    void remove(QueueId id);

    void add_temporary(const Destination& destination, TemporaryOwner owner);
    void remove_temporary(const DestinationView& destination);
    /// Null when there is no such temporary destination.
    [[nodiscard]] const TemporaryOwner* owner(const DestinationView& destination) const;
    [[nodiscard]] std::vector<Destination> temporary_destinations() const;

private:
    template <class T>
    using ByDestination = std::unordered_map<Destination, T, DestinationHash, DestinationEqual>;

    ByDestination<std::vector<QueueInfoPtr>> routes_;
    ByDestination<TemporaryOwner> temporaries_;
    std::unordered_map<QueueId, QueueInfoPtr> queues_;
};

}  // namespace tern::broker
