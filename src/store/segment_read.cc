// The part of SegmentSet that reads messages back.
#include "base/log.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"
#include "store/segment_set.h"

#include <algorithm>
#include <array>

namespace tern::store {

using broker::PagedIn;
using broker::PageIn;

namespace {

/// So much that nobody wants may be read along with what is wanted.
constexpr std::uint64_t kGapBytesMax = std::uint64_t{128} * 1024;
/// For fewer than one in so many of a block's messages its index is not read as a whole: what is
/// wanted in the order of time is spread over all blocks.
constexpr std::size_t kFew = 16;

const IndexEntry* find(std::span<const IndexEntry> index, std::uint32_t slot) {
    const auto found = std::ranges::lower_bound(index, slot, {}, &IndexEntry::slot);
    return found == index.end() || found->slot != slot ? nullptr : &*found;
}

}  // namespace

Result<File*> SegmentSet::file_of(std::uint32_t segment) {
    for (auto& [key, stream] : streams_) {
        if (stream.segment->number() == segment) return stream.file.get();
    }
    const auto found = open_.find(segment);
    if (found != open_.end()) return found->second.get();
    auto file = disk_.open(segment_path(segment), Disk::Open::existing);
    if (!file) return failure(file.error());
    if (open_.size() >= kOpenMax) open_.erase(open_.begin());
    return (open_[segment] = std::move(*file)).get();
}

Result<std::vector<IndexEntry>> SegmentSet::index(const Segment& segment, const Block& block) {
    const auto file = file_of(segment.number());
    if (!file) return failure(file.error());
    std::vector<std::uint8_t> bytes(kBlockHeaderBytes + index_bytes(block.count, block.dated));
    const auto got = (*file)->read_at(block.offset, bytes);
    if (!got) return failure(got.error());
    const auto header = decode_block_header(bytes);
    const Bytes body = Bytes(bytes).subspan(kBlockHeaderBytes);
    if (*got != bytes.size() || !header || crc32c(body) != header->body_crc) {
        log::error("store", "{} is damaged at offset {}", segment_path(segment.number()),
                   block.offset);
        return failure(journal::Errc::corrupt);
    }
    return decode_index(body, block.count, block.dated);
}

Result<std::vector<IndexEntry>> SegmentSet::index_of(const Segment& segment, const Block& block,
                                                     std::span<const PageIn> wanted) {
    const auto file = file_of(segment.number());
    if (!file) return failure(file.error());
    std::vector<IndexEntry> entries;
    for (const PageIn& one : wanted) {
        const std::uint32_t slot = one.place.slot;
        // Where it is as long as nothing before it was left out.
        std::uint32_t at = std::min(slot - block.first_slot, block.count - 1);
        std::uint32_t low = 0;
        for (std::uint32_t high = block.count; low < high; at = low + (high - low) / 2) {
            std::array<std::uint8_t, kIndexEntryBytes> bytes;
            const auto got =
                (*file)->read_at(block.offset + kBlockHeaderBytes + at * kIndexEntryBytes, bytes);
            if (!got) return failure(got.error());
            if (*got != bytes.size()) return failure(journal::Errc::corrupt);
            const IndexEntry entry = decode_index_entry(bytes.data());
            if (entry.slot == slot) {
                entries.push_back(entry);
                break;
            }
            (entry.slot < slot ? low : high) = entry.slot < slot ? at + 1 : at;
        }
    }
    std::ranges::sort(entries, {}, &IndexEntry::slot);
    return entries;
}

std::vector<PagedIn> SegmentSet::get(std::span<const PageIn> wanted, std::size_t bytes_max) {
    std::vector<PagedIn> got;
    got.reserve(wanted.size());
    std::size_t bytes = 0;
    while (!wanted.empty() && (got.empty() || bytes < bytes_max)) {
        const auto found = segments_.find(wanted.front().place.segment);
        const Block* const block =
            found == segments_.end() ? nullptr : found->second->find(wanted.front().place.slot);
        if (block == nullptr) {
            log::error("store", "a message is not in {} any more",
                       segment_path(wanted.front().place.segment));
            got.push_back({.ordinal = wanted.front().ordinal});
            wanted = wanted.subspan(1);
            continue;
        }
        std::size_t count = 1;
        while (count < wanted.size() && wanted[count].place.segment == found->first &&
               wanted[count].place.slot >= block->first_slot &&
               wanted[count].place.slot <= block->last_slot) {
            ++count;
        }
        const std::size_t before = got.size();
        bytes += get_from(*found->second, *block, wanted.first(count), bytes_max - bytes, got);
        wanted = wanted.subspan(got.size() - before);
    }
    return got;
}

/// Reads messages of one block; returns how many bytes.
std::size_t SegmentSet::get_from(Segment& segment, const Block& block,
                                 std::span<const PageIn> wanted, std::size_t bytes_max,
                                 std::vector<PagedIn>& got) {
    std::vector<IndexEntry> entries;
    const bool few = block.checked && wanted.size() * kFew < block.count;
    if (auto read = few ? index_of(segment, block, wanted) : index(segment, block)) {
        entries = std::move(*read);
        segment.note_checked(block);
    }
    std::uint64_t sum = 0;
    std::uint64_t begin = UINT64_MAX;
    std::uint64_t end = 0;
    std::vector<const IndexEntry*> found;
    for (const PageIn& one : wanted) {
        if (!found.empty() && sum >= bytes_max) break;
        const IndexEntry* const entry = find(entries, one.place.slot);
        found.push_back(entry);
        if (entry == nullptr) continue;
        sum += entry->bytes;
        begin = std::min(begin, entry->offset);
        end = std::max(end, entry->offset + entry->bytes);
    }
    const auto file = file_of(segment.number());
    std::vector<std::uint8_t> window;
    if (sum > 0 && file && end - begin <= sum + kGapBytesMax) {
        window.resize(end - begin);
        const auto read = (*file)->read_at(begin, window);
        if (!read || *read != window.size()) window.clear();
    }
    std::vector<std::uint8_t> piece;
    for (std::size_t i = 0; i < found.size(); ++i) {
        PagedIn one{.ordinal = wanted[i].ordinal};
        const IndexEntry* const entry = found[i];
        if (entry != nullptr && file) {
            Bytes stored;
            if (!window.empty()) {
                stored = Bytes(window).subspan(entry->offset - begin, entry->bytes);
            } else {
                piece.resize(entry->bytes);
                const auto read = (*file)->read_at(entry->offset, piece);
                if (read && *read == piece.size()) stored = piece;
            }
            one.lsn = entry->lsn;
            one.announced = (entry->flags & IndexEntry::kAnnounced) != 0;
            const bool right = stored.size() == entry->bytes &&
                               crc32c(stored, begin_message_crc(entry->lsn)) == entry->crc;
            if (auto message = right ? Message::decode(stored, finder_)
                                     : Result<MessagePtr>(failure(journal::Errc::corrupt))) {
                one.message = std::move(*message);
            }
        }
        if (one.message == nullptr) {
            log::error("store", "{}: the message in slot {} cannot be read and is left out",
                       segment_path(segment.number()), wanted[i].place.slot);
        }
        got.push_back(std::move(one));
    }
    return sum;
}

}  // namespace tern::store
