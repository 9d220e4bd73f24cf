// The part of SegmentSet that finds out, at the start, what is there. It believes nothing.
#include "base/log.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"
#include "store/segment_set.h"

#include <algorithm>

namespace tern::store {
namespace {

constexpr std::size_t kSearchBytes = std::size_t{1024} * 1024;

std::unexpected<std::error_code> damaged(std::uint32_t segment, std::uint64_t offset,
                                         const char* what) {
    log::error("store", "{} is damaged at offset {}: {}", segment_path(segment), offset, what);
    return failure(journal::Errc::corrupt);
}

/// Reads the blocks of one file.
class SegmentScan {
public:
    SegmentScan(File& file, std::uint64_t size, Segment& segment)
        : file_(file), size_(size), segment_(segment) {}

    /// All blocks up to the first that is not whole; returns up to where they say that the file has
    /// been synced. Errors: corrupt, or the disk's.
    Result<std::uint64_t> run() {
        for (;;) {
            const auto next = read_block();
            if (!next) return failure(next.error());
            if (!*next) break;
        }
        if (auto done = judge_end(); !done) return failure(done.error());
        if (auto done = check_unsynced(); !done) return failure(done.error());
        for (std::size_t i = 0; i < blocks_.size() && offset_ > blocks_[i].block.offset; ++i) {
            segment_.add(blocks_[i].block);
        }
        if (state_) segment_.set_state(std::move(*state_));
        segment_.bytes = offset_;
        segment_.changed = false;
        return synced_;
    }

private:
    struct Found {
        Block block;
        std::uint32_t crc = 0;
    };

    Result<bool> read_block() {
        if (size_ - offset_ < kBlockHeaderBytes) return false;
        std::array<std::uint8_t, kBlockHeaderBytes> bytes{};
        const auto got = file_.read_at(offset_, bytes);
        if (!got) return failure(got.error());
        const auto header = decode_block_header(bytes);
        if (*got != bytes.size() || !header || header->bytes > size_ - offset_) return false;
        if (header->synced > offset_) return false;
        if (header->type == BlockType::state) {
            const auto read = read_state(*header);
            if (!read) return failure(read.error());
            if (!*read) return false;
        } else if (!add(*header)) {
            return false;
        }
        synced_ = std::max(synced_, header->synced);
        offset_ += header->bytes;
        return true;
    }

    bool add(const BlockHeader& header) {
        if (!blocks_.empty() && header.first_slot <= blocks_.back().block.last_slot) return false;
        blocks_.push_back({.block = {.offset = offset_,
                                     .bytes = header.bytes,
                                     .first_lsn = header.first_lsn,
                                     .last_lsn = header.last_lsn,
                                     .queue = header.queue,
                                     .first_slot = header.first_slot,
                                     .last_slot = header.last_slot,
                                     .count = header.count,
                                     .live = header.count,
                                     .priorities = header.priorities,
                                     .first_expiry_ms = header.first_expiry_ms,
                                     .large = header.large,
                                     .dated = header.dated},
                           .crc = header.body_crc});
        return true;
    }

    Result<bool> read_state(const BlockHeader& header) {
        std::vector<std::uint8_t> body(header.body_bytes);
        const auto got = file_.read_at(offset_ + kBlockHeaderBytes, body);
        if (!got) return failure(got.error());
        if (*got != body.size() || crc32c(body) != header.body_crc) return false;
        auto state = decode_segment_state(body);
        if (!state) return false;
        state_ = std::move(*state);
        return true;
    }

    /// The blocks end here: because the last write was cut off, or because of damage?
    Result<void> judge_end() {
        if (synced_ > offset_) return damaged(segment_.number(), offset_, "it had been synced");
        std::vector<std::uint8_t> window(kSearchBytes + kBlockHeaderBytes);
        for (std::uint64_t at = align_block(offset_); at < size_; at += kSearchBytes) {
            const auto got = file_.read_at(at, window);
            if (!got) return failure(got.error());
            for (std::size_t i = 0; i < kSearchBytes && i + kBlockHeaderBytes <= *got;
                 i += kBlockAlignment) {
                const auto header = decode_block_header(Bytes(window).subspan(i));
                if (header && header->synced > offset_ && header->synced <= at + i) {
                    return damaged(segment_.number(), offset_, "what follows says it was synced");
                }
            }
        }
        return {};
    }

    /// Blocks that nobody says were synced are there as far as they are whole and right.
    Result<void> check_unsynced() {
        for (const Found& found : blocks_) {
            if (found.block.offset < synced_) continue;
            const auto right = is_right(found);
            if (!right) return failure(right.error());
            if (*right) continue;
            offset_ = found.block.offset;
            return {};
        }
        return {};
    }

    Result<bool> is_right(const Found& found) {
        const Block& block = found.block;
        std::vector<std::uint8_t> bytes(block.bytes);
        const auto got = file_.read_at(block.offset, bytes);
        if (!got) return failure(got.error());
        const Bytes body =
            Bytes(bytes).subspan(kBlockHeaderBytes, index_bytes(block.count, block.dated));
        if (*got != bytes.size() || crc32c(body) != found.crc) return false;
        for (const IndexEntry& entry : decode_index(body, block.count, block.dated)) {
            // Bytes in an earlier block were looked at there.
            if (entry.offset < block.offset) continue;
            const std::uint64_t at = entry.offset - block.offset;
            if (at > bytes.size() || entry.bytes > bytes.size() - at) return false;
            const Bytes stored = Bytes(bytes).subspan(at, entry.bytes);
            if (crc32c(stored, begin_message_crc(entry.lsn)) != entry.crc) return false;
        }
        return true;
    }

    File& file_;
    const std::uint64_t size_;
    Segment& segment_;
    std::uint64_t offset_ = kSegmentHeaderBytes;
    std::uint64_t synced_ = 0;
    std::vector<Found> blocks_;
    std::optional<SegmentState> state_;
};

/// Writes a part of the file once more: if the sync after it failed in an earlier life of the
/// process, the system shows it and yet believes that there is nothing to write.
Result<void> write_again(File& file, std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint8_t> bytes;
    for (; from < to; from += bytes.size()) {
        bytes.resize(std::min<std::uint64_t>(to - from, kSearchBytes));
        const auto got = file.read_at(from, bytes);
        if (!got) return failure(got.error());
        if (auto done = file.write_at(from, std::array{Bytes(bytes)}); !done) return done;
    }
    return {};
}

}  // namespace

Result<void> SegmentSet::open() {
    const auto names = disk_.list(kSegmentFolder);
    if (!names) return failure(names.error());
    folder_made_ = !names->empty();
    for (const std::string& name : *names) {
        const std::string path = std::string(kSegmentFolder) + '/' + name;
        if (const auto number = segment_of(name)) {
            last_ = std::max(last_, *number);
            if (auto done = open_segment(*number); !done) return done;
        } else if (name.ends_with(".tmp")) {
            if (auto done = disk_.remove(path); !done) return done;
        } else {
            log::warning("store", "{} is none of ours and is left alone", path);
        }
    }
    if (!folder_made_) return {};
    // What is true of their content is true of their names.
    if (auto done = disk_.sync_folder(""); !done) return done;
    return disk_.sync_folder(kSegmentFolder);
}

Result<void> SegmentSet::open_segment(std::uint32_t number) {
    auto file = disk_.open(segment_path(number), Disk::Open::existing);
    if (!file) return failure(file.error());
    const auto size = (*file)->size();
    if (!size) return failure(size.error());
    std::array<std::uint8_t, kSegmentHeaderBytes> bytes{};
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return failure(got.error());
    const auto header = decode_segment_header(bytes);
    if (!header && header.error() == journal::Errc::wrong_version) {
        log::error("store", "{} was written by another version", segment_path(number));
        return failure(header.error());
    }
    if (header && header->segment != number) {
        return damaged(number, 0, "it is another segment");
    }
    Segment segment(header ? *header : SegmentHeader{});
    std::uint64_t synced = 0;
    if (header && !header->temporary) {
        const auto scanned = SegmentScan(**file, *size, segment).run();
        if (!scanned) return failure(scanned.error());
        synced = *scanned;
    } else if (!header) {
        // Its first sync never came, or it is damaged: then there are blocks.
        std::vector<std::uint8_t> start(std::min<std::uint64_t>(*size, kSearchBytes));
        if (auto read = (*file)->read_at(0, start); !read) return failure(read.error());
        for (std::size_t at = 0; at + kBlockHeaderBytes <= start.size(); at += kBlockAlignment) {
            const auto block = decode_block_header(Bytes(start).subspan(at));
            if (block && block->synced > 0) return damaged(number, 0, "its header is gone");
        }
    }
    const bool transient = header && header->temporary;
    if (!transient && segment.bytes < *size) {
        // Or damaged: in the last block, which no other one says to have been synced.
        log::warning("store", "{}: what was not finished is cut off at offset {}",
                     segment_path(number), segment.bytes);
    }
    if (segment.slots() == 0) {
        folder_changed_ = true;
        return disk_.remove(segment_path(number));
    }
    if (segment.bytes < *size) {
        if (auto done = (*file)->truncate(segment.bytes); !done) return done;
    }
    // A process that died may have left it in the system's memory only.
    if (auto done = write_again(**file, synced, segment.bytes); !done) return done;
    if (auto done = (*file)->sync(); !done) return done;
    auto& kept = segments_[number] = std::make_unique<Segment>(std::move(segment));
    for (std::size_t i = 0; i < kept->blocks().size(); ++i) {
        if (kept->blocks()[i].is_dense()) continue;
        const auto entries = index(*kept, kept->blocks()[i]);
        if (!entries) return failure(entries.error());
        kept->set_live(
            i, static_cast<std::uint32_t>(std::ranges::count_if(
                   *entries, [&](const IndexEntry& entry) { return !kept->is_dead(entry.slot); })));
    }
    if (auto held = hold_bodies(*kept); !held) return held;
    if (kept->live() == 0) {
        drop(number);
    } else if (is_sparse(*kept)) {
        sparse_.insert(number);
    }
    return {};
}

/// Files that messages here refer to are needed.
Result<void> SegmentSet::hold_bodies(const Segment& segment) {
    for (const Block& block : segment.blocks()) {
        if (!block.large || block.live == 0) continue;
        const auto entries = index(segment, block);
        if (!entries) return failure(entries.error());
        const auto file = file_of(segment.number());
        if (!file) return failure(file.error());
        for (const IndexEntry& entry : *entries) {
            if ((entry.flags & IndexEntry::kLarge) == 0 || segment.is_dead(entry.slot)) continue;
            std::vector<std::uint8_t> stored(entry.bytes);
            const auto got = (*file)->read_at(entry.offset, stored);
            if (!got) return failure(got.error());
            // One without a body was consumed, as the journal is about to say; a damaged one is
            // found when it is wanted.
            if (const auto message = Message::decode(Bytes(stored).first(*got), finder_)) {
                bodies_[segment.number()][entry.slot] = (*message)->large();
            }
        }
    }
    return {};
}

Result<void> SegmentSet::start(std::uint64_t journal) {
    journal_ = journal;
    for (const auto& [number, segment] : segments_) {
        if (segment->header().journal == journal) continue;
        log::error("store", "{} belongs to another journal", segment_path(number));
        return failure(journal::Errc::corrupt);
    }
    return {};
}

}  // namespace tern::store
