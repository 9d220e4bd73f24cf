#include "store/tools/segment_file.h"

#include "bytes/crc32c.h"
#include "journal/errc.h"

#include <algorithm>

namespace tern::store::tools {
namespace {

constexpr std::size_t kSearchBytes = std::size_t{1024} * 1024;
constexpr const char* kCutOff = "what was not finished ends here; the next start cuts it off";

}  // namespace

Answer<std::unique_ptr<SegmentFile>> SegmentFile::read(Disk& disk, std::uint32_t number,
                                                       Findings& findings) {
    auto made = std::unique_ptr<SegmentFile>(new SegmentFile(number));
    const std::string path = made->path();
    auto file = disk.open(path, Disk::Open::existing);
    if (!file) return problem_with(path, file.error());
    made->file_ = std::move(*file);
    const auto size = made->file_->size();
    if (!size) return problem_with(path, size.error());
    made->size_ = *size;
    std::array<std::uint8_t, kSegmentHeaderBytes> bytes{};
    if (auto got = made->file_->read_at(0, bytes); !got) return problem_with(path, got.error());
    const auto header = decode_segment_header(bytes);
    if (!header && header.error() == journal::Errc::wrong_version) {
        return problem("{} was written by another version", path);
    }
    if (header) made->header_ = *header;
    if (header && header->segment != number) findings.damage(path, 0, "it is another segment");
    if (made->header_.temporary) return made;
    if (auto done = made->read_blocks(findings); !done) return problem_with(path, done.error());
    if (!header && made->synced_ > 0) {
        findings.damage(path, 0, "its header is gone");
    } else if (!header) {
        // Its first sync never came.
        made->blocks_.clear();
        findings.note(path, 0, "it was never finished; the next start removes it");
    }
    return made;
}

Result<void> SegmentFile::read_blocks(Findings& findings) {
    for (;;) {
        const auto next = read_block();
        if (!next) return failure(next.error());
        if (*next) continue;
        const auto more = skip_damage(findings);
        if (!more) return failure(more.error());
        if (!*more) break;
    }
    return cut_unsynced(findings);
}

/// False: there is no block that is whole.
Result<bool> SegmentFile::read_block() {
    if (size_ < offset_ || size_ - offset_ < kBlockHeaderBytes) return false;
    std::array<std::uint8_t, kBlockHeaderBytes> bytes{};
    const auto got = file_->read_at(offset_, bytes);
    if (!got) return failure(got.error());
    const auto header = decode_block_header(bytes);
    if (*got != bytes.size() || !header || header->bytes > size_ - offset_) return false;
    if (header->synced > offset_) return false;
    if (header->type == BlockType::state) {
        const auto right = read_state(*header);
        if (!right || !*right) return right;
    } else {
        if (!blocks_.empty() && header->first_slot <= blocks_.back().header.last_slot) return false;
        blocks_.push_back({.offset = offset_, .header = *header});
    }
    synced_ = std::max(synced_, header->synced);
    offset_ += header->bytes;
    return true;
}

Result<bool> SegmentFile::read_state(const BlockHeader& header) {
    std::vector<std::uint8_t> body(header.body_bytes);
    const auto got = file_->read_at(offset_ + kBlockHeaderBytes, body);
    if (!got) return failure(got.error());
    if (*got != body.size() || crc32c(body) != header.body_crc) return false;
    auto state = decode_segment_state(body);
    if (!state) return false;
    state_ = std::move(*state);
    return true;
}

/// The blocks end here: because the last write was cut off, or because of damage, behind which it
/// goes on? Then `offset_` is where.
Result<bool> SegmentFile::skip_damage(Findings& findings) {
    std::uint64_t next = 0;
    bool durable = synced_ > offset_;
    std::vector<std::uint8_t> window(kSearchBytes + kBlockHeaderBytes);
    for (std::uint64_t at = align_block(offset_ + 1); at < size_; at += kSearchBytes) {
        const auto got = file_->read_at(at, window);
        if (!got) return failure(got.error());
        for (std::size_t i = 0; i < kSearchBytes && i + kBlockHeaderBytes <= *got;
             i += kBlockAlignment) {
            const auto header = decode_block_header(Bytes(window).subspan(i));
            if (!header || header->synced > at + i) continue;
            if (next == 0) next = at + i;
            durable = durable || header->synced > offset_;
        }
    }
    if (durable) {
        findings.damage(path(), offset_, "a block that had been durable is not whole");
    } else if (offset_ < size_) {
        findings.note(path(), offset_, kCutOff);
    }
    if (!durable || next == 0) return false;
    offset_ = next;
    return true;
}

/// What nobody says was synced is there as far as it is whole and right.
Result<void> SegmentFile::cut_unsynced(Findings& findings) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        if (blocks_[i].offset < synced_) continue;
        const auto right = is_right(blocks_[i]);
        if (!right) return failure(right.error());
        if (*right) continue;
        findings.note(path(), blocks_[i].offset, kCutOff);
        blocks_.resize(i);
    }
    return {};
}

Result<bool> SegmentFile::is_right(const Block& block) const {
    const auto entries = index(block);
    if (!entries) {
        if (entries.error() == journal::Errc::corrupt) return false;
        return failure(entries.error());
    }
    for (const IndexEntry& entry : *entries) {
        // Bytes in an earlier block were looked at there.
        if (entry.offset < block.offset) continue;
        const auto read = stored(entry);
        if (!read && read.error() == journal::Errc::corrupt) return false;
        if (!read) return failure(read.error());
    }
    return true;
}

Result<std::vector<IndexEntry>> SegmentFile::index(const Block& block) const {
    std::vector<std::uint8_t> bytes(block.header.body_bytes);
    const auto got = file_->read_at(block.offset + kBlockHeaderBytes, bytes);
    if (!got) return failure(got.error());
    if (*got != bytes.size() || crc32c(bytes) != block.header.body_crc) {
        return failure(journal::Errc::corrupt);
    }
    return decode_index(bytes, block.header.count, block.header.dated);
}

Result<std::vector<std::uint8_t>> SegmentFile::stored(const IndexEntry& entry) const {
    if (entry.offset > size_ || entry.bytes > size_ - entry.offset) {
        return failure(journal::Errc::corrupt);
    }
    std::vector<std::uint8_t> bytes(entry.bytes);
    const auto got = file_->read_at(entry.offset, bytes);
    if (!got) return failure(got.error());
    if (*got != bytes.size() || crc32c(bytes, begin_message_crc(entry.lsn)) != entry.crc) {
        return failure(journal::Errc::corrupt);
    }
    return bytes;
}

}  // namespace tern::store::tools
