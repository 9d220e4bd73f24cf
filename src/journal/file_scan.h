#pragma once

#include "journal/errc.h"
#include "journal/format.h"

#include <vector>

namespace tern::journal {

/// A frame that was read and found whole and right.
struct Frame {
    FrameHeader header;
    std::uint64_t offset = 0;
    /// All of it; valid until the next call to the scan.
    Bytes bytes;
};

/// Reads one file of the journal from front to back, believing nothing.
class FileScan {
public:
    FileScan(File& file, std::uint64_t size, std::uint64_t journal, FileNumber number)
        : file_(file), size_(size), number_(number), crc_(journal, number) {}

    /// The next frame if it is there, undamaged, and begins with `expected`. None: the frames end
    /// here. Errors: the disk's.
    [[nodiscard]] Result<std::optional<Frame>> next(Lsn expected);
    /// Whether what stands where the next frame would begin is most of the header of one that
    /// begins with `expected`: a commit wrote it, and a part of it was lost or damaged since.
    [[nodiscard]] Result<bool> is_begun(Lsn expected);
    /// Where the next frame would begin.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// The next frame is looked for there.
    void skip_to(std::uint64_t offset) { offset_ = offset; }

    struct Trace {
        std::uint64_t offset = 0;
        FrameHeader header;
    };
    /// The headers of frames of this file, whole or not, at and behind `offset`.
    [[nodiscard]] Result<std::vector<Trace>> traces(std::uint64_t offset);

private:
    [[nodiscard]] Result<Bytes> view(std::uint64_t offset, std::uint64_t count);
    [[nodiscard]] bool records_right(const FrameHeader& header, Bytes frame) const;

    File& file_;
    const std::uint64_t size_;
    const FileNumber number_;
    const RecordCrc crc_;
    std::uint64_t offset_ = kFileHeaderBytes;
    std::vector<std::uint8_t> window_;
    std::uint64_t window_offset_ = 0;
    std::size_t window_bytes_ = 0;
};

/// Hands each record of a frame to `visit`.
void visit_records(const Frame& frame, std::uint64_t journal, Visitor& visit);

}  // namespace tern::journal
