#pragma once

#include "base/result.h"
#include "bytes/buffer.h"

#include <array>
#include <cstdint>
#include <optional>

// The bytes of an archive. docs/formats/archive.md draws them. All numbers are big-endian.
namespace tern::store::tools {

inline constexpr std::uint32_t kArchiveVersion = 1;
inline constexpr std::size_t kArchiveHeaderBytes = 48;
inline constexpr std::size_t kItemHeaderBytes = 12;
/// No item is longer: a message that is kept in memory is not.
inline constexpr std::uint32_t kItemBytesMax = 0x7FFFFFFF;

/// What an archive begins with.
struct ArchiveHeader {
    std::uint64_t journal = 0;
    std::uint64_t next_lsn = 1;
    std::int64_t written_ms = 0;

    bool operator==(const ArchiveHeader&) const = default;
};

[[nodiscard]] std::array<std::uint8_t, kArchiveHeaderBytes> encode(const ArchiveHeader& header);
/// Errors: journal's corrupt (not an archive, or damaged) and wrong_version.
[[nodiscard]] Result<ArchiveHeader> decode_archive_header(Bytes bytes);

/// Numbers are in archives: never reused.
enum class ItemType : std::uint8_t { record = 1, body = 2, piece = 3, message = 4, end = 5 };

/// What stands before each item.
struct ItemHeader {
    std::uint32_t bytes = 0;  ///< of the item's body
    ItemType type = ItemType::end;
    std::uint32_t crc = 0;  ///< of the item's number, the other fields, and the body

    bool operator==(const ItemHeader&) const = default;
};

[[nodiscard]] std::array<std::uint8_t, kItemHeaderBytes> encode(const ItemHeader& header);
/// None: it is no header of any item.
[[nodiscard]] std::optional<ItemHeader> decode_item_header(Bytes bytes);
/// The checksum, to be continued with the body. Items are numbered from 0.
[[nodiscard]] std::uint32_t begin_item_crc(std::uint64_t number, const ItemHeader& header);

}  // namespace tern::store::tools
