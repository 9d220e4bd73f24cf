#pragma once

#include "journal/journal.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

// The bytes of a journal file. docs/formats/journal.md draws them. All numbers are big-endian.
namespace tern::journal {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kFileHeaderBytes = 64;
inline constexpr std::size_t kFrameHeaderBytes = 48;
inline constexpr std::size_t kRecordHeaderBytes = 12;
/// Frames begin at multiples of this, so that a search for them is quick.
inline constexpr std::size_t kFrameAlignment = 8;

inline constexpr const char* kFolder = "journal";
/// Where files go that nobody needs any more, if they are kept.
inline constexpr const char* kArchiveFolder = "journal-archive";

/// "journal/00000001.log"
[[nodiscard]] std::string path_of(FileNumber number, const char* folder = kFolder);
/// The number in the name of a journal file; none if it is no such name.
[[nodiscard]] std::optional<FileNumber> number_of(std::string_view name);

/// Written and synced when a file is begun, before its first frame.
struct FileHeader {
    std::uint64_t journal = 0;
    FileNumber file;
    Lsn first;    ///< of the record that the file begins with
    Lsn durable;  ///< everything up to here was synced when this was written
};

[[nodiscard]] std::array<std::uint8_t, kFileHeaderBytes> encode(const FileHeader& header);
/// Errors: corrupt (not a header at all, or a damaged one), wrong_version.
[[nodiscard]] Result<FileHeader> decode_file_header(Bytes bytes);

/// What one commit wrote: whole batches, valid together or not at all.
struct FrameHeader {
    std::uint32_t records = 0;
    std::uint64_t bytes = 0;  ///< of the frame, with this header and the padding behind
    FileNumber file;
    Lsn first;
    Lsn durable;                    ///< as in FileHeader
    std::uint32_t records_crc = 0;  ///< over all record headers, one after the other
};

void encode(const FrameHeader& header, std::span<std::uint8_t, kFrameHeaderBytes> into);
/// None when the bytes are anything else than a header that was written whole.
[[nodiscard]] std::optional<FrameHeader> decode_frame_header(Bytes bytes);

/// Whether two of magic, file and first LSN are those of such a header: where one was damaged in
/// one place. What a file's earlier life left has at most the magic.
[[nodiscard]] bool resembles_frame_header(Bytes bytes, FileNumber file, Lsn first);

struct RecordHeader {
    std::uint32_t bytes = 0;  ///< of the body
    std::uint8_t type = 0;
    std::uint32_t crc = 0;  ///< see RecordCrc
};

/// Writes all but the checksum, which follows once it is known.
void encode(const RecordHeader& header, std::span<std::uint8_t, kRecordHeaderBytes> into);
[[nodiscard]] RecordHeader decode_record_header(Bytes bytes);

/// Checksums of records. They cover where the record belongs as well as what it says, so that a
/// record of a file's earlier life is not taken for one of the present.
class RecordCrc {
public:
    RecordCrc(std::uint64_t journal, FileNumber file);
    /// Of a record's encoded header, without the checksum in it. Continue with the body.
    [[nodiscard]] std::uint32_t begin(Lsn lsn, Bytes header) const;

private:
    std::uint32_t seed_;
};

[[nodiscard]] constexpr std::uint64_t align_frame(std::uint64_t bytes) {
    return (bytes + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

static_assert(kFileHeaderBytes % kFrameAlignment == 0);
static_assert(kFrameHeaderBytes % kFrameAlignment == 0);

}  // namespace tern::journal
