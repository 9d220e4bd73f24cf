// Arbitrary bytes as an archive: what is read of them, written again, is read the same.
#include "base/assert.h"
#include "bytes/crc32c.h"
#include "store/tools/memory_archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace {

using namespace tern;                // NOLINT(google-build-using-namespace): a fuzz target
using namespace tern::store::tools;  // NOLINT(google-build-using-namespace)

MemoryArchive archive_of(Bytes bytes) {
    MemoryArchive archive;
    archive.bytes.assign(bytes.begin(), bytes.end());
    return archive;
}

/// Archives in the fuzzer's hands have no checksums: these are put in, as far as there are items.
std::vector<std::uint8_t> with_checksums(Bytes input) {
    std::vector<std::uint8_t> bytes;
    const ArchiveHeader header{.journal = 1, .next_lsn = 1000, .written_ms = 0};
    const auto encoded = encode(header);
    bytes.assign(encoded.begin(), encoded.end());
    std::uint64_t number = 0;
    while (input.size() >= 2) {
        ItemHeader item{.bytes = std::min<std::uint32_t>(
                            input[1], static_cast<std::uint32_t>(input.size() - 2)),
                        .type = static_cast<ItemType>(input[0] % 6),
                        .crc = 0};
        const Bytes body = input.subspan(2, item.bytes);
        input = input.subspan(2 + item.bytes);
        item.crc = crc32c(body, begin_item_crc(number++, item));
        const auto head = encode(item);
        bytes.insert(bytes.end(), head.begin(), head.end());
        bytes.insert(bytes.end(), body.begin(), body.end());
    }
    return bytes;
}

void read_and_write(Bytes archive) {
    MemoryArchive in = archive_of(archive);
    MemoryArchive out;
    ArchiveWriter writer(out);
    if (!ArchiveReader(in).run(writer)) return;
    MemoryArchive again_in = archive_of(out.bytes);
    MemoryArchive again_out;
    ArchiveWriter again(again_out);
    TERN_ASSERT(ArchiveReader(again_in).run(again));
    TERN_ASSERT(out.bytes == again_out.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    read_and_write(input);
    read_and_write(with_checksums(input));
    return 0;
}
