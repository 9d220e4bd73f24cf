#include "journal/format.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tern::journal {
namespace {

constexpr std::string_view kFileMagic = "TERNJRNL";
constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kNameDigits = 8;
constexpr std::uint32_t kFrameMagic = 0x544A4652;  // "TJFR"
constexpr std::size_t kFileCrcAt = kFileHeaderBytes - sizeof(std::uint32_t);
constexpr std::size_t kFrameCrcAt = kFrameHeaderBytes - sizeof(std::uint32_t);
constexpr std::size_t kRecordCrcAt = kRecordHeaderBytes - sizeof(std::uint32_t);

/// Fills a header from front to back.
class Fields {
public:
    explicit Fields(std::uint8_t* at) : at_(at) {}

    template <class T>
    void put(T value) {
        store_big_endian(at_, value);
        at_ += sizeof value;
    }

private:
    std::uint8_t* at_;
};

}  // namespace

std::string path_of(FileNumber number, const char* folder) {
    return fmt::format("{}/{:0{}}{}", folder, number.value, kNameDigits, kSuffix);
}

std::optional<FileNumber> number_of(std::string_view name) {
    if (!name.ends_with(kSuffix)) return std::nullopt;
    FileNumber number;
    const char* end = name.data() + name.size() - kSuffix.size();
    const auto [stop, error] = std::from_chars(name.data(), end, number.value);
    if (error != std::errc() || stop != end || number.value == 0) return std::nullopt;
    // One number has one name: nothing like "1.log" or "0000000001.log".
    const std::string path = path_of(number);
    if (std::string_view(path).substr(std::string_view(kFolder).size() + 1) != name) {
        return std::nullopt;
    }
    return number;
}

std::array<std::uint8_t, kFileHeaderBytes> encode(const FileHeader& header) {
    std::array<std::uint8_t, kFileHeaderBytes> bytes{};
    std::ranges::copy(as_bytes(kFileMagic), bytes.begin());
    Fields fields(bytes.data() + kFileMagic.size());
    fields.put(kFormatVersion);
    fields.put(std::uint32_t{0});
    fields.put(header.journal);
    fields.put(header.file.value);
    fields.put(header.first.value);
    fields.put(header.durable.value);
    store_big_endian(bytes.data() + kFileCrcAt, crc32c(Bytes(bytes).first(kFileCrcAt)));
    return bytes;
}

Result<FileHeader> decode_file_header(Bytes bytes) {
    if (bytes.size() < kFileHeaderBytes) return failure(Errc::corrupt);
    ByteReader in(bytes.first(kFileHeaderBytes));
    if (as_text(in.take(kFileMagic.size())) != kFileMagic) return failure(Errc::corrupt);
    // Magic, version and the checksum at the end stay in their places in all versions.
    const auto crc = load_big_endian<std::uint32_t>(bytes.data() + kFileCrcAt);
    if (crc != crc32c(bytes.first(kFileCrcAt))) return failure(Errc::corrupt);
    if (in.u32() != kFormatVersion) return failure(Errc::wrong_version);
    std::ignore = in.u32();
    FileHeader header;
    header.journal = in.u64();
    header.file = FileNumber(in.u64());
    header.first = Lsn(in.u64());
    header.durable = Lsn(in.u64());
    if (header.durable >= header.first) return failure(Errc::corrupt);
    return header;
}

void encode(const FrameHeader& header, std::span<std::uint8_t, kFrameHeaderBytes> into) {
    Fields fields(into.data());
    fields.put(kFrameMagic);
    fields.put(header.records);
    fields.put(header.bytes);
    fields.put(header.file.value);
    fields.put(header.first.value);
    fields.put(header.durable.value);
    fields.put(header.records_crc);
    fields.put(crc32c(Bytes(into).first(kFrameCrcAt)));
}

std::optional<FrameHeader> decode_frame_header(Bytes bytes) {
    ByteReader in(bytes);
    if (in.u32() != kFrameMagic || bytes.size() < kFrameHeaderBytes) return std::nullopt;
    FrameHeader header;
    header.records = in.u32();
    header.bytes = in.u64();
    header.file = FileNumber(in.u64());
    header.first = Lsn(in.u64());
    header.durable = Lsn(in.u64());
    header.records_crc = in.u32();
    if (in.u32() != crc32c(bytes.first(kFrameCrcAt))) return std::nullopt;
    if (header.durable >= header.first) return std::nullopt;
    if (header.first.value > UINT64_MAX - header.records) return std::nullopt;
    return header;
}

bool resembles_frame_header(Bytes bytes, FileNumber file, Lsn first) {
    ByteReader in(bytes);
    const bool is_frame = in.u32() == kFrameMagic;
    std::ignore = in.take(sizeof FrameHeader::records + sizeof FrameHeader::bytes);
    const bool is_of_file = in.u64() == file.value;
    const bool is_next = in.u64() == first.value;
    return std::ranges::count(std::array{is_frame, is_of_file, is_next}, true) >= 2;
}

void encode(const RecordHeader& header, std::span<std::uint8_t, kRecordHeaderBytes> into) {
    Fields fields(into.data());
    fields.put(header.bytes);
    fields.put(header.type);
    fields.put(std::uint8_t{0});   // flags: none yet
    fields.put(std::uint16_t{0});  // reserved
    fields.put(header.crc);
}

RecordHeader decode_record_header(Bytes bytes) {
    ByteReader in(bytes);
    RecordHeader header;
    header.bytes = in.u32();
    header.type = in.u8();
    std::ignore = in.take(kRecordCrcAt - sizeof header.bytes - sizeof header.type);
    header.crc = in.u32();
    return header;
}

RecordCrc::RecordCrc(std::uint64_t journal, FileNumber file) {
    std::array<std::uint8_t, 2 * sizeof(std::uint64_t)> place;
    Fields fields(place.data());
    fields.put(journal);
    fields.put(file.value);
    seed_ = crc32c(place);
}

std::uint32_t RecordCrc::begin(Lsn lsn, Bytes header) const {
    std::array<std::uint8_t, sizeof lsn.value> place;
    store_big_endian(place.data(), lsn.value);
    return crc32c(header.first(kRecordCrcAt), crc32c(place, seed_));
}

}  // namespace tern::journal
