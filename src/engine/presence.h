#pragma once

#include "broker/api/broker.h"
#include "broker/api/observer.h"

#include <string>
#include <utility>
#include <vector>

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
    /// Of each of its destinations, of which `first` tells the first one; those that rooms keep for
    /// themselves, and what the broker says of itself, are nobody's business.
    void opened(const broker::Subscribe& command, const broker::PartyPtr& first);
    void closed(broker::ConsumerNumber consumer);
    void add_producer(std::uint32_t number, const broker::Destination& to);
    void remove_producer(std::uint32_t number);
    /// So do its consumers and producers.
    void disconnected();

private:
    using What = broker::Party::What;
    struct Known {
        std::uint32_t number;
        broker::NoticeSubjectPtr subject;  ///< not null
    };
    /// By number: of a consumer, one for each of its destinations.
    using Numbered = std::vector<Known>;

    /// Null, and nobody is told, if nobody is to know.
    [[nodiscard]] broker::NoticeSubjectPtr come(const broker::PartyPtr& party);
    void come(const broker::PartyPtr& party, Numbered& known);
    void go(broker::NoticeSubjectPtr subject);
    void go(Numbered& known, std::uint32_t number);
    void go_all(Numbered& known);

    ShardBroker& shard_;
    broker::Observer& observer_;
    std::string connection_;
    broker::NoticeSubjectPtr self_;
    Numbered consumers_;
    Numbered producers_;
};

}  // namespace tern::engine
