#pragma once

#include "bytes/byte_writer.h"
#include "journal/format.h"

#include <span>
#include <vector>

namespace tern::journal {

/// Turns batches into one frame, as parts to be written one after the other: headers and small
/// pieces copied together, large ones by reference. Keeps its memory from frame to frame.
class FrameBuilder {
public:
    /// Smaller parts are copied: a piece of its own costs more than the copy.
    static constexpr std::size_t kReferenceBytesMin = std::size_t{16} * 1024;

    /// What a frame of these batches takes in a file.
    [[nodiscard]] static std::uint64_t bytes_of(const Batch& batch);
    [[nodiscard]] static constexpr std::uint64_t frame_bytes(std::uint64_t records_bytes) {
        return align_frame(kFrameHeaderBytes + records_bytes);
    }

    /// Begins a frame that will lie at `offset` of the file of `place`; `first` numbers its first
    /// record.
    void begin(std::uint64_t journal, FileNumber file, std::uint64_t offset, Lsn first,
               Lsn durable);
    /// The batch stays where it is until the frame is written.
    void add(const Batch& batch);
    /// The parts of the frame; valid until the next `begin`.
    [[nodiscard]] std::span<const Bytes> finish();

    /// Where the records lie, in their order.
    [[nodiscard]] std::span<const Position> positions() const { return positions_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    /// Bytes by reference or, where `referred` is empty, the next so many of `copied_`.
    struct Piece {
        Bytes referred;
        std::size_t copied = 0;
    };

    void add(const Record& record);
    void add_copied(std::size_t bytes);

    FrameHeader header_;
    std::array<std::uint8_t, kFrameHeaderBytes> header_bytes_{};
    std::optional<RecordCrc> crc_;
    Position next_;
    std::uint64_t bytes_ = 0;
    ByteWriter copied_;
    std::vector<Piece> pieces_;
    std::vector<Bytes> parts_;
    std::vector<Position> positions_;
};

}  // namespace tern::journal
