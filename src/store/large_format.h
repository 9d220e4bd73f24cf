#pragma once

#include "base/result.h"
#include "bytes/buffer.h"
#include "message/large_body.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The bytes of a file with the body of one message. docs/formats/large.md draws them. All numbers
// are big-endian.
namespace tern::store {

inline constexpr std::uint32_t kLargeVersion = 1;
inline constexpr const char* kLargeFolder = "large";
inline constexpr std::size_t kLargeHeaderBytes = 32;
inline constexpr std::size_t kPieceHeadBytes = 8;

/// "large/0000000000000001.body"
[[nodiscard]] std::string large_path(std::uint64_t id);
/// The id in the name of such a file; none if it is no such name.
[[nodiscard]] std::optional<std::uint64_t> large_id_of(std::string_view name);

[[nodiscard]] std::array<std::uint8_t, kLargeHeaderBytes> encode_large_header(std::uint64_t id);
/// Errors: journal's corrupt (not the header of that body) and wrong_version.
[[nodiscard]] Result<void> check_large_header(Bytes header, std::uint64_t id);

/// What stands before the piece of that number.
[[nodiscard]] std::array<std::uint8_t, kPieceHeadBytes> encode_piece_head(std::uint64_t id,
                                                                          std::uint64_t piece,
                                                                          Bytes content);
/// The pieces in `bytes`, which begin with piece `first` of a body of `body_bytes`. Errors:
/// corrupt.
[[nodiscard]] Result<std::vector<Bytes>> find_pieces(Bytes bytes, std::uint64_t id,
                                                     std::uint64_t first, std::uint64_t body_bytes);

/// Where a piece begins in the file.
[[nodiscard]] constexpr std::uint64_t piece_offset(std::uint64_t piece) {
    return kLargeHeaderBytes + piece * (LargeBody::kPieceBytes + kPieceHeadBytes);
}
/// How large the file of a body is.
[[nodiscard]] constexpr std::uint64_t large_file_bytes(std::uint64_t body_bytes) {
    const std::uint64_t pieces = (body_bytes + LargeBody::kPieceBytes - 1) / LargeBody::kPieceBytes;
    return kLargeHeaderBytes + body_bytes + pieces * kPieceHeadBytes;
}

}  // namespace tern::store
