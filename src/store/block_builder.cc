#include "store/block_builder.h"

#include "bytes/crc32c.h"

#include <algorithm>

namespace tern::store {

void BlockBuilder::begin(std::uint64_t offset, broker::QueueId queue) {
    block_ = {.offset = offset, .queue = queue};
    entries_.clear();
    bytes_ = 0;
    front_.clear();
    copied_.clear();
    parts_.clear();
}

void BlockBuilder::add(IndexEntry entry, Buffer head, Buffer body) {
    entry.bytes = static_cast<std::uint32_t>(head.size() + body.size());
    entry.crc = crc32c(body.bytes(), crc32c(head.bytes(), begin_message_crc(entry.lsn)));
    bytes_ += entry.bytes;
    entries_.push_back({entry, std::move(head), std::move(body), false});
}

/// Sets when the block's first message expires, and whether that is known of each.
void BlockBuilder::note_expiries() {
    for (const Item& item : entries_) {
        const std::int64_t at_ms = item.entry.expires_at_ms;
        if (at_ms == 0) continue;
        std::int64_t& first = block_.first_expiry_ms;
        first = block_.dated ? std::min(first, at_ms) : at_ms;
        block_.dated = true;
    }
}

std::span<const Bytes> BlockBuilder::finish(std::uint64_t synced) {
    note_expiries();
    block_.count = block_.live = static_cast<std::uint32_t>(entries_.size());
    const std::size_t front_bytes = kBlockHeaderBytes + index_bytes(block_.count, block_.dated);
    std::uint8_t* const front = front_.room(front_bytes);
    std::uint64_t offset = block_.offset + front_bytes;
    std::size_t copied_bytes = kBlockAlignment;
    block_.first_lsn = UINT64_MAX;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        IndexEntry& entry = entries_[i].entry;
        if (!entries_[i].refers) {
            entry.offset = offset;
            offset += entry.bytes;
        }
        for (const Buffer* piece : {&entries_[i].head, &entries_[i].body}) {
            if (piece->size() < kCopiedBytesMax) copied_bytes += piece->size();
        }
        block_.large |= (entry.flags & IndexEntry::kLarge) != 0;
        block_.first_lsn = std::min(block_.first_lsn, entry.lsn);
        block_.last_lsn = std::max(block_.last_lsn, entry.lsn);
        block_.priorities |=
            static_cast<std::uint16_t>(1U << std::min<unsigned>(entry.priority, 15));
        encode(entry, std::span<std::uint8_t, kIndexEntryBytes>(
                          front + kBlockHeaderBytes + i * kIndexEntryBytes, kIndexEntryBytes));
        if (!block_.dated) continue;
        store_big_endian(
            front + kBlockHeaderBytes + entries_.size() * kIndexEntryBytes + i * kDeadlineBytes,
            static_cast<std::uint64_t>(entry.expires_at_ms));
    }
    block_.bytes = align_block(offset - block_.offset);
    block_.first_slot = entries_.front().entry.slot;
    block_.last_slot = entries_.back().entry.slot;
    const Bytes index(front + kBlockHeaderBytes, front_bytes - kBlockHeaderBytes);
    encode(BlockHeader{.type = BlockType::messages,
                       .count = block_.count,
                       .bytes = block_.bytes,
                       .queue = block_.queue,
                       .priorities = block_.priorities,
                       .first_slot = block_.first_slot,
                       .last_slot = block_.last_slot,
                       .first_lsn = block_.first_lsn,
                       .last_lsn = block_.last_lsn,
                       .synced = synced,
                       .body_bytes = static_cast<std::uint32_t>(index.size()),
                       .body_crc = crc32c(index),
                       .first_expiry_ms = block_.first_expiry_ms,
                       .large = block_.large,
                       .dated = block_.dated},
           std::span<std::uint8_t, kBlockHeaderBytes>(front, kBlockHeaderBytes));

    // All that is copied lies in one piece of memory, which does not move from here on.
    std::uint8_t* copy = copied_.room(copied_bytes);
    parts_.emplace_back(front, front_bytes);
    const auto append = [this](Bytes bytes) {
        const bool adjacent = parts_.back().data() + parts_.back().size() == bytes.data();
        if (adjacent && parts_.size() > 1) {
            parts_.back() = {parts_.back().data(), parts_.back().size() + bytes.size()};
        } else {
            parts_.push_back(bytes);
        }
    };
    for (const Item& item : entries_) {
        if (item.refers) continue;
        for (const Buffer* piece : {&item.head, &item.body}) {
            if (piece->empty()) continue;
            if (piece->size() >= kCopiedBytesMax) {
                append(piece->bytes());
                continue;
            }
            std::ranges::copy(piece->bytes(), copy);
            append({copy, piece->size()});
            copy += piece->size();
        }
    }
    const std::size_t padding = block_.offset + block_.bytes - offset;
    std::fill_n(copy, padding, std::uint8_t{0});
    if (padding > 0) append({copy, padding});
    return parts_;
}

}  // namespace tern::store
