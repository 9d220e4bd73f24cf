// The part of SegmentSet that writes sparse segments anew. A message keeps its slot, so nobody else
// has to know.
#include "base/log.h"
#include "journal/errc.h"
#include "store/segment_set.h"

#include <algorithm>

namespace tern::store {

bool SegmentSet::is_sparse(const Segment& segment) const {
    // Before half of it is gone: what is needed is counted now and then only, and the disk is to
    // have no more than twice that all the same. A bit is kept of each message that is gone.
    const std::uint64_t kept = segment.live_bytes() + segment.slots() / 8;
    return segment.bytes >= options_.shrink_bytes_min && kept < segment.bytes / 5 * 3;
}

Result<bool> SegmentSet::shrink() {
    if (!shrinking_) {
        while (!sparse_.empty()) {
            const auto found = segments_.find(*sparse_.begin());
            sparse_.erase(sparse_.begin());
            if (found == segments_.end() || !is_sparse(*found->second)) continue;
            if (auto begun = begin_shrinking(*found->second); !begun) {
                give_up_shrinking();
                return failure(begun.error());
            }
            return true;
        }
        return false;
    }
    Segment& segment = *segments_.at(shrinking_->segment);
    const bool last = shrinking_->next == segment.blocks().size();
    const auto done =
        last ? end_shrinking(segment) : shrink_block(segment, segment.blocks()[shrinking_->next]);
    if (done) return true;
    give_up_shrinking();
    return failure(done.error());
}

Result<void> SegmentSet::begin_shrinking(Segment& segment) {
    if (auto done = sync(); !done) return done;
    seal(segment.number());
    shrinking_.emplace(Shrinking{
        .segment = segment.number(), .file = nullptr, .end = kSegmentHeaderBytes, .blocks = {}});
    auto file = disk_.open(shrinking_path(segment.number()), Disk::Open::create);
    if (!file) return failure(file.error());
    shrinking_->file = std::move(*file);
    const auto header = encode(segment.header());
    return shrinking_->file->write_at(0, std::array{Bytes(header)});
}

Result<void> SegmentSet::shrink_block(Segment& segment, const Block& block) {
    ++shrinking_->next;
    if (block.live == 0) return {};
    const auto entries = index(segment, block);
    if (!entries) return failure(entries.error());
    const auto file = file_of(segment.number());
    if (!file) return failure(file.error());
    builder_.begin(shrinking_->end, block.queue);
    if (!block.dated) builder_.expire_not_before(block.first_expiry_ms);
    std::vector<std::uint64_t> old_offsets;
    for (const IndexEntry& entry : *entries) {
        if (segment.is_dead(entry.slot)) continue;
        old_offsets.push_back(entry.offset);
        // Several queues' message stays one.
        const auto moved = shrinking_->moved.find(entry.offset);
        if (moved != shrinking_->moved.end()) {
            IndexEntry again = entry;
            again.offset = moved->second;
            builder_.refer(again);
            continue;
        }
        MutableBuffer stored(entry.bytes);
        const auto got = (*file)->read_at(entry.offset, std::span(stored.data(), entry.bytes));
        if (!got) return failure(got.error());
        if (*got != entry.bytes) return failure(journal::Errc::corrupt);
        // With the checksum it has: what was damaged stays so.
        builder_.add_checked(entry, std::move(stored).freeze(entry.bytes));
    }
    if (builder_.empty()) return {};
    if (auto done = shrinking_->file->write_at(shrinking_->end, builder_.finish(0)); !done) {
        return done;
    }
    // Little by little: the journal's syncs may have to wait for what lies unsynced elsewhere.
    if (auto done = shrinking_->file->sync(); !done) return done;
    for (std::size_t i = 0; segment.header().queue == kCommon && i < builder_.size(); ++i) {
        shrinking_->moved.try_emplace(old_offsets[i], builder_.entry(i).offset);
    }
    shrinking_->end += builder_.block().bytes;
    shrinking_->blocks.push_back(builder_.block());
    shrinking_->copied_up_to = builder_.block().last_slot + 1;
    return {};
}

Result<void> SegmentSet::end_shrinking(Segment& segment) {
    Shrinking& made = *shrinking_;
    if (auto done = write_state(*made.file, segment, made.end); !done) return done;
    if (auto done = made.file->sync(); !done) return done;
    const std::uint32_t number = segment.number();
    if (auto done = disk_.rename(shrinking_path(number), segment_path(number)); !done) return done;
    if (auto done = disk_.sync_folder(kSegmentFolder); !done) return done;
    segment.replace(std::move(made.blocks), made.gone_since);
    segment.bytes = made.end;
    segment.changed = false;
    open_.erase(number);
    shrinking_.reset();
    return {};
}

void SegmentSet::give_up_shrinking() {
    if (!shrinking_) return;
    const std::string path = shrinking_path(shrinking_->segment);
    shrinking_.reset();
    std::ignore = disk_.remove(path);  // at the next start, at the latest
}

}  // namespace tern::store
