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

void BlockBuilder::note_expiry(std::int64_t at_ms) {
    if (at_ms == 0) return;
    std::int64_t& first = block_.first_expiry_ms;
    first = first == 0 ? at_ms : std::min(first, at_ms);
}

std::span<const Bytes> BlockBuilder::finish(std::uint64_t synced) {
    const std::size_t front_bytes = kBlockHeaderBytes + entries_.size() * kIndexEntryBytes;
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
    }
    block_.bytes = align_block(offset - block_.offset);
    block_.count = block_.live = static_cast<std::uint32_t>(entries_.size());
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
                       .large = block_.large},
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
