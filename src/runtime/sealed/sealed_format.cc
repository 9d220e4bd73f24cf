#include "runtime/sealed/sealed_format.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"

#include <algorithm>

namespace tern {
namespace {

constexpr std::string_view kMagic = "TERNSEAL";
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kKeyAt = 12;
constexpr std::size_t kIdAt = 16;
constexpr std::size_t kEpochAt = kIdAt + kFileIdBytes;
constexpr std::size_t kCrcAt = 40;
static_assert(kCrcAt + 4 == sizeof(SealedHeaderPlace));

/// Version, page and length, which the tag vouches for besides the content.
constexpr std::size_t kAboutAt = 8;
constexpr std::size_t kAboutBytes = 16;
constexpr std::size_t kTagAt = kAboutAt + kAboutBytes;

bool is_header(Bytes place) {
    return as_text(place.first(kMagic.size())) == kMagic &&
           load_big_endian<std::uint32_t>(place.data() + kCrcAt) == crc32c(place.first(kCrcAt));
}

/// The salt and, of the version, the number of the write: together they come once for a key.
std::array<std::uint8_t, kNonceBytes> nonce_of(const SlotHead& head) {
    std::array<std::uint8_t, kNonceBytes> nonce{};
    store_big_endian(nonce.data(), head.salt);
    store_big_endian(nonce.data() + sizeof head.salt, static_cast<std::uint32_t>(head.version));
    return nonce;
}

}  // namespace

SealedHeaderPlace encode(const SealedHeader& header) {
    SealedHeaderPlace bytes{};
    std::ranges::copy(kMagic, bytes.begin());
    store_big_endian(bytes.data() + kVersionAt, kSealedVersion);
    store_big_endian(bytes.data() + kKeyAt, header.key);
    std::ranges::copy(header.id, bytes.begin() + kIdAt);
    store_big_endian(bytes.data() + kEpochAt, header.epoch);
    store_big_endian(bytes.data() + kCrcAt, crc32c(Bytes(bytes).first(kCrcAt)));
    return bytes;
}

Result<SealedHeader> decode_sealed_header(Bytes bytes) {
    SealedHeader newest;
    std::size_t newest_place = 0;
    std::size_t right = 0;
    bool other_version = false;
    for (std::size_t i = 0; i < kSealedHeaderPlaces; ++i) {
        const std::size_t at = i * kSealedHeaderPlaceBytes;
        if (bytes.size() < at + sizeof(SealedHeaderPlace)) break;
        const Bytes place = bytes.subspan(at, sizeof(SealedHeaderPlace));
        if (!is_header(place)) continue;
        if (load_big_endian<std::uint32_t>(place.data() + kVersionAt) != kSealedVersion) {
            other_version = true;
            continue;
        }
        SealedHeader header{.key = load_big_endian<std::uint32_t>(place.data() + kKeyAt),
                            .id = {},
                            .epoch = load_big_endian<std::uint32_t>(place.data() + kEpochAt)};
        std::copy_n(place.begin() + kIdAt, kFileIdBytes, header.id.begin());
        ++right;
        if (header.epoch <= newest.epoch) continue;
        newest = header;
        newest_place = i;
    }
    if (other_version) return failure(std::make_error_code(std::errc::not_supported));
    if (newest.epoch == 0) return failure(std::make_error_code(std::errc::bad_message));
    // The place that is damaged may have had the next one, and pages been written in it: whoever
    // writes must not use its versions again.
    if (right < kSealedHeaderPlaces && newest.epoch % kSealedHeaderPlaces == newest_place) {
        ++newest.epoch;
    }
    return newest;
}

void encode(const SlotHead& head, std::uint8_t* into) {
    store_big_endian(into, head.salt);
    store_big_endian(into + kAboutAt, head.version);
    store_big_endian(into + kAboutAt + 8, head.page);
    store_big_endian(into + kAboutAt + 12, head.length);
    std::ranges::copy(head.tag, into + kTagAt);
}

SlotHead decode_slot_head(const std::uint8_t* bytes) {
    SlotHead head{.salt = load_big_endian<std::uint64_t>(bytes),
                  .version = load_big_endian<std::uint64_t>(bytes + kAboutAt),
                  .page = load_big_endian<std::uint32_t>(bytes + kAboutAt + 8),
                  .length = load_big_endian<std::uint32_t>(bytes + kAboutAt + 12),
                  .tag = {}};
    std::copy_n(bytes + kTagAt, kTagBytes, head.tag.begin());
    return head;
}

void seal(PageCipher& cipher, SlotHead head, const std::uint8_t* page, std::uint8_t* slot) {
    encode(head, slot);
    cipher.seal(nonce_of(head), Bytes(slot + kAboutAt, kAboutBytes), Bytes(page, kPageBytes),
                slot + kSlotHeadBytes,
                std::span<std::uint8_t, kTagBytes>(slot + kTagAt, kTagBytes));
}

bool open(PageCipher& cipher, const SlotHead& head, const std::uint8_t* slot, std::uint8_t* page) {
    return head.version != 0 && head.length <= kPageBytes &&
           cipher.open(nonce_of(head), Bytes(slot + kAboutAt, kAboutBytes),
                       Bytes(slot + kSlotHeadBytes, kPageBytes), page, head.tag);
}

}  // namespace tern
