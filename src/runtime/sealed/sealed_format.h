#pragma once

#include "base/result.h"
#include "runtime/sealed/page_cipher.h"

#include <array>
#include <cstdint>

// The bytes of an encrypted file. docs/formats/sealed.md draws them. Numbers are big-endian.
namespace tern {

inline constexpr std::uint32_t kSealedVersion = 1;
inline constexpr std::size_t kSealedHeaderBytes = 4096;
/// The header has two places, which are written in turn.
inline constexpr std::size_t kSealedHeaderPlaces = 2;
inline constexpr std::size_t kSealedHeaderPlaceBytes = kSealedHeaderBytes / kSealedHeaderPlaces;
inline constexpr std::size_t kSlotBytes = 4096;
inline constexpr std::size_t kSlotHeadBytes = 40;
/// Of the file's content, in a page.
inline constexpr std::size_t kPageBytes = kSlotBytes - kSlotHeadBytes;
inline constexpr std::size_t kSpareSlots = 8;
/// Where the pages' own slots begin, behind the spare ones.
inline constexpr std::uint64_t kHomeAt = kSealedHeaderBytes + kSpareSlots * kSlotBytes;
inline constexpr std::uint64_t kPagesMax = std::uint64_t{1} << 32;
inline constexpr std::size_t kFileIdBytes = 16;

struct SealedHeader {
    std::uint32_t key = 0;  ///< number of the data key in the ring
    std::array<std::uint8_t, kFileIdBytes> id{};
    /// Counted up whenever somebody begins to write to the file.
    std::uint32_t epoch = 0;

    bool operator==(const SealedHeader&) const = default;
};

using SealedHeaderPlace = std::array<std::uint8_t, 44>;
static_assert(sizeof(SealedHeaderPlace) <= kSealedHeaderPlaceBytes);

[[nodiscard]] SealedHeaderPlace encode(const SealedHeader& header);
/// The newest of both places, in the first bytes of a file. Errors: bad_message (not a header),
/// not_supported (another version's).
[[nodiscard]] Result<SealedHeader> decode_sealed_header(Bytes bytes);

/// What stands before a page in a slot, and is not hidden.
struct SlotHead {
    std::uint64_t salt = 0;  ///< drawn at random for each epoch
    std::uint64_t version =
        0;  ///< epoch and, in it, the number of the write; 0: nothing was written
    std::uint32_t page = 0;
    std::uint32_t length = 0;  ///< so much of the page belongs to the file if it is the last
    std::array<std::uint8_t, kTagBytes> tag{};
};
static_assert(kSlotHeadBytes == 8 + 8 + 4 + 4 + kTagBytes);

void encode(const SlotHead& head, std::uint8_t* into);
[[nodiscard]] SlotHead decode_slot_head(const std::uint8_t* bytes);

/// Puts a page of kPageBytes into a slot of kSlotBytes; sets the head's tag.
void seal(PageCipher& cipher, SlotHead head, const std::uint8_t* page, std::uint8_t* slot);
/// Whether a slot has a page, which then is in `page`; otherwise that is worth nothing.
[[nodiscard]] bool open(PageCipher& cipher, const SlotHead& head, const std::uint8_t* slot,
                        std::uint8_t* page);

/// Where a page has its own slot.
[[nodiscard]] constexpr std::uint64_t home_of(std::uint64_t page) {
    return kHomeAt + page * kSlotBytes;
}
[[nodiscard]] constexpr std::uint64_t spare_offset(std::size_t slot) {
    return kSealedHeaderBytes + slot * kSlotBytes;
}

}  // namespace tern
