#pragma once

#include "broker/api/broker.h"
#include "broker/api/observer.h"

#include <map>
#include <string>
#include <utility>

namespace tern::engine {

class ShardBroker;

/// A consumer of `connection`, as `command` opens it, at one of its destinations.
[[nodiscard]] broker::Party party_of(const broker::Subscribe& command, std::string connection,
                                     const broker::Destination& at);

/// Lets clients know of a connection, its consumers and its producers, for a room that does not.
///
/// Runs on: the connection's shard.
class Presence {
public:
    /// `shard` and `observer` outlive this object.
    Presence(ShardBroker& shard, broker::Observer& observer, std::string connection)
        : shard_(shard), observer_(observer), connection_(std::move(connection)) {}

    void connected(std::string client_id, std::string user, std::string peer);
    /// Of each of its destinations; those that rooms keep for themselves, and what the broker says
    /// of itself, are nobody's business.
    void opened(const broker::Subscribe& command);
    void closed(broker::ConsumerNumber consumer);
    void add_producer(std::uint32_t number, const broker::Destination& to);
    void remove_producer(std::uint32_t number);
    /// So do its consumers and producers.
    void disconnected();

private:
    using What = broker::Party::What;
    using Destinations = std::multimap<std::uint32_t, broker::Destination>;

    void come(const broker::Party& party);
    void go(What what, std::uint32_t number, const broker::Destination& destination);
    void go_all(What what, Destinations& known, std::uint32_t number);

    ShardBroker& shard_;
    broker::Observer& observer_;
    std::string connection_;
    Destinations consumers_;
    Destinations producers_;
};

}  // namespace tern::engine
