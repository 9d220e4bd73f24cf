#include "store/segment.h"

#include "base/assert.h"

#include <algorithm>

namespace tern::store {

std::uint64_t Segment::live_bytes() const {
    std::uint64_t sum = 0;
    for (const Block& block : blocks_) sum += block.bytes * block.live / block.count;
    return sum;
}

bool Segment::has(broker::QueueId queue) const {
    return std::ranges::any_of(
        blocks_, [queue](const Block& block) { return block.queue == queue && block.live > 0; });
}

void Segment::add(const Block& block) {
    TERN_ASSERT(block.first_slot >= slots_);
    blocks_.push_back(block);
    slots_ = block.last_slot + 1;
    live_ += block.live;
}

const Block* Segment::find(std::uint32_t slot) const {
    const auto block = std::ranges::lower_bound(blocks_, slot, {}, &Block::last_slot);
    return block == blocks_.end() || slot < block->first_slot ? nullptr : &*block;
}

bool Segment::settle(std::uint32_t slot) {
    const Block* const found = find(slot);
    if (found == nullptr || is_dead(slot) || found->live == 0) return false;
    Block& block = blocks_[static_cast<std::size_t>(found - blocks_.data())];
    if (dead_.size() <= slot) dead_.resize(slots_);
    dead_[slot] = true;
    --block.live;
    --live_;
    changed = true;
    return true;
}

void Segment::settle_all(broker::QueueId queue) {
    for (Block& block : blocks_) {
        if (block.queue != queue || block.live == 0) continue;
        dead_.resize(slots_);
        for (std::uint32_t slot = block.first_slot; slot <= block.last_slot; ++slot) {
            dead_[slot] = true;
        }
        live_ -= block.live;
        block.live = 0;
        changed = true;
    }
}

bool Segment::mark(broker::QueueId queue, std::uint64_t lsn) {
    const auto concerned = [&](std::uint64_t above) {
        return std::ranges::any_of(blocks_, [&](const Block& block) {
            return block.queue == queue && block.live > 0 && block.first_lsn <= lsn &&
                   block.last_lsn > above;
        });
    };
    const auto known = std::ranges::find(marks_, queue, &decltype(marks_)::value_type::first);
    if (known == marks_.end()) {
        if (!concerned(0)) return false;
        marks_.emplace_back(queue, lsn);
    } else {
        if (known->second >= lsn || !concerned(known->second)) return false;
        known->second = lsn;
    }
    changed = true;
    return true;
}

void Segment::replace(std::vector<Block> blocks, std::span<const std::uint32_t> gone_since) {
    blocks_ = std::move(blocks);
    for (const std::uint32_t slot : gone_since) {
        const Block* const found = find(slot);
        if (found != nullptr) --blocks_[static_cast<std::size_t>(found - blocks_.data())].live;
    }
    live_ = 0;
    for (const Block& block : blocks_) live_ += block.live;
}

void Segment::set_state(SegmentState state) {
    marks_ = std::move(state.marks);
    dead_ = std::move(state.dead);
    live_ = 0;
    for (Block& block : blocks_) {
        std::uint32_t gone = 0;
        for (std::uint32_t slot = block.first_slot; slot <= block.last_slot; ++slot) {
            if (is_dead(slot)) ++gone;
        }
        block.live = block.is_dense() ? block.count - gone : block.count;
        live_ += block.live;
    }
}

void Segment::set_live(std::size_t block, std::uint32_t live) {
    live_ = live_ - blocks_[block].live + live;
    blocks_[block].live = live;
}

}  // namespace tern::store
