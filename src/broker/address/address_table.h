#pragma once

#include "broker/address/pattern_tree.h"
#include "broker/address/virtual_topics.h"
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
    AddressTable() = default;
    AddressTable(const AddressTable&) = delete;
    AddressTable& operator=(const AddressTable&) = delete;

    /// The queues a message for `destination` goes to: none for a queue that does not exist and for
    /// a topic nobody subscribed to. Valid until the next call.
    [[nodiscard]] std::span<const QueueInfoPtr> route(const DestinationView& destination) const;
    /// The queues, subscriptions apart, that the pattern matches.
    [[nodiscard]] std::vector<QueueInfoPtr> queues_matching(std::string_view pattern) const;
    [[nodiscard]] QueueInfoPtr find(QueueId id) const;
    /// Looks at all queues there are: for what is asked rarely.
    [[nodiscard]] QueueInfoPtr find(const SubscriptionKey& key) const;
    [[nodiscard]] std::size_t size() const { return queues_.size(); }

    void add(const QueueInfoPtr& queue);
    void remove(QueueId id);
    /// From now on queues get the messages of these topics besides those of their own addresses.
    void set_virtual_topics(VirtualTopics topics);

    void add_temporary(const Destination& destination, TemporaryOwner owner);
    void remove_temporary(const DestinationView& destination);
    /// Null when there is no such temporary destination.
    [[nodiscard]] const TemporaryOwner* owner(const DestinationView& destination) const;
    [[nodiscard]] std::vector<Destination> temporary_destinations() const;

private:
    template <class T>
    using ByDestination = std::unordered_map<Destination, T, DestinationHash, DestinationEqual>;

    /// What topics route to was found for this many, before it is found anew.
    static constexpr std::size_t kResolvedMax = 65536;

    struct Resolved {
        std::uint64_t epoch = 0;  ///< of the table when it was found
        std::vector<QueueInfoPtr> queues;
    };

    void bind(const Destination& binding, const QueueInfoPtr& queue);
    void unbind(const Destination& binding, const QueueInfoPtr& queue);
    /// The topics that the queue gets messages of because of its name.
    [[nodiscard]] std::vector<Destination> implied(const QueueInfo& queue) const;
    [[nodiscard]] std::span<const QueueInfoPtr> exact(const DestinationView& destination) const;
    [[nodiscard]] std::span<const QueueInfoPtr> resolve(const DestinationView& topic) const;

    using Routes = ByDestination<std::vector<QueueInfoPtr>>;

    Routes routes_;
    /// What was asked for last: a message asks more than once, and the next one often for the same.
    mutable const Routes::value_type* recent_ = nullptr;
    PatternTree patterns_;
    VirtualTopics virtual_topics_;
    std::size_t pattern_count_ = 0;
    std::uint64_t epoch_ = 1;
    /// While there are patterns: what topics route to, so that it is looked up once.
    mutable std::unordered_map<std::string, Resolved, StringHash, std::equal_to<>> resolved_;
    ByDestination<TemporaryOwner> temporaries_;
    std::unordered_map<QueueId, QueueInfoPtr> queues_;
};

}  // namespace tern::broker
