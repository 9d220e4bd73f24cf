#pragma once

#include "message/message.h"
#include "runtime/disk.h"
#include "store/segment_format.h"
#include "store/tools/answer.h"
#include "store/tools/findings.h"

#include <memory>
#include <vector>

namespace tern::store::tools {

/// A segment's file, read as a start reads it but changing nothing, and read on behind what is
/// damaged.
class SegmentFile {
public:
    struct Block {
        std::uint64_t offset = 0;
        BlockHeader header;
    };

    /// Reads the headers of all blocks; those that a start would cut off are left out.
    [[nodiscard]] static Answer<std::unique_ptr<SegmentFile>> read(Disk& disk, std::uint32_t number,
                                                                   Findings& findings);

    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] std::string path() const { return segment_path(number_); }
    [[nodiscard]] std::uint64_t bytes() const { return size_; }
    /// Of what is in it; the journal is 0 when the header is gone.
    [[nodiscard]] const SegmentHeader& header() const { return header_; }
    /// Of messages.
    [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
    [[nodiscard]] bool is_dead(std::uint32_t slot) const {
        return slot < state_.dead.size() && state_.dead[slot];
    }
    [[nodiscard]] const SegmentState& state() const { return state_; }

    /// The entries of a block, in their order. Error: journal's corrupt, or the disk's.
    [[nodiscard]] Result<std::vector<IndexEntry>> index(const Block& block) const;
    /// A stored message. Error: journal's corrupt, or the disk's.
    [[nodiscard]] Result<std::vector<std::uint8_t>> stored(const IndexEntry& entry) const;

private:
    explicit SegmentFile(std::uint32_t number) : number_(number) {}
    [[nodiscard]] Result<void> read_blocks(Findings& findings);
    [[nodiscard]] Result<bool> read_block();
    [[nodiscard]] Result<bool> read_state(const BlockHeader& header);
    [[nodiscard]] Result<bool> skip_damage(Findings& findings);
    [[nodiscard]] Result<void> cut_unsynced(Findings& findings);
    [[nodiscard]] Result<bool> is_right(const Block& block) const;

    std::uint32_t number_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    SegmentHeader header_;
    std::vector<Block> blocks_;
    SegmentState state_;
    std::uint64_t offset_ = kSegmentHeaderBytes;
    std::uint64_t synced_ = 0;
};

}  // namespace tern::store::tools
