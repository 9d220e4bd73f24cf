#pragma once

#include "broker/queue/queue.h"
#include "engine/shard_broker.h"

#include <memory>
#include <set>

namespace tern::engine {

/// Removes, moves or copies messages of a queue, some hundred at a time: each part is a transaction
/// of its own, so a message is never lost or there twice, and other work goes on in between.
///
/// Runs on: the queue's shard. Keeps itself alive until it is done.
class MessageJob : public std::enable_shared_from_this<MessageJob> {
public:
    using Done = std::move_only_function<void(Result<std::size_t>)>;

    /// Where messages are moved or copied to exists.
    MessageJob(ShardBroker& shard, broker::QueueInfoPtr queue, broker::MessageAction action,
               broker::FilterPtr filter, Done done);

    void run();

private:
    /// Messages that become one transaction.
    static constexpr std::size_t kPart = 256;

    struct Step {
        broker::Delivery delivery;
        std::optional<broker::Destination> to;
    };

    [[nodiscard]] std::vector<broker::Delivery> next_part(broker::Queue& queue);
    [[nodiscard]] std::optional<broker::Destination> target(const broker::Delivery& one) const;
    [[nodiscard]] bool is_over() const;
    void take(std::vector<broker::Delivery> part);
    void make_missing(std::vector<Step> steps, std::set<std::string> missing);
    void commit(const std::vector<Step>& steps);
    void put_back(const std::vector<Step>& steps);
    void continue_later();

    ShardBroker& shard_;
    broker::QueueInfoPtr queue_;
    broker::MessageAction action_;
    broker::Queue::Window window_;
    std::size_t next_ordinal_ = 0;
    std::size_t done_count_ = 0;
    Done done_;
};

}  // namespace tern::engine
