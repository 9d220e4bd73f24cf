#include "runtime/sealed/key_ring.h"

#include "bytes/byte_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern {
namespace {

constexpr const char* kUnfinished = "store.keys.tmp";

std::unexpected<std::string> problem(std::error_code error) {
    return std::unexpected(fmt::format("{}: {}", KeyRing::kFile, error.message()));
}

Result<std::vector<std::uint8_t>> content_of(File& file) {
    const auto size = file.size();
    if (!size) return failure(size.error());
    std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(*size, kKeysBytesMax + 1));
    const auto got = file.read_at(0, bytes);
    if (!got) return failure(got.error());
    bytes.resize(*got);
    return bytes;
}

}  // namespace

std::expected<std::optional<StoredKeys>, std::string> KeyRing::stored(Disk& disk) {
    const auto file = disk.open(kFile, Disk::Open::existing);
    if (!file && file.error() == std::errc::no_such_file_or_directory) return std::nullopt;
    if (!file) return problem(file.error());
    const auto bytes = content_of(**file);
    if (!bytes) return problem(bytes.error());
    auto keys = decode_keys(*bytes);
    if (!keys) return std::unexpected(fmt::format("{} {}", kFile, keys.error()));
    return std::move(*keys);
}

std::expected<KeyRing, std::string> KeyRing::unwrap(const StoredKeys& stored,
                                                    KeyProvider& provider) {
    if (stored.provider != provider.name()) {
        return std::unexpected(fmt::format("the store is encrypted under {}, not {}",
                                           stored.provider, provider.name()));
    }
    KeyRing ring;
    for (const StoredKeys::Key& one : stored.keys) {
        auto key = provider.unwrap(one.wrapped);
        if (!key) return std::unexpected(key.error());
        ring.entries_.push_back({one.number, *key});
    }
    return ring;
}

std::expected<void, std::string> KeyRing::write(Disk& disk, KeyProvider& provider,
                                                State state) const {
    StoredKeys stored{.state = state, .provider = provider.name(), .keys = {}};
    for (const Entry& entry : entries_) {
        auto wrapped = provider.wrap(entry.key);
        if (!wrapped) return std::unexpected(wrapped.error());
        stored.keys.push_back({entry.number, std::move(*wrapped)});
    }
    const auto bytes = encode(stored);
    // There is one or the other at any time, and what is written with a new key comes later.
    auto file = disk.open(kUnfinished, Disk::Open::create);
    if (!file) return problem(file.error());
    Result<void> done = (*file)->truncate(0);
    if (done) done = (*file)->write_at(0, std::array{Bytes(bytes)});
    if (done) done = (*file)->sync();
    if (done) done = disk.rename(kUnfinished, kFile);
    if (done) done = disk.sync_folder("");
    if (!done) return problem(done.error());
    return {};
}

std::expected<void, std::string> KeyRing::remove(Disk& disk) {
    Result<void> done = disk.remove(kFile);
    if (done) done = disk.sync_folder("");
    if (!done) return problem(done.error());
    return {};
}

void KeyRing::add(Random& random) {
    std::array<std::uint8_t, kKeyBytes> bytes{};
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        store_big_endian(bytes.data() + at, random.next());
    }
    entries_.push_back({entries_.empty() ? 1 : entries_.back().number + 1, SecretKey(bytes)});
}

void KeyRing::drop_all_but_last() {
    entries_.erase(entries_.begin(), entries_.end() - 1);
}

const SecretKey* KeyRing::find(std::uint32_t number) const {
    const auto found = std::ranges::find(entries_, number, &Entry::number);
    return found == entries_.end() ? nullptr : &found->key;
}

}  // namespace tern
