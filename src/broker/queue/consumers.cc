#include "broker/queue/consumers.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace tern::broker {
namespace {

/// An exclusive consumer of this priority takes over from any other.
constexpr std::int16_t kTakesOver = 127;

}  // namespace

std::uint32_t Consumers::open(const ConsumerRef& ref, const ConsumerOptions& options) {
    const auto unused = std::ranges::find(slots_, false, &Consumer::open);
    const auto slot = static_cast<std::uint32_t>(unused - slots_.begin());
    if (unused == slots_.end()) slots_.emplace_back();
    Consumer& consumer = slots_[slot];
    consumer = Consumer{};
    consumer.ref = ref;
    consumer.credit = options.credit;
    consumer.prefetch = options.prefetch;
    consumer.priority = options.priority;
    consumer.exclusive = options.exclusive;
    consumer.borrows = options.borrows;
    consumer.counted = options.counted;
    consumer.party = options.party;
    if (!consumer.counted) ++uncounted_;
    consumer.open = true;
    consumer.opened = ++opened_;
    ++count_;
    note_priorities();
    if (!consumer.exclusive) return slot;
    const bool takes_over =
        exclusive_ != kNone && !lasting_ &&
        (consumer.priority == kTakesOver || consumer.priority > slots_[exclusive_].priority);
    if (exclusive_ == kNone || takes_over) exclusive_ = slot;
    return slot;
}

void Consumers::close(std::uint32_t slot) {
    TERN_ASSERT(slots_[slot].open);
    if (!slots_[slot].counted) --uncounted_;
    slots_[slot] = Consumer{};
    --count_;
    if (exclusive_ == slot) choose_exclusive();
    while (!slots_.empty() && !slots_.back().open) slots_.pop_back();
    note_priorities();
}

void Consumers::retire(std::uint32_t slot) {
    if (std::exchange(slots_[slot].counted, false)) ++uncounted_;
    slots_[slot].credit = 0;
    slots_[slot].exclusive = false;
    if (exclusive_ == slot) choose_exclusive();
}

void Consumers::choose_exclusive() {
    exclusive_ = kNone;
    for (std::uint32_t slot = 0; slot < slots(); ++slot) {
        const Consumer& one = slots_[slot];
        if (!one.open || !one.exclusive) continue;
        if (exclusive_ == kNone) {
            exclusive_ = slot;
            continue;
        }
        if (comes_before(one, slots_[exclusive_])) exclusive_ = slot;
    }
}

void Consumers::note_priorities() {
    const auto first = std::ranges::find(slots_, true, &Consumer::open);
    priorities_ = std::any_of(first, slots_.end(), [&](const Consumer& one) {
        return one.open && one.priority != first->priority;
    });
}

std::uint32_t Consumers::find(const ConsumerRef& ref) const {
    for (std::uint32_t slot = 0; slot < slots(); ++slot) {
        if (slots_[slot].open && slots_[slot].ref == ref) return slot;
    }
    return kNone;
}

void Consumers::begin_turn(std::uint32_t slot, std::size_t ready) {
    turn_ = slot;
    Consumer& consumer = slots_[slot];
    if (consumer.outstanding == 0) {
        consumer.run = std::min(consumer.run * 2, kRunMax);
    } else if (consumer.outstanding > consumer.run) {
        consumer.run = std::max(consumer.run / 2, 1U);
    }
    // With enough waiting for everybody there is nothing to share out.
    const bool plenty = ready >= std::size_t{kRunMax} * count_;
    turn_left_ = plenty ? kRunMax : consumer.run;
}

void Consumers::delivered(std::uint32_t slot, std::uint64_t ordinal, std::int64_t now_ms) {
    Consumer& consumer = slots_[slot];
    TERN_ASSERT(consumer.credit > 0);
    --consumer.credit;
    consumer.handouts.note(ordinal, now_ms, consumer.outstanding == 0);
    ++consumer.outstanding;
    ++consumer.delivered;
    if (slot == turn_ && turn_left_ > 0) --turn_left_;
}

}  // namespace tern::broker
