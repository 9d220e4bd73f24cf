// Arbitrary bytes as an encrypted file and as a ring of keys: whatever is read of them is read
// without a crash, what is written to the file is there, and a ring that is read is written the
// same.
#include "base/assert.h"
#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "runtime/sealed/key_file.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"

#include <algorithm>
#include <array>

namespace {

using namespace tern;  // NOLINT(google-build-using-namespace): a fuzz target

/// With a checksum that is right, or nothing else would be looked at.
void read_ring(Bytes input) {
    std::vector<std::uint8_t> bytes(input.begin(), input.end());
    bytes.resize(bytes.size() + 4);
    store_big_endian(bytes.data() + input.size(), crc32c(input));
    const auto keys = decode_keys(bytes);
    if (keys) TERN_ASSERT(encode(*keys) == bytes);
}

/// What follows a header that is right.
void read_file(Bytes input) {
    SimDisk base;
    SeededRandom random(1);
    KeyFile provider(SecretKey(), random);
    auto disk = unseal(base, &provider, NewKeys::allowed, random);
    TERN_ASSERT(disk && *disk != nullptr);
    {
        const auto file = (*disk)->open("f", Disk::Open::create);
        TERN_ASSERT(file && (*file)->write_at(0, std::array{as_bytes("begun")}));
        const auto raw = base.open("f", Disk::Open::existing);
        TERN_ASSERT(raw && (*raw)->write_at(kSealedHeaderBytes, std::array{input}));
    }
    const auto file = (*disk)->open("f", Disk::Open::existing);
    TERN_ASSERT(file);
    const auto length = (*file)->size();
    TERN_ASSERT(length);
    std::vector<std::uint8_t> content(std::min<std::uint64_t>(*length, 1 << 20));
    TERN_ASSERT((*file)->read_at(0, content) == content.size());
    const std::uint64_t at = input.size() % 10'000;
    TERN_ASSERT((*file)->write_at(at, std::array{as_bytes("written")}));
    std::array<std::uint8_t, 7> back{};
    TERN_ASSERT((*file)->read_at(at, back) == back.size());
    TERN_ASSERT(as_text(back) == "written");
}

/// The header, too.
void open_file(Bytes input) {
    std::ignore = decode_sealed_header(input);
    SimDisk base;
    const auto raw = base.open("f", Disk::Open::create);
    TERN_ASSERT(raw && (*raw)->write_at(0, std::array{input}));
    std::ignore = sealing_key(**raw);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    read_ring(input);
    read_file(input);
    open_file(input);
    return 0;
}
