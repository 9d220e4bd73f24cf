#include "broker/queue/consumers.h"

#include "base/assert.h"

#include <algorithm>

namespace tern::broker {

std::uint32_t Consumers::open(const ConsumerRef& ref, std::uint64_t credit) {
    const auto unused = std::ranges::find(slots_, false, &Consumer::open);
    const auto slot = static_cast<std::uint32_t>(unused - slots_.begin());
    if (unused == slots_.end()) slots_.emplace_back();
    slots_[slot] = Consumer{.ref = ref, .credit = credit, .open = true};
    ++count_;
    return slot;
}

void Consumers::close(std::uint32_t slot) {
    TERN_ASSERT(slots_[slot].open);
    slots_[slot] = Consumer{};
    --count_;
    while (!slots_.empty() && !slots_.back().open) slots_.pop_back();
}

std::uint32_t Consumers::find(const ConsumerRef& ref) const {
    for (std::uint32_t slot = 0; slot < slots(); ++slot) {
        if (slots_[slot].open && slots_[slot].ref == ref) return slot;
    }
    return kNone;
}

std::uint32_t Consumers::next(std::size_t ready) {
    if (turn_left_ > 0 && turn_ < slots() && slots_[turn_].credit > 0) return turn_;
    for (std::uint32_t step = 1; step <= slots(); ++step) {
        const std::uint32_t slot = (turn_ + step) % slots();
        if (slots_[slot].credit == 0) continue;
        turn_ = slot;
        begin_turn(slots_[slot], ready);
        return slot;
    }
    return kNone;
}

void Consumers::begin_turn(Consumer& consumer, std::size_t ready) {
    if (consumer.outstanding == 0) {
        consumer.run = std::min(consumer.run * 2, kRunMax);
    } else if (consumer.outstanding > consumer.run) {
        consumer.run = std::max(consumer.run / 2, 1U);
    }
    // With enough waiting for everybody there is nothing to share out.
    const bool plenty = ready >= std::size_t{kRunMax} * count_;
    turn_left_ = plenty ? kRunMax : consumer.run;
}

void Consumers::delivered(std::uint32_t slot) {
    Consumer& consumer = slots_[slot];
    TERN_ASSERT(consumer.credit > 0);
    --consumer.credit;
    ++consumer.outstanding;
    if (slot == turn_ && turn_left_ > 0) --turn_left_;
}

}  // namespace tern::broker
