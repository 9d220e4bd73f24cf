#pragma once

#include "message/message.h"
#include "store/segment.h"

#include <span>
#include <vector>

namespace tern::store {

/// Puts messages of one queue together to a block, as parts to be written one after the other.
/// Keeps its memory from block to block.
class BlockBuilder {
public:
    static constexpr std::size_t kMessagesMax = 1024;
    static constexpr std::uint64_t kBytesMax = std::uint64_t{1024} * 1024;

    /// Begins a block that will lie at `offset`.
    void begin(std::uint64_t offset, broker::QueueId queue);
    /// `entry` without place and checksum, which follow from the bytes: those of `head` and `body`.
    void add(IndexEntry entry, Buffer head, Buffer body);
    /// A message as it was found; its checksum is kept.
    void add_checked(const IndexEntry& entry, Buffer stored) {
        bytes_ += entry.bytes;
        entries_.push_back({entry, std::move(stored), {}, false});
    }
    /// A message whose bytes lie in the same file already, and `entry` says where.
    void refer(const IndexEntry& entry) { entries_.push_back({entry, {}, {}, true}); }
    /// When the messages expire is not known one by one: none does before; 0: none ever does.
    void expire_not_before(std::int64_t at_ms) { block_.first_expiry_ms = at_ms; }
    [[nodiscard]] bool is_full() const {
        return entries_.size() >= kMessagesMax || bytes_ >= kBytesMax;
    }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    /// The parts of the block; valid until the next `begin`. `synced` as in BlockHeader.
    [[nodiscard]] std::span<const Bytes> finish(std::uint64_t synced);

    /// After `finish`: what memory needs to know, and the index entries as written.
    [[nodiscard]] const Block& block() const { return block_; }
    [[nodiscard]] const IndexEntry& entry(std::size_t i) const { return entries_[i].entry; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    void note_expiries();

    struct Item {
        IndexEntry entry;
        Buffer head;
        Buffer body;
        bool refers = false;
    };
    static constexpr std::size_t kCopiedBytesMax = std::size_t{4} * 1024;

    Block block_;
    std::vector<Item> entries_;
    std::uint64_t bytes_ = 0;
    ByteWriter front_;
    ByteWriter copied_;
    std::vector<Bytes> parts_;
};

}  // namespace tern::store
