#pragma once

#include "runtime/clock.h"

#include <boost/intrusive/list.hpp>

#include <array>
#include <functional>

namespace tern {

class TimerWheel;

/// Something that happens once at a time, on the shard of its wheel. Owned by whoever waits; its
/// destruction cancels it.
class Timer : public boost::intrusive::list_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    explicit Timer(std::move_only_function<void()> action) : action_(std::move(action)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    [[nodiscard]] bool armed() const { return is_linked(); }
    void cancel() { unlink(); }

private:
    friend class TimerWheel;
    std::move_only_function<void()> action_;
    std::uint64_t due_tick_ = 0;
};

/// A hierarchical timer wheel: arming and cancelling cost the same however many timers are armed.
/// A timer fires not before its time and at most one tick (10 ms) late, plus the loop's own delay.
class TimerWheel {
public:
    static constexpr Millis kTick{10};

    explicit TimerWheel(Instant start) : start_(start) {}

    /// Arms `timer` for `when`, anew if it was armed. The past fires at the next `advance`.
    void arm(Timer& timer, Instant when);
    /// Fires all that is due, in order of time (by ticks; within a tick in the order of arming);
    /// actions may arm and cancel any timer.
    void advance(Instant now);
    /// When `advance` should be called next; `Instant::max()` when nothing is armed. Never after
    /// the first timer is due; a few times before, while a distant timer comes closer.
    [[nodiscard]] Instant next() const;

private:
    using List = boost::intrusive::list<Timer, boost::intrusive::constant_time_size<false>>;
    static constexpr unsigned kSlotBits = 6;
    static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
    /// 42 bits of ticks: more than any `Instant` can be away.
    static constexpr std::size_t kLevels = 7;
    static constexpr std::uint64_t kNever = UINT64_MAX;

    void place(Timer& timer, List& due);
    void enter(std::uint64_t tick, List& due);
    static void fire(List& due);
    [[nodiscard]] std::uint64_t next_tick() const;
    [[nodiscard]] std::uint64_t tick_of(Instant when) const;

    Instant start_;
    /// All that was due up to here has fired.
    std::uint64_t current_tick_ = 0;
    /// Armed for the past since the last `advance`.
    List overdue_;
    /// A timer lies in the level of the highest digit (base 64) in which its tick differs from the
    /// current one, in the slot of that digit. It moves down when the wheel reaches the slot.
    std::array<std::array<List, kSlots>, kLevels> levels_;
    /// One bit for each slot that may hold something. Cancelling leaves the bit; who finds the slot
    /// empty clears it.
    mutable std::array<std::uint64_t, kLevels> occupied_{};
};

}  // namespace tern
