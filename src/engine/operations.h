#pragma once

#include "broker/api/operations.h"
#include "broker/route/route_operations.h"
#include "engine/engine.h"

namespace tern::engine {

/// `broker::Operations` and `broker::RouteOperations` over the engine's shards: asks each for its
/// part and puts the parts together on the caller's thread.
class Operations final : public broker::Operations, public broker::RouteOperations {
public:
    /// Runs a task on the thread that calls the operations; from any thread.
    using Post = std::function<void(Task)>;

    /// `engine` outlives this object, and this the shards' threads.
    Operations(Engine& engine, Post post) : engine_(engine), post_(std::move(post)) {}

    void status(broker::Reply<broker::BrokerStatus> reply) override;
    void list_queues(broker::QueueQuery query, broker::Reply<broker::QueuePage> reply) override;
    void find_queue(broker::QueueName name,
                    broker::Reply<Result<broker::QueueStatus>> reply) override;
    void list_connections(broker::Reply<std::vector<broker::ConnectionStatus>> reply) override;
    void list_consumers(std::optional<broker::QueueName> of,
                        broker::Reply<std::vector<broker::ConsumerStatus>> reply) override;
    void count_notices(std::string prefix,
                       broker::Reply<std::map<std::string, std::size_t>> reply) override;
    void browse(broker::BrowseQuery query,
                broker::Reply<Result<broker::BrowsePage>> reply) override;
    void explain(broker::Subject what,
                 broker::Reply<Result<std::vector<broker::Obstacle>>> reply) override;
    void declare(broker::Destination queue, broker::Reply<std::error_code> reply) override;
    void remove(broker::QueueName name, broker::Reply<std::error_code> reply) override;
    void send(broker::Destination to, MessagePtr message,
              broker::Reply<std::error_code> reply) override;
    void purge(broker::QueueName name, broker::Reply<Result<std::size_t>> reply) override;
    void pause(broker::QueueName name, bool paused, broker::Reply<std::error_code> reply) override;
    void act(broker::MessageAction action, broker::Reply<Result<std::size_t>> reply) override;
    void mark_dead_letters(broker::QueueName name, bool are,
                           broker::Reply<std::error_code> reply) override;
    void release_groups(broker::QueueName name, std::optional<std::string> group,
                        broker::Reply<std::error_code> reply) override;
    void list_scheduled(broker::JobSelection which,
                        broker::Reply<std::vector<broker::ScheduledJob>> reply) override;
    void remove_scheduled(broker::JobSelection which,
                          broker::Reply<std::error_code> reply) override;
    void list_branches(broker::Reply<std::vector<broker::BranchStatus>> reply) override;
    void decide_branch(std::string name, broker::BranchEnd end,
                       broker::Reply<std::error_code> reply) override;
    void follow_messages(double share, broker::Reply<std::error_code> reply) override;
    void list_traces(broker::TraceQuery query, broker::Reply<broker::TracePage> reply) override;
    void close_connection(broker::ConnectionRef connection, broker::Reply<bool> reply) override;
    // operations_routes.cc: broker::RouteOperations
    void list_routes(std::optional<std::string> vhost,
                     broker::Reply<broker::Routes> reply) override;
    void remove_vhost(std::string vhost, broker::Reply<std::error_code> reply) override;

private:
    /// Runs on the shard that owns the queue; the error says why there is none.
    using UseQueue = std::move_only_function<void(ShardBroker&, Result<broker::QueueInfoPtr>)>;

    // operations_explain.cc
    using Obstacles = std::vector<broker::Obstacle>;
    void explain_connection(broker::ConnectionRef ref, broker::Reply<Result<Obstacles>> reply);
    /// What the queue itself does not know of: `ordinal` of a message, or 0.
    void add_outside(const broker::QueueInfoPtr& queue, std::uint64_t ordinal, Obstacles found,
                     broker::Reply<Result<Obstacles>> reply);
    /// Says who reached the limits, and ends.
    void add_culprits(Obstacles found, broker::Reply<Result<Obstacles>> reply);

    void at_queue(broker::QueueName name, UseQueue use);
    /// Runs where jobs wait; null when there are none.
    void at_schedule(std::move_only_function<void(ShardBroker*)> use);
    /// Runs `part(ShardBroker&)` on every shard, and `whole(vector of parts)` on the caller's
    /// thread.
    template <class Part, class Whole>
    void gather(const Part& part, Whole whole);
    /// On the caller's thread, from any.
    template <class T>
    void answer(broker::Reply<T> reply, T value);
    void add_connections(std::vector<broker::ConsumerStatus> consumers,
                         broker::Reply<std::vector<broker::ConsumerStatus>> reply);

    Engine& engine_;
    Post post_;
};

}  // namespace tern::engine
