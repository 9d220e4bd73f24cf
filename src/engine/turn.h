#pragma once

#include "broker/api/listener.h"
#include "runtime/loop.h"
#include "store/batch.h"

#include <boost/container/small_vector.hpp>

#include <optional>
#include <vector>

namespace tern::engine {

using Routes = boost::container::small_vector<store::Route, 1>;

/// A message on its way through the journal's order.
struct Publication {
    MessagePtr message;
    Routes routes;
    /// Its record in the batch; none for a transient message that only keeps its place behind
    /// durable ones of the same connection.
    std::optional<std::size_t> record;
};

/// One that is followed: see Tracer.
struct TracedPublication {
    std::size_t index = 0;  ///< among the turn's publications
    std::uint64_t number = 0;
    bool awaited = false;  ///< a client wants to be told that it is safe
};

/// Tells a connection that everything up to here is safe.
struct Answer {
    broker::ConnectionNumber connection;
    broker::Token token;
    std::size_t bytes = 0;  ///< of publishes that no longer weigh on the connection
};

/// What one shard gathered during a turn and wants in the journal, and what happens once it is
/// there. Travels from its shard to the journal's lane and from there to every shard it concerns;
/// nobody changes it after `settle_outcome`.
class Turn {
public:
    /// `number` counts the turns of `origin`.
    Turn(ShardId origin, std::uint64_t number) : origin_(origin), number_(number) {}

    store::Batch batch;
    std::vector<Publication> publications;
    /// Those of them that are followed, in order.
    std::vector<TracedPublication> traced;
    /// Messages that transactions of this turn consumed.
    std::vector<broker::DeliveryTag> consumed;
    /// In segments, needed no more once it is durable.
    std::vector<broker::Place> places;
    std::vector<Answer> answers;
    std::int64_t began_us = 0;   ///< by the clock that `QueuePort::now_us` reads
    std::int64_t stored_us = 0;  ///< the same, when it was durable, if any of it is followed
    /// Holds a transaction: nobody gets a part of it before all of it is durable.
    bool atomic = false;
    /// Its publications went to their queues when it was sent off.
    bool enqueued = false;
    /// Run on the origin, with the positions known, if all went well.
    std::vector<std::move_only_function<void(const Turn&)>> then;

    [[nodiscard]] bool empty() const;
    /// Whether it says only that messages were accepted, and nobody asked to be told of it.
    [[nodiscard]] bool only_settles() const;
    /// Whether all that is to be journaled are its publications, each for one queue.
    [[nodiscard]] bool only_publishes() const;
    [[nodiscard]] ShardId origin() const { return origin_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }

    void settle_outcome(Result<std::span<const journal::Position>> outcome);
    [[nodiscard]] std::error_code error() const { return error_; }
    /// Where its first record lies, once it is durable.
    [[nodiscard]] journal::Lsn first() const { return first_; }
    [[nodiscard]] broker::StoredAt position(std::size_t record) const {
        return {first_.value + record};
    }

private:
    ShardId origin_;
    std::uint64_t number_;
    journal::Lsn first_;
    std::error_code error_;
};

}  // namespace tern::engine
