// Arbitrary bytes as the file of a large body: what is taken for right has the checksum that we
// would give it, and no more of it is read than the body has.

#include "base/assert.h"
#include "bytes/byte_writer.h"
#include "store/large_format.h"

#include <algorithm>

namespace tern::store {
namespace {

constexpr std::uint64_t kId = 7;

void check_name(Bytes name) {
    const auto id = large_id_of(as_text(name));
    TERN_ASSERT(!id || large_path(*id).ends_with(as_text(name)));
}

/// The first three bytes say which piece is the first, and how large the body is.
void check_pieces(Bytes input) {
    if (input.size() < 3) return;
    const std::uint64_t first = input[0] % 4;
    const std::uint64_t size =
        first * LargeBody::kPieceBytes + input[1] * std::uint64_t{256} + input[2];
    const Bytes bytes = input.subspan(3);
    const auto pieces = find_pieces(bytes, kId, first, size);
    if (!pieces) return;
    ByteWriter again;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < pieces->size(); ++i) {
        again.append(encode_piece_head(kId, first + i, (*pieces)[i]));
        again.append((*pieces)[i]);
        total += (*pieces)[i].size();
    }
    TERN_ASSERT(std::ranges::equal(again.bytes(), bytes));
    TERN_ASSERT(first * LargeBody::kPieceBytes + total <= size);
}

void check(Bytes input) {
    check_name(input);
    check_pieces(input);
    if (const auto right = check_large_header(input, kId); right) {
        TERN_ASSERT(input.size() >= kLargeHeaderBytes);
    }
}

}  // namespace
}  // namespace tern::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::store::check({data, size});
    return 0;
}
