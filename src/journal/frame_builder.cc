#include "journal/frame_builder.h"

#include "base/assert.h"
#include "bytes/crc32c.h"

#include <algorithm>

namespace tern::journal {
namespace {

/// Above this the memory of an unusual frame is given back.
constexpr std::size_t kKeptBytesMax = std::size_t{4} * 1024 * 1024;

std::uint64_t body_bytes(const Record& record) {
    std::uint64_t sum = 0;
    for (const Buffer& part : record.parts) sum += part.size();
    return sum;
}

}  // namespace

std::uint64_t FrameBuilder::bytes_of(const Batch& batch) {
    std::uint64_t sum = 0;
    for (const Record& record : batch.records) sum += kRecordHeaderBytes + body_bytes(record);
    return sum;
}

void FrameBuilder::begin(std::uint64_t journal, FileNumber file, std::uint64_t offset, Lsn first,
                         Lsn durable) {
    if (copied_.size() > kKeptBytesMax) copied_ = ByteWriter();
    copied_.clear();
    pieces_.clear();
    positions_.clear();
    crc_.emplace(journal, file);
    header_ = {.records = 0, .bytes = 0, .file = file, .first = first, .durable = durable};
    next_ = {.journal = journal, .lsn = first, .file = file, .offset = offset};
    bytes_ = kFrameHeaderBytes;
    next_.offset += kFrameHeaderBytes;
}

void FrameBuilder::add(const Batch& batch) {
    for (const Record& record : batch.records) add(record);
}

void FrameBuilder::add(const Record& record) {
    const std::uint64_t body = body_bytes(record);
    TERN_ASSERT(body <= UINT32_MAX);  // what protocols allow is far below
    RecordHeader fields{.bytes = static_cast<std::uint32_t>(body), .type = record.type};
    std::array<std::uint8_t, kRecordHeaderBytes> header;
    encode(fields, header);
    fields.crc = crc_->begin(next_.lsn, header);
    for (const Buffer& part : record.parts) fields.crc = crc32c(part.bytes(), fields.crc);
    encode(fields, header);
    header_.records_crc = crc32c(header, header_.records_crc);

    copied_.append(header);
    add_copied(kRecordHeaderBytes);
    for (const Buffer& part : record.parts) {
        if (part.size() >= kReferenceBytesMin) {
            pieces_.push_back({.referred = part.bytes()});
        } else {
            copied_.append(part.bytes());
            add_copied(part.size());
        }
    }
    positions_.push_back(next_);
    ++next_.lsn;
    ++header_.records;
    bytes_ += kRecordHeaderBytes + body;
    next_.offset += kRecordHeaderBytes + body;
}

void FrameBuilder::add_copied(std::size_t bytes) {
    const bool extends = !pieces_.empty() && pieces_.back().referred.empty();
    if (!extends) pieces_.emplace_back();
    pieces_.back().copied += bytes;
}

std::span<const Bytes> FrameBuilder::finish() {
    const std::size_t padding = align_frame(bytes_) - bytes_;
    std::fill_n(copied_.room(padding), padding, std::uint8_t{0});
    add_copied(padding);
    bytes_ += padding;
    header_.bytes = bytes_;
    encode(header_, header_bytes_);

    parts_.assign(1, header_bytes_);
    Bytes copied = copied_.bytes();
    for (const Piece& piece : pieces_) {
        if (!piece.referred.empty()) {
            parts_.push_back(piece.referred);
            continue;
        }
        parts_.push_back(copied.first(piece.copied));
        copied = copied.subspan(piece.copied);
    }
    return parts_;
}

}  // namespace tern::journal
