#include "store/large_format.h"

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tern::store {
namespace {

constexpr std::string_view kMagic = "TERNBODY";
constexpr std::size_t kHeaderCrcAt = kLargeHeaderBytes - 4;
constexpr std::string_view kSuffix = ".body";
constexpr std::size_t kIdDigits = 16;
constexpr int kHexadecimal = 16;

/// A piece that was written elsewhere is as wrong as a damaged one.
std::uint32_t crc_of(std::uint64_t id, std::uint64_t piece, Bytes content) {
    std::array<std::uint8_t, 16> where{};
    store_big_endian(where.data(), id);
    store_big_endian(where.data() + 8, piece);
    return crc32c(content, crc32c(where));
}

}  // namespace

std::string large_path(std::uint64_t id) {
    return fmt::format("{}/{:016x}{}", kLargeFolder, id, kSuffix);
}

std::optional<std::uint64_t> large_id_of(std::string_view name) {
    if (name.size() != kIdDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
    std::uint64_t id = 0;
    const char* const end = name.data() + kIdDigits;
    const auto [at, error] = std::from_chars(name.data(), end, id, kHexadecimal);
    const bool ours = error == std::errc() && at == end &&
                      large_path(id).substr(large_path(id).size() - name.size()) == name;
    return ours ? std::optional(id) : std::nullopt;
}

std::array<std::uint8_t, kLargeHeaderBytes> encode_large_header(std::uint64_t id) {
    std::array<std::uint8_t, kLargeHeaderBytes> bytes{};
    std::ranges::copy(kMagic, bytes.begin());
    store_big_endian(bytes.data() + 8, kLargeVersion);
    store_big_endian(bytes.data() + 16, id);
    store_big_endian(bytes.data() + kHeaderCrcAt, crc32c(Bytes(bytes).first(kHeaderCrcAt)));
    return bytes;
}

Result<void> check_large_header(Bytes header, std::uint64_t id) {
    const bool right = header.size() >= kLargeHeaderBytes &&
                       as_text(header.first(kMagic.size())) == kMagic &&
                       load_big_endian<std::uint32_t>(header.data() + kHeaderCrcAt) ==
                           crc32c(header.first(kHeaderCrcAt)) &&
                       load_big_endian<std::uint64_t>(header.data() + 16) == id;
    if (!right) return failure(journal::Errc::corrupt);
    if (load_big_endian<std::uint32_t>(header.data() + 8) != kLargeVersion) {
        return failure(journal::Errc::wrong_version);
    }
    return {};
}

std::array<std::uint8_t, kPieceHeadBytes> encode_piece_head(std::uint64_t id, std::uint64_t piece,
                                                            Bytes content) {
    std::array<std::uint8_t, kPieceHeadBytes> head{};
    store_big_endian(head.data(), static_cast<std::uint32_t>(content.size()));
    store_big_endian(head.data() + 4, crc_of(id, piece, content));
    return head;
}

Result<std::vector<Bytes>> find_pieces(Bytes bytes, std::uint64_t id, std::uint64_t first,
                                       std::uint64_t body_bytes) {
    ByteReader in(bytes);
    std::vector<Bytes> pieces;
    for (std::uint64_t piece = first; !in.done(); ++piece) {
        const std::uint64_t at = piece * LargeBody::kPieceBytes;
        const std::uint32_t size = in.u32();
        const std::uint32_t crc = in.u32();
        const Bytes content = in.take(size);
        const bool right =
            !in.failed() && at < body_bytes &&
            size == std::min<std::uint64_t>(body_bytes - at, LargeBody::kPieceBytes) &&
            crc == crc_of(id, piece, content);
        if (!right) return failure(journal::Errc::corrupt);
        pieces.push_back(content);
    }
    return pieces;
}

}  // namespace tern::store
