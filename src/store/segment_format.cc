#include "store/segment_format.h"

#include "bytes/crc32c.h"
#include "journal/errc.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tern::store {
namespace {

constexpr std::string_view kMagic = "TERNSEGM";
constexpr std::uint32_t kBlockMagic = 0x54534D42;  // "TSMB"
constexpr std::size_t kHeaderCrcAt = kSegmentHeaderBytes - 4;
constexpr std::size_t kBlockCrcAt = kBlockHeaderBytes - 4;
constexpr std::size_t kMarkBytes = 12;
constexpr unsigned kLargeFlag = 0x01;
constexpr unsigned kDatedFlag = 0x02;

}  // namespace

std::string segment_path(std::uint32_t segment) {
    return fmt::format("{}/{:08}.seg", kSegmentFolder, segment);
}

std::string shrinking_path(std::uint32_t segment) {
    return fmt::format("{}/{:08}.tmp", kSegmentFolder, segment);
}

std::optional<std::uint32_t> segment_of(std::string_view name) {
    if (!name.ends_with(".seg")) return std::nullopt;
    name.remove_suffix(4);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    if (!whole || number == 0 ||
        segment_path(number) != fmt::format("{}/{}.seg", kSegmentFolder, name)) {
        return std::nullopt;
    }
    return number;
}

std::array<std::uint8_t, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
    std::array<std::uint8_t, kSegmentHeaderBytes> bytes{};
    std::ranges::copy(kMagic, bytes.begin());
    store_big_endian(bytes.data() + 8, kSegmentVersion);
    store_big_endian(bytes.data() + 12, static_cast<std::uint32_t>(header.temporary ? 1 : 0));
    store_big_endian(bytes.data() + 16, header.journal);
    store_big_endian(bytes.data() + 24, header.segment);
    store_big_endian(bytes.data() + 28, header.queue.value);
    store_big_endian(bytes.data() + kHeaderCrcAt, crc32c(Bytes(bytes).first(kHeaderCrcAt)));
    return bytes;
}

Result<SegmentHeader> decode_segment_header(Bytes bytes) {
    const bool right = bytes.size() >= kSegmentHeaderBytes &&
                       as_text(bytes.first(kMagic.size())) == kMagic &&
                       load_big_endian<std::uint32_t>(bytes.data() + kHeaderCrcAt) ==
                           crc32c(bytes.first(kHeaderCrcAt));
    if (!right) return failure(journal::Errc::corrupt);
    const auto version = load_big_endian<std::uint32_t>(bytes.data() + 8);
    if (version < kSegmentVersionOldest || version > kSegmentVersion) {
        return failure(journal::Errc::wrong_version);
    }
    return SegmentHeader{
        .journal = load_big_endian<std::uint64_t>(bytes.data() + 16),
        .segment = load_big_endian<std::uint32_t>(bytes.data() + 24),
        .queue = broker::QueueId{load_big_endian<std::uint32_t>(bytes.data() + 28)},
        .temporary = load_big_endian<std::uint32_t>(bytes.data() + 12) != 0};
}

void encode(const BlockHeader& header, std::span<std::uint8_t, kBlockHeaderBytes> into) {
    std::uint8_t* const at = into.data();
    std::ranges::fill(into, std::uint8_t{0});
    store_big_endian(at, kBlockMagic);
    at[4] = static_cast<std::uint8_t>(header.type);
    at[5] = static_cast<std::uint8_t>((header.large ? kLargeFlag : 0) |
                                      (header.dated ? kDatedFlag : 0));
    store_big_endian(at + 6, header.priorities);
    store_big_endian(at + 8, header.bytes);
    store_big_endian(at + 16, header.queue.value);
    store_big_endian(at + 20, header.count);
    store_big_endian(at + 24, header.first_slot);
    store_big_endian(at + 28, header.last_slot);
    store_big_endian(at + 32, header.first_lsn);
    store_big_endian(at + 40, header.last_lsn);
    store_big_endian(at + 48, header.synced);
    store_big_endian(at + 56, header.body_bytes);
    store_big_endian(at + 60, header.body_crc);
    store_big_endian(at + 64, static_cast<std::uint64_t>(header.first_expiry_ms));
    store_big_endian(at + kBlockCrcAt, crc32c(Bytes(into).first(kBlockCrcAt)));
}

std::optional<BlockHeader> decode_block_header(Bytes bytes) {
    if (bytes.size() < kBlockHeaderBytes) return std::nullopt;
    const std::uint8_t* const at = bytes.data();
    if (load_big_endian<std::uint32_t>(at) != kBlockMagic) return std::nullopt;
    if (load_big_endian<std::uint32_t>(at + kBlockCrcAt) != crc32c(bytes.first(kBlockCrcAt))) {
        return std::nullopt;
    }
    BlockHeader header{
        .type = static_cast<BlockType>(at[4]),
        .count = load_big_endian<std::uint32_t>(at + 20),
        .bytes = load_big_endian<std::uint64_t>(at + 8),
        .queue = broker::QueueId{load_big_endian<std::uint32_t>(at + 16)},
        .priorities = load_big_endian<std::uint16_t>(at + 6),
        .first_slot = load_big_endian<std::uint32_t>(at + 24),
        .last_slot = load_big_endian<std::uint32_t>(at + 28),
        .first_lsn = load_big_endian<std::uint64_t>(at + 32),
        .last_lsn = load_big_endian<std::uint64_t>(at + 40),
        .synced = load_big_endian<std::uint64_t>(at + 48),
        .body_bytes = load_big_endian<std::uint32_t>(at + 56),
        .body_crc = load_big_endian<std::uint32_t>(at + 60),
        .first_expiry_ms = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(at + 64)),
        .large = (at[5] & kLargeFlag) != 0,
        .dated = (at[5] & kDatedFlag) != 0};
    const bool messages = header.type == BlockType::messages;
    const bool right =
        (messages || header.type == BlockType::state) && header.bytes % kBlockAlignment == 0 &&
        header.bytes >= kBlockHeaderBytes + header.body_bytes &&
        (!messages ||
         (header.count > 0 && header.body_bytes == index_bytes(header.count, header.dated) &&
          header.last_slot - header.first_slot + 1 >= header.count &&
          header.last_slot >= header.first_slot));
    return right ? std::optional(header) : std::nullopt;
}

void encode(const IndexEntry& entry, std::span<std::uint8_t, kIndexEntryBytes> into) {
    std::uint8_t* const at = into.data();
    store_big_endian(at, entry.lsn);
    store_big_endian(at + 8, entry.offset);
    store_big_endian(at + 16, entry.bytes);
    store_big_endian(at + 20, entry.crc);
    store_big_endian(at + 24, entry.slot);
    at[28] = entry.flags;
    at[29] = entry.priority;
    at[30] = at[31] = 0;
}

IndexEntry decode_index_entry(const std::uint8_t* bytes) {
    return {.lsn = load_big_endian<std::uint64_t>(bytes),
            .offset = load_big_endian<std::uint64_t>(bytes + 8),
            .bytes = load_big_endian<std::uint32_t>(bytes + 16),
            .crc = load_big_endian<std::uint32_t>(bytes + 20),
            .slot = load_big_endian<std::uint32_t>(bytes + 24),
            .flags = bytes[28],
            .priority = bytes[29]};
}

std::vector<IndexEntry> decode_index(Bytes body, std::uint32_t count, bool dated) {
    std::vector<IndexEntry> entries;
    entries.reserve(count);
    const std::uint8_t* const deadlines = body.data() + std::size_t{count} * kIndexEntryBytes;
    for (std::size_t i = 0; i < count; ++i) {
        IndexEntry& entry =
            entries.emplace_back(decode_index_entry(body.data() + i * kIndexEntryBytes));
        if (!dated) continue;
        entry.expires_at_ms = static_cast<std::int64_t>(
            load_big_endian<std::uint64_t>(deadlines + i * kDeadlineBytes));
    }
    return entries;
}

std::uint32_t begin_message_crc(std::uint64_t lsn) {
    std::array<std::uint8_t, 8> bytes{};
    store_big_endian(bytes.data(), lsn);
    return crc32c(bytes);
}

Buffer encode(const SegmentState& state) {
    const std::size_t bitmap_bytes = (state.dead.size() + 7) / 8;
    ByteWriter out(8 + state.marks.size() * kMarkBytes + bitmap_bytes);
    out.u32(static_cast<std::uint32_t>(state.marks.size()));
    for (const auto& [queue, lsn] : state.marks) {
        out.u32(queue.value);
        out.u64(lsn);
    }
    out.u32(static_cast<std::uint32_t>(state.dead.size()));
    std::uint8_t* const bitmap = out.room(bitmap_bytes);
    std::fill_n(bitmap, bitmap_bytes, std::uint8_t{0});
    for (std::size_t slot = 0; slot < state.dead.size(); ++slot) {
        if (state.dead[slot]) bitmap[slot / 8] |= static_cast<std::uint8_t>(1U << slot % 8);
    }
    return out.freeze();
}

std::optional<SegmentState> decode_segment_state(Bytes bytes) {
    ByteReader in(bytes);
    SegmentState state;
    const std::uint32_t marks = in.u32();
    if (marks > in.remaining() / kMarkBytes) return std::nullopt;
    for (std::uint32_t i = 0; i < marks; ++i) {
        const broker::QueueId queue{in.u32()};
        state.marks.emplace_back(queue, in.u64());
    }
    const std::uint32_t slots = in.u32();
    const Bytes bitmap = in.take((std::uint64_t{slots} + 7) / 8);
    if (!in.done()) return std::nullopt;
    state.dead.resize(slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
        state.dead[slot] = (bitmap[slot / 8] >> slot % 8 & 1U) != 0;
    }
    return state;
}

}  // namespace tern::store
