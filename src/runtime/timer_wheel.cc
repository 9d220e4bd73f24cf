#include "runtime/timer_wheel.h"

#include <bit>

namespace tern {

void TimerWheel::arm(Timer& timer, Instant when) {
    timer.unlink();
    timer.due_tick_ = tick_of(when);
    place(timer, overdue_);
}

void TimerWheel::advance(Instant now) {
    List due;
    due.swap(overdue_);
    fire(due);

    const std::uint64_t target =
        now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / kTick);
    for (std::uint64_t tick = next_tick(); tick <= target; tick = next_tick()) {
        enter(tick, due);
        fire(due);
    }
    if (target > current_tick_) current_tick_ = target;
}

Instant TimerWheel::next() const {
    const std::uint64_t tick = overdue_.empty() ? next_tick() : current_tick_;
    if (tick == kNever) return Instant::max();
    return start_ + kTick * static_cast<std::int64_t>(tick);
}

void TimerWheel::place(Timer& timer, List& due) {
    if (timer.due_tick_ <= current_tick_) {
        due.push_back(timer);
        return;
    }
    const auto width = static_cast<unsigned>(std::bit_width(timer.due_tick_ ^ current_tick_));
    const unsigned level = (width - 1) / kSlotBits;
    const std::uint64_t slot = (timer.due_tick_ >> (level * kSlotBits)) % kSlots;
    levels_[level][slot].push_back(timer);
    occupied_[level] |= std::uint64_t{1} << slot;
}

/// Makes `tick`, the beginning of the next occupied slot, the current one: its timers are due or
/// move to a lower level.
void TimerWheel::enter(std::uint64_t tick, List& due) {
    const auto width = static_cast<unsigned>(std::bit_width(tick ^ current_tick_));
    const unsigned level = (width - 1) / kSlotBits;
    const std::uint64_t slot = (tick >> (level * kSlotBits)) % kSlots;
    current_tick_ = tick;
    occupied_[level] &= ~(std::uint64_t{1} << slot);
    List moving;
    moving.swap(levels_[level][slot]);
    while (!moving.empty()) {
        Timer& timer = moving.front();
        moving.pop_front();
        place(timer, due);
    }
}

/// An action may destroy any timer, its own included: nothing is touched after the call.
void TimerWheel::fire(List& due) {
    while (!due.empty()) {
        Timer& timer = due.front();
        due.pop_front();
        timer.action_();
    }
}

/// The beginning of the first occupied slot. A lower level always comes before a higher one: it
/// covers only what is left of the current slot of the level above.
std::uint64_t TimerWheel::next_tick() const {
    for (unsigned level = 0; level < kLevels; ++level) {
        const unsigned shift = level * kSlotBits;
        const std::uint64_t here = current_tick_ >> shift;
        while (occupied_[level] != 0) {
            const auto slot = static_cast<unsigned>(std::countr_zero(occupied_[level]));
            if (!levels_[level][slot].empty()) return (here / kSlots * kSlots + slot) << shift;
            occupied_[level] &= occupied_[level] - 1;
        }
    }
    return kNever;
}

/// The first tick that does not begin before `when`.
std::uint64_t TimerWheel::tick_of(Instant when) const {
    if (when <= start_) return 0;
    const auto distance = when - start_;
    const auto whole = static_cast<std::uint64_t>(distance / kTick);
    return whole + (distance % kTick != distance.zero() ? 1 : 0);
}

}  // namespace tern
