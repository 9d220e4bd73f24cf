#include "journal/file_scan.h"

#include "bytes/crc32c.h"

#include <algorithm>
#include <cstring>

namespace tern::journal {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{1024} * 1024;

/// Takes the record at the front of `records` away; none when what is left is too short for it.
struct RawRecord {
    RecordHeader header;
    Bytes header_bytes;
    Bytes body;
};

std::optional<RawRecord> take_record(Bytes& records) {
    if (records.size() < kRecordHeaderBytes) return std::nullopt;
    RawRecord record;
    record.header_bytes = records.first(kRecordHeaderBytes);
    record.header = decode_record_header(record.header_bytes);
    records = records.subspan(kRecordHeaderBytes);
    if (records.size() < record.header.bytes) return std::nullopt;
    record.body = records.first(record.header.bytes);
    records = records.subspan(record.header.bytes);
    return record;
}

}  // namespace

Result<std::optional<Frame>> FileScan::next(Lsn expected) {
    if (size_ < offset_ || size_ - offset_ < kFrameHeaderBytes) return std::nullopt;
    const auto start = view(offset_, kFrameHeaderBytes);
    if (!start) return failure(start.error());
    const auto header = decode_frame_header(*start);
    if (!header || header->file != number_ || header->first != expected) return std::nullopt;
    const std::uint64_t bytes = header->bytes;
    if (bytes < kFrameHeaderBytes || bytes % kFrameAlignment != 0 || bytes > size_ - offset_) {
        return std::nullopt;
    }

    const auto frame = view(offset_, bytes);
    if (!frame) return failure(frame.error());
    if (!records_right(*header, *frame)) return std::nullopt;
    offset_ += bytes;
    return Frame{.header = *header, .offset = offset_ - bytes, .bytes = *frame};
}

Result<bool> FileScan::is_begun(Lsn expected) {
    if (size_ < offset_ || size_ - offset_ < kFrameHeaderBytes) return false;
    const auto start = view(offset_, kFrameHeaderBytes);
    if (!start) return failure(start.error());
    return resembles_frame_header(*start, number_, expected);
}

bool FileScan::records_right(const FrameHeader& header, Bytes frame) const {
    Bytes records = frame.subspan(kFrameHeaderBytes);
    std::uint32_t headers_crc = 0;
    Lsn lsn = header.first;
    for (std::uint32_t left = header.records; left != 0; --left, ++lsn) {
        const auto record = take_record(records);
        if (!record) return false;
        const std::uint32_t crc = crc32c(record->body, crc_.begin(lsn, record->header_bytes));
        if (crc != record->header.crc) return false;
        headers_crc = crc32c(record->header_bytes, headers_crc);
    }
    return headers_crc == header.records_crc && records.size() < kFrameAlignment;
}

Result<std::vector<FileScan::Trace>> FileScan::traces(std::uint64_t offset) {
    std::vector<Trace> found;
    offset = align_frame(std::max<std::uint64_t>(offset, kFileHeaderBytes));
    while (offset < size_ && size_ - offset >= kFrameHeaderBytes) {
        const std::uint64_t count = std::min(size_ - offset, kWindowBytes);
        const auto window = view(offset, count);
        if (!window) return failure(window.error());
        std::size_t at = 0;
        for (; count - at >= kFrameHeaderBytes; at += kFrameAlignment) {
            const auto header = decode_frame_header(window->subspan(at));
            if (header && header->file == number_) found.push_back({offset + at, *header});
        }
        offset += at;
    }
    return found;
}

/// The bytes [offset, offset + count), which lie inside the file. Reads ahead.
Result<Bytes> FileScan::view(std::uint64_t offset, std::uint64_t count) {
    const bool inside =
        offset >= window_offset_ && offset + count <= window_offset_ + window_bytes_;
    if (!inside) {
        const std::uint64_t wanted = std::min(std::max(count, kWindowBytes), size_ - offset);
        if (window_.size() < wanted) window_.resize(wanted);
        window_bytes_ = 0;
        const auto got = file_.read_at(offset, std::span(window_).first(wanted));
        if (!got) return failure(got.error());
        // Shorter than it said it was: what is missing reads as zeros, which are no frame.
        std::fill(window_.begin() + static_cast<std::ptrdiff_t>(*got), window_.end(),
                  std::uint8_t{0});
        window_offset_ = offset;
        window_bytes_ = wanted;
    }
    return Bytes(window_).subspan(offset - window_offset_, count);
}

void visit_records(const Frame& frame, std::uint64_t journal, Visitor& visit) {
    Position position{.journal = journal,
                      .lsn = frame.header.first,
                      .file = frame.header.file,
                      .offset = frame.offset + kFrameHeaderBytes};
    Bytes records = frame.bytes.subspan(kFrameHeaderBytes);
    for (std::uint32_t left = frame.header.records; left != 0; --left, ++position.lsn) {
        const auto record = take_record(records);
        TERN_ASSERT(record);  // the frame was checked
        visit(position, record->header.type, record->body);
        position.offset += kRecordHeaderBytes + record->header.bytes;
    }
}

}  // namespace tern::journal
