// Arbitrary bytes as an archive: what is read of them, written again, is read the same.
#include "base/assert.h"
#include "bytes/crc32c.h"
#include "store/tools/archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace {

using namespace tern;                // NOLINT(google-build-using-namespace): a fuzz target
using namespace tern::store::tools;  // NOLINT(google-build-using-namespace)

class Memory final : public Sink, public Source {
public:
    explicit Memory(Bytes begin = {}) : bytes_(begin.begin(), begin.end()) {}

    Result<void> write(std::span<const Bytes> parts) override {
        for (const Bytes part : parts) bytes_.insert(bytes_.end(), part.begin(), part.end());
        return {};
    }
    Result<std::size_t> read(std::span<std::uint8_t> into) override {
        const std::size_t count = std::min(into.size(), bytes_.size() - at_);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
        at_ += count;
        return count;
    }
    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

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
    Memory in(archive);
    Memory out;
    ArchiveWriter writer(out);
    if (!ArchiveReader(in).run(writer)) return;
    Memory again_in(out.bytes());
    Memory again_out;
    ArchiveWriter again(again_out);
    TERN_ASSERT(ArchiveReader(again_in).run(again));
    TERN_ASSERT(out.bytes() == again_out.bytes());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    read_and_write(input);
    read_and_write(with_checksums(input));
    return 0;
}
