#pragma once

#include "base/result.h"
#include "broker/api/ids.h"
#include "bytes/byte_writer.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The bytes of a segment file. docs/formats/segments.md draws them. All numbers are big-endian.
namespace tern::store {

inline constexpr std::uint32_t kSegmentVersion = 2;
inline constexpr std::uint32_t kSegmentVersionOldest = 1;  ///< that is read, too
inline constexpr const char* kSegmentFolder = "segments";
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kBlockHeaderBytes = 80;
inline constexpr std::size_t kIndexEntryBytes = 32;
inline constexpr std::size_t kDeadlineBytes = 8;
inline constexpr std::size_t kBlockAlignment = 8;

/// "segments/00000001.seg"
[[nodiscard]] std::string segment_path(std::uint32_t segment);
/// The file in which a segment is written anew.
[[nodiscard]] std::string shrinking_path(std::uint32_t segment);
/// The number in the name of a segment's file; none if it is no such name.
[[nodiscard]] std::optional<std::uint32_t> segment_of(std::string_view name);

struct SegmentHeader {
    std::uint64_t journal = 0;  ///< the one its messages came from
    std::uint32_t segment = 0;
    broker::QueueId queue{};  ///< whose messages these are; 0: several queues'
    bool temporary = false;   ///< of transient messages: worth nothing after a restart
};

[[nodiscard]] std::array<std::uint8_t, kSegmentHeaderBytes> encode(const SegmentHeader& header);
/// Errors: journal's corrupt (not a header, or a damaged one) and wrong_version.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(Bytes bytes);

enum class BlockType : std::uint8_t { messages = 1, state = 2 };

/// What stands before each block.
struct BlockHeader {
    BlockType type = BlockType::messages;
    std::uint32_t count = 0;  ///< of messages
    std::uint64_t bytes = 0;  ///< with this header and the padding
    broker::QueueId queue{};
    std::uint16_t priorities = 0;  ///< a bit per priority that occurs
    std::uint32_t first_slot = 0;
    std::uint32_t last_slot = 0;
    std::uint64_t first_lsn = 0;
    std::uint64_t last_lsn = 0;
    std::uint64_t synced = 0;  ///< the file was synced up to here when this was written
    std::uint32_t body_bytes = 0;
    std::uint32_t body_crc = 0;        ///< of the index, or of the state
    std::int64_t first_expiry_ms = 0;  ///< no message expires before; 0: none ever does
    bool large = false;                ///< some bodies lie in files of their own
    bool dated = false;                ///< behind the index stands when each message expires
};

/// Of the body of a block of messages.
[[nodiscard]] constexpr std::size_t index_bytes(std::uint32_t count, bool dated) {
    return std::size_t{count} * (kIndexEntryBytes + (dated ? kDeadlineBytes : 0));
}

void encode(const BlockHeader& header, std::span<std::uint8_t, kBlockHeaderBytes> into);
/// None when the bytes are anything else than a header that was written whole.
[[nodiscard]] std::optional<BlockHeader> decode_block_header(Bytes bytes);

/// One message of one queue.
struct IndexEntry {
    static constexpr std::uint8_t kAnnounced = 0x01;
    static constexpr std::uint8_t kLarge = 0x02;  ///< its body lies in a file of its own

    std::uint64_t lsn = 0;
    std::uint64_t offset = 0;  ///< of the stored message in the file
    std::uint32_t bytes = 0;
    std::uint32_t crc = 0;  ///< of the lsn and the stored message
    std::uint32_t slot = 0;
    std::uint8_t flags = 0;
    std::uint8_t priority = 0;
    /// Of a dated block: 0: never. Stands behind the index, not in the entry's bytes.
    std::int64_t expires_at_ms = 0;
};

void encode(const IndexEntry& entry, std::span<std::uint8_t, kIndexEntryBytes> into);
[[nodiscard]] IndexEntry decode_index_entry(const std::uint8_t* bytes);
/// The body of a block: `index_bytes` of them.
[[nodiscard]] std::vector<IndexEntry> decode_index(Bytes body, std::uint32_t count, bool dated);
/// Continue with the stored message.
[[nodiscard]] std::uint32_t begin_message_crc(std::uint64_t lsn);

/// What became of a segment's messages. The last one of a file counts.
struct SegmentState {
    /// Everything of the queue up to the lsn may have been seen.
    std::vector<std::pair<broker::QueueId, std::uint64_t>> marks;
    /// Slots whose messages are gone.
    std::vector<bool> dead;
};

[[nodiscard]] Buffer encode(const SegmentState& state);
[[nodiscard]] std::optional<SegmentState> decode_segment_state(Bytes bytes);

[[nodiscard]] constexpr std::uint64_t align_block(std::uint64_t bytes) {
    return (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
}

static_assert(kSegmentHeaderBytes % kBlockAlignment == 0);
static_assert(kBlockHeaderBytes % kBlockAlignment == 0);

}  // namespace tern::store
