#pragma once

#include "broker/api/ids.h"

#include <cstdint>
#include <vector>

namespace tern::broker {

/// A consumer as its queue sees it.
struct Consumer {
    ConsumerRef ref;
    std::uint64_t credit = 0;
    std::uint32_t outstanding = 0;  ///< delivered and not settled
    std::uint32_t run = 1;          ///< how many it gets in a row
    bool open = false;
};

/// The consumers of a queue and whose turn it is.
///
/// Turns go round. How many messages one turn is worth adapts: every wake-up of a client costs more
/// than a message, so a consumer that has settled all by the time its next turn comes gets twice as
/// many (up to 32); one that falls behind gets fewer, down to one at a time, so that idle
/// colleagues share what it cannot take.
class Consumers {
public:
    static constexpr std::uint32_t kRunMax = 32;

    /// Returns the slot, which stays the consumer's until `close`.
    std::uint32_t open(const ConsumerRef& ref, std::uint64_t credit);
    void close(std::uint32_t slot);

    [[nodiscard]] Consumer& at(std::uint32_t slot) { return slots_[slot]; }
    /// The slot of `ref`, or `kNone`.
    [[nodiscard]] std::uint32_t find(const ConsumerRef& ref) const;
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// Whose turn it is: a slot with credit, or `kNone`. `ready` messages wait.
    [[nodiscard]] std::uint32_t next(std::size_t ready);
    /// The consumer in `slot` got one.
    void delivered(std::uint32_t slot);

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }

private:
    void begin_turn(Consumer& consumer, std::size_t ready);

    std::vector<Consumer> slots_;
    std::uint32_t turn_ = 0;       ///< slot whose turn it is
    std::uint32_t turn_left_ = 0;  ///< messages left of this turn
    std::uint32_t count_ = 0;
};

}  // namespace tern::broker
