#pragma once

#include "broker/api/ids.h"
#include "broker/policy/policy.h"
#include "engine/routing.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace tern::engine {

/// A message that was sent to a topic, and what decides who may have it later.
struct Remembered {
    MessagePtr message;
    std::int64_t at_ms = 0;
    std::uint64_t number = 0;  ///< of its topic's
    /// How many queues the sender's shard had heard of: only later ones are without it.
    std::uint64_t heard = 0;
    ShardId shard = {};
    broker::ConnectionNumber connection = {};
    std::string client_id = {};

    [[nodiscard]] Publisher publisher() const { return {shard, connection, client_id}; }
};

/// What is kept of a topic's past for subscribers that come later, in memory.
class History {
public:
    /// The number of the next one.
    [[nodiscard]] std::uint64_t next() { return ++last_; }
    void add(Remembered one, const broker::TopicHistory& policy);
    /// What may be given out now.
    [[nodiscard]] const std::deque<Remembered>& recall(const broker::TopicHistory& policy,
                                                       std::int64_t now_ms);
    /// The message whose sender wanted it to be kept, in place of the one before; nothing: none.
    void retain(std::optional<Remembered> one) { retained_ = std::move(one); }
    [[nodiscard]] const std::optional<Remembered>& retained() const { return retained_; }

private:
    void forget_oldest();

    std::deque<Remembered> kept_;
    std::optional<Remembered> retained_;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace tern::engine
