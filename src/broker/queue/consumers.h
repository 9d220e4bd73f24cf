#pragma once

#include "base/frugal_deque.h"
#include "broker/api/ids.h"
#include "broker/api/observer.h"
#include "broker/queue/handout_times.h"

#include <cstdint>
#include <vector>

namespace tern::broker {

class Selection;

/// How a consumer wants to be served.
struct ConsumerOptions {
    std::uint64_t credit = 0;
    /// Those with a higher one come first, as long as they have credit.
    std::int16_t priority = 0;
    /// While there is such a consumer, it alone gets messages.
    bool exclusive = false;
    /// Consumes from several queues with one credit: it is borrowed from its connection message by
    /// message.
    bool borrows = false;
    /// How many messages it may have at a time.
    std::uint64_t prefetch = 0;
    /// Of a subscription without a name: so many messages may wait beyond these; 0: it does not
    /// say.
    std::uint32_t pending_max = 0;
    /// A consumer in the eyes of others, not just somebody who takes single messages.
    bool counted = true;
    /// Who it is, for those who are told what happens to it.
    PartyPtr party = nullptr;
};

/// A consumer as its queue sees it.
struct Consumer {
    ConsumerRef ref;
    std::uint64_t credit = 0;
    std::uint64_t prefetch = 0;
    std::uint64_t settled = 0;           ///< accepted so far
    std::uint32_t outstanding = 0;       ///< delivered and not settled
    std::uint64_t delivered = 0;         ///< ever
    std::uint64_t delivered_before = 0;  ///< of these, when it last had none
    std::int64_t began_us = 0;           ///< when it then got the next one
    HandoutTimes handouts;
    std::uint32_t run = 1;  ///< how many it gets in a row
    std::int16_t priority = 0;
    bool exclusive = false;
    bool borrows = false;
    bool asked = false;  ///< it was refused a loan, and will be told when there is more
    bool open = false;
    bool counted = true;
    std::uint64_t opened = 0;        ///< counts up: who came first
    Selection* selection = nullptr;  ///< null: everything
    std::uint32_t groups = 0;        ///< message groups it owns
    PartyPtr party;
    /// Messages of its groups that wait for its credit, in order.
    FrugalDeque<std::uint64_t> waiting;
    /// Of a queue where everybody gets everything: how far this one is, and what it gets again.
    std::uint64_t read_to = 0;
    std::vector<std::uint64_t> again;
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
    std::uint32_t open(const ConsumerRef& ref, const ConsumerOptions& options);
    void close(std::uint32_t slot);
    /// Stays open without credit and without counting.
    void retire(std::uint32_t slot);

    [[nodiscard]] Consumer& at(std::uint32_t slot) { return slots_[slot]; }
    [[nodiscard]] const Consumer& at(std::uint32_t slot) const { return slots_[slot]; }
    /// The slot of `ref`, or `kNone`.
    [[nodiscard]] std::uint32_t find(const ConsumerRef& ref) const;
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// No turns: of the highest priority, the one who came first takes all it can.
    void set_strict_order(bool strict) { strict_order_ = strict; }
    /// Who keeps everything for itself does so until it leaves, whoever else comes.
    void set_lasting(bool lasting) { lasting_ = lasting; }

    /// Whose turn it is: of those for whom `can_take(slot)`, one of the highest priority; or
    /// `kNone`. `ready` messages wait.
    template <class CanTake>
    [[nodiscard]] std::uint32_t next(std::size_t ready, CanTake can_take) {
        if (strict_order_) return first_come(can_take);
        if (turn_left_ > 0 && turn_ < slots() && may_go(turn_) && can_take(turn_)) return turn_;
        std::uint32_t chosen = kNone;
        for (std::uint32_t step = 1; step <= slots(); ++step) {
            const std::uint32_t slot = (turn_ + step) % slots();
            if (!may_go(slot)) continue;
            if (chosen != kNone && slots_[slot].priority <= slots_[chosen].priority) continue;
            if (!can_take(slot)) continue;
            chosen = slot;
            if (!priorities_) break;
        }
        if (chosen != kNone) begin_turn(chosen, ready);
        return chosen;
    }
    /// For a message of a group without owner: of the highest priority, the one with fewest groups.
    template <class CanTake>
    [[nodiscard]] std::uint32_t least_groups(CanTake can_take) {
        std::uint32_t chosen = kNone;
        for (std::uint32_t slot = 0; slot < slots(); ++slot) {
            if (!may_go(slot)) continue;
            if (chosen != kNone && !before(slots_[slot], slots_[chosen])) continue;
            if (can_take(slot)) chosen = slot;
        }
        return chosen;
    }
    /// The consumer in `slot` got this one.
    void delivered(std::uint32_t slot, std::uint64_t ordinal, std::int64_t now_ms);
    /// Credit has changed: those with a higher priority may have the turn now.
    void reconsider() {
        if (priorities_) turn_left_ = 0;
    }

    /// It is there, and no exclusive consumer keeps everything for itself.
    [[nodiscard]] bool may_go(std::uint32_t slot) const {
        return slot < slots() && slots_[slot].open && (exclusive_ == kNone || exclusive_ == slot);
    }
    /// The slot of the one that keeps everything for itself, or `kNone`.
    [[nodiscard]] std::uint32_t exclusive() const { return exclusive_; }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::uint32_t counted() const { return count_ - uncounted_; }
    [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }

private:
    template <class CanTake>
    [[nodiscard]] std::uint32_t first_come(CanTake can_take) {
        std::uint32_t chosen = kNone;
        for (std::uint32_t slot = 0; slot < slots(); ++slot) {
            if (!may_go(slot)) continue;
            const Consumer& one = slots_[slot];
            if (chosen != kNone && !comes_before(one, slots_[chosen])) continue;
            if (can_take(slot)) chosen = slot;
        }
        return chosen;
    }
    [[nodiscard]] static bool comes_before(const Consumer& a, const Consumer& b) {
        return a.priority != b.priority ? a.priority > b.priority : a.opened < b.opened;
    }
    [[nodiscard]] static bool before(const Consumer& a, const Consumer& b) {
        if (a.priority != b.priority) return a.priority > b.priority;
        return a.groups < b.groups;
    }
    void begin_turn(std::uint32_t slot, std::size_t ready);
    void note_priorities();
    void choose_exclusive();

    std::vector<Consumer> slots_;
    std::uint32_t turn_ = 0;       ///< slot whose turn it is
    std::uint32_t turn_left_ = 0;  ///< messages left of this turn
    std::uint32_t count_ = 0;
    std::uint32_t uncounted_ = 0;
    std::uint64_t opened_ = 0;
    std::uint32_t exclusive_ = kNone;  ///< who alone gets messages
    bool priorities_ = false;          ///< not all are the same
    bool strict_order_ = false;
    bool lasting_ = false;
};

}  // namespace tern::broker
