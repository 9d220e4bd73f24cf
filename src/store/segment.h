#pragma once

#include "store/segment_format.h"

#include <span>
#include <vector>

namespace tern::store {

/// A block of messages of one queue, as memory knows it.
struct Block {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_lsn = 0;
    std::uint64_t last_lsn = 0;
    broker::QueueId queue{};
    std::uint32_t first_slot = 0;
    std::uint32_t last_slot = 0;
    std::uint32_t count = 0;
    std::uint32_t live = 0;
    std::uint16_t priorities = 0;
    std::int64_t first_expiry_ms = 0;  ///< as in BlockHeader
    bool large = false;                ///< as in BlockHeader
    bool dated = false;                ///< as in BlockHeader
    bool checked = false;              ///< its index was read as a whole, and is right

    /// Every slot has its message here: nothing was left out when the segment was written anew.
    [[nodiscard]] bool is_dense() const { return last_slot - first_slot + 1 == count; }
};

/// What memory knows of a segment: where its blocks are and which messages are gone.
class Segment {
public:
    explicit Segment(const SegmentHeader& header) : header_(header) {}

    [[nodiscard]] const SegmentHeader& header() const { return header_; }
    [[nodiscard]] std::uint32_t number() const { return header_.segment; }
    [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
    [[nodiscard]] std::uint32_t slots() const { return slots_; }
    [[nodiscard]] std::uint32_t live() const { return live_; }
    /// About how much of the file is needed.
    [[nodiscard]] std::uint64_t live_bytes() const;
    [[nodiscard]] bool is_dead(std::uint32_t slot) const {
        return slot < dead_.size() && dead_[slot];
    }
    [[nodiscard]] bool has(broker::QueueId queue) const;

    void add(const Block& block);
    /// False when it was gone already, or never was.
    bool settle(std::uint32_t slot);
    /// All messages of the queue are gone.
    void settle_all(broker::QueueId queue);
    /// True when that says something new of a message here.
    bool mark(broker::QueueId queue, std::uint64_t lsn);
    /// The same messages in other blocks, of which those in `gone_since` are gone.
    void replace(std::vector<Block> blocks, std::span<const std::uint32_t> gone_since);

    [[nodiscard]] SegmentState state() const { return {.marks = marks_, .dead = dead_}; }
    /// To be followed by `set_live` for each block that is not dense.
    void set_state(SegmentState state);
    void set_live(std::size_t block, std::uint32_t live);
    [[nodiscard]] const std::vector<std::pair<broker::QueueId, std::uint64_t>>& marks() const {
        return marks_;
    }
    /// The index of the block, one of `blocks`, is right.
    void note_checked(const Block& block) {
        blocks_[static_cast<std::size_t>(&block - blocks_.data())].checked = true;
    }
    /// The block that the slot belongs to; null if none.
    [[nodiscard]] const Block* find(std::uint32_t slot) const;

    std::uint64_t bytes = 0;  ///< of the file
    bool changed = false;     ///< since its state was last written

private:
    SegmentHeader header_;
    std::vector<Block> blocks_;
    std::vector<bool> dead_;
    std::vector<std::pair<broker::QueueId, std::uint64_t>> marks_;
    std::uint32_t slots_ = 0;
    std::uint32_t live_ = 0;
};

}  // namespace tern::store
