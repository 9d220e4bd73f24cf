// The part of Operations that says why something does not get on: each part of the broker is asked
// for what it knows of that.
#include "broker/api/errors.h"
#include "engine/connection.h"
#include "engine/operations_gather.h"

#include <algorithm>

namespace tern::engine {

using broker::Errc;
using broker::Limit;
using broker::Obstacle;
using broker::QueueInfoPtr;
using broker::Reply;

void Operations::explain(broker::Subject what, Reply<Result<Obstacles>> reply) {
    if (const auto* const connection = std::get_if<broker::ConnectionRef>(&what)) {
        return explain_connection(*connection, std::move(reply));
    }
    const auto* const message = std::get_if<broker::MessageName>(&what);
    const std::uint64_t ordinal = message == nullptr ? 0 : message->ordinal;
    broker::QueueName name =
        message == nullptr ? std::get<broker::QueueName>(what) : message->queue;
    at_queue(std::move(name), [this, ordinal, reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        broker::Queue* const queue = found ? shard.find_queue((*found)->id) : nullptr;
        if (queue == nullptr) {
            const std::error_code error =
                found ? make_error_code(Errc::no_such_destination) : found.error();
            return answer<Result<Obstacles>>(std::move(reply), failure(error));
        }
        const std::int64_t now_ms = shard.wall_ms();
        post_([this, ordinal, info = std::move(*found), reply = std::move(reply),
               here = ordinal == 0 ? queue->explain(now_ms)
                                   : queue->explain(ordinal, now_ms)]() mutable {
            add_outside(info, ordinal, std::move(here), std::move(reply));
        });
    });
}

void Operations::explain_connection(broker::ConnectionRef ref, Reply<Result<Obstacles>> reply) {
    if (ref.shard.value >= engine_.shards()) {
        return reply(Obstacles{{.why = Obstacle::Why::gone}});
    }
    ShardBroker& shard = engine_.shard(ref.shard);
    shard.loop().deliver([this, &shard, ref, reply = std::move(reply)]() mutable {
        const Connection* const connection = shard.find(ref.connection);
        const bool there = connection != nullptr && !connection->hidden();
        post_([this, reply = std::move(reply),
               found = there ? connection->explain()
                             : Obstacles{{.why = Obstacle::Why::gone}}]() mutable {
            add_culprits(std::move(found), std::move(reply));
        });
    });
}

void Operations::add_outside(const QueueInfoPtr& queue, std::uint64_t ordinal, Obstacles found,
                             Reply<Result<Obstacles>> reply) {
    gather(
        [queue, ordinal](ShardBroker& shard) {
            Obstacles part;
            if (ordinal == 0) part = shard.explain_sends(queue->bindings.front());
            if (shard.id() == ShardId{0}) {
                std::ranges::move(shard.catalog().explain_in_doubt(queue->id, ordinal),
                                  std::back_inserter(part));
            }
            return part;
        },
        [this, found = std::move(found),
         reply = std::move(reply)](std::vector<Obstacles> parts) mutable {
            for (Obstacles& part : parts) std::ranges::move(part, std::back_inserter(found));
            add_culprits(std::move(found), std::move(reply));
        });
}

void Operations::add_culprits(Obstacles found, Reply<Result<Obstacles>> reply) {
    sort_obstacles(found);
    const auto is_shared = [](const Obstacle& one) {
        return one.limit == Limit::memory || one.limit == Limit::store ||
               one.limit == Limit::temporary || one.limit == Limit::disk;
    };
    if (std::ranges::none_of(found, is_shared)) return reply(std::move(found));
    using Largest = ShardBroker::Largest;
    gather(
        [](ShardBroker& shard) {
            return std::pair(shard.largest_queue(true), shard.largest_queue(false));
        },
        [found = std::move(found), reply = std::move(reply),
         is_shared](const std::vector<std::pair<Largest, Largest>>& parts) mutable {
            Largest in_memory;
            Largest altogether;
            for (const auto& [first, second] : parts) {
                if (first.bytes > in_memory.bytes) in_memory = first;
                if (second.bytes > altogether.bytes) altogether = second;
            }
            for (Obstacle& one : found) {
                if (!is_shared(one)) continue;
                one.detail = one.limit == Limit::memory ? in_memory.name : altogether.name;
            }
            reply(std::move(found));
        });
}

}  // namespace tern::engine
