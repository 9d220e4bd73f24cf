#include "store/tools/archive_format.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"

#include <algorithm>

namespace tern::store::tools {
namespace {

constexpr std::string_view kMagic = "TERNARCH";
constexpr std::size_t kHeaderCrcAt = kArchiveHeaderBytes - 4;
constexpr std::size_t kItemCrcAt = kItemHeaderBytes - 4;

}  // namespace

std::array<std::uint8_t, kArchiveHeaderBytes> encode(const ArchiveHeader& header) {
    std::array<std::uint8_t, kArchiveHeaderBytes> bytes{};
    std::ranges::copy(kMagic, bytes.begin());
    store_big_endian(bytes.data() + 8, kArchiveVersion);
    store_big_endian(bytes.data() + 16, header.journal);
    store_big_endian(bytes.data() + 24, header.next_lsn);
    store_big_endian(bytes.data() + 32, static_cast<std::uint64_t>(header.written_ms));
    store_big_endian(bytes.data() + kHeaderCrcAt, crc32c(Bytes(bytes).first(kHeaderCrcAt)));
    return bytes;
}

Result<ArchiveHeader> decode_archive_header(Bytes bytes) {
    const bool right = bytes.size() >= kArchiveHeaderBytes &&
                       as_text(bytes.first(kMagic.size())) == kMagic &&
                       load_big_endian<std::uint32_t>(bytes.data() + kHeaderCrcAt) ==
                           crc32c(bytes.first(kHeaderCrcAt));
    if (!right) return failure(journal::Errc::corrupt);
    if (load_big_endian<std::uint32_t>(bytes.data() + 8) != kArchiveVersion) {
        return failure(journal::Errc::wrong_version);
    }
    return ArchiveHeader{
        .journal = load_big_endian<std::uint64_t>(bytes.data() + 16),
        .next_lsn = load_big_endian<std::uint64_t>(bytes.data() + 24),
        .written_ms = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(bytes.data() + 32))};
}

std::array<std::uint8_t, kItemHeaderBytes> encode(const ItemHeader& header) {
    std::array<std::uint8_t, kItemHeaderBytes> bytes{};
    store_big_endian(bytes.data(), header.bytes);
    bytes[4] = static_cast<std::uint8_t>(header.type);
    store_big_endian(bytes.data() + kItemCrcAt, header.crc);
    return bytes;
}

std::optional<ItemHeader> decode_item_header(Bytes bytes) {
    ByteReader in(bytes);
    ItemHeader header;
    header.bytes = in.u32();
    const std::uint8_t type = in.u8();
    const bool reserved = in.u8() == 0 && in.u16() == 0;
    header.crc = in.u32();
    const bool known = type >= static_cast<std::uint8_t>(ItemType::record) &&
                       type <= static_cast<std::uint8_t>(ItemType::end);
    if (in.failed() || !known || !reserved || header.bytes > kItemBytesMax) return std::nullopt;
    header.type = static_cast<ItemType>(type);
    return header;
}

std::uint32_t begin_item_crc(std::uint64_t number, const ItemHeader& header) {
    std::array<std::uint8_t, sizeof number> place{};
    store_big_endian(place.data(), number);
    return crc32c(Bytes(encode(header)).first(kItemCrcAt), crc32c(place));
}

}  // namespace tern::store::tools
