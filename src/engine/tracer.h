#pragma once

#include "base/shard_id.h"
#include "broker/api/trace.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace tern::engine {

/// A message on its way that may be followed.
struct Traced {
    std::uint64_t number = 0;  ///< 0: it is not
    bool awaited = false;      ///< a client wants to be told that it is safe
};

/// Follows some of the messages on their way through a shard: chosen by chance where they come in,
/// found again by their places on queues. What happened to them is kept for the last
/// kEventsMax events, and costs a comparison while none is chosen.
///
/// Runs on: its shard.
class Tracer {
public:
    explicit Tracer(ShardId shard) : last_(std::uint64_t{shard.value} << kShardShift) {}

    /// Which share of the messages is chosen from now on, from 0 to 1.
    void set_share(double share);
    [[nodiscard]] double share() const { return share_; }
    /// The number of one more message if it is chosen; otherwise 0.
    [[nodiscard]] std::uint64_t choose() { return threshold_ == 0 ? 0 : draw(); }

    /// Ignores what is about no message.
    void note(broker::TraceEvent event);
    /// The message is at that place from now on. False: too many are followed already.
    bool follow(std::uint64_t message, broker::QueueId queue, std::uint64_t ordinal);
    /// Which message that is; 0: none that is followed.
    [[nodiscard]] std::uint64_t find(broker::QueueId queue, std::uint64_t ordinal) const;
    /// It is there no more. True: nothing on that queue is followed now.
    bool forget(broker::QueueId queue, std::uint64_t ordinal);
    void forget(broker::QueueId queue);
    [[nodiscard]] bool follows(broker::QueueId queue) const { return places_.contains(queue); }
    /// No message on any queue is followed.
    [[nodiscard]] bool idle() const { return places_.empty(); }
    /// The oldest one first.
    [[nodiscard]] const std::deque<broker::TraceEvent>& events() const { return events_; }

private:
    static constexpr int kShardShift = 48;
    static constexpr std::size_t kEventsMax = 8192;
    static constexpr std::size_t kPlacesMax = 8192;

    [[nodiscard]] std::uint64_t draw();

    double share_ = 0;
    std::uint64_t threshold_ = 0;  ///< of 2^32
    std::uint64_t dice_ = 0;
    std::uint64_t last_;
    std::size_t count_ = 0;  ///< of places
    std::unordered_map<broker::QueueId, std::map<std::uint64_t, std::uint64_t>> places_;
    std::deque<broker::TraceEvent> events_;
};

}  // namespace tern::engine
