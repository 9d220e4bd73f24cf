#include "runtime/sealed/rekey.h"

#include "runtime/sealed/sealed_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern {
namespace {

constexpr std::string_view kUnfinished = ".rekey";
constexpr std::size_t kCopiedAtOnce = std::size_t{1024} * 1024;

using State = KeyRing::State;
template <class T>
using Answer = std::expected<T, std::string>;

std::unexpected<std::string> problem(const std::string& file, std::error_code error) {
    return std::unexpected(fmt::format("{}: {}", file, error.message()));
}

/// The keys that there shall be, written down; the last one is for all files.
Answer<KeyRing> begin(Disk& disk, const Rekeying& how, const std::optional<StoredKeys>& stored,
                      Random& random) {
    if (!stored) {
        if (how.from != nullptr) return std::unexpected("the store is not encrypted");
        KeyRing ring;
        ring.add(random);
        if (auto done = ring.write(disk, *how.to, State::changing); !done) {
            return std::unexpected(done.error());
        }
        return ring;
    }
    if (stored->state == State::changing) return KeyRing::unwrap(*stored, *how.to);
    if (how.from == nullptr) {
        return std::unexpected(
            fmt::format("the store is encrypted under {}, which is needed", stored->provider));
    }
    auto ring = KeyRing::unwrap(*stored, *how.from);
    if (!ring) return ring;
    if (!how.keep_data_keys) ring->add(random);
    auto done = ring->write(disk, *how.to, how.keep_data_keys ? State::settled : State::changing);
    if (!done) return std::unexpected(done.error());
    return ring;
}

/// Of a store that shall not be encrypted any more.
Answer<KeyRing> begin_removing(Disk& disk, const Rekeying& how,
                               const std::optional<StoredKeys>& stored) {
    if (!stored) return std::unexpected("the store is not encrypted");
    if (how.from == nullptr) return std::unexpected("it takes a key");
    auto ring = KeyRing::unwrap(*stored, *how.from);
    if (!ring) return ring;
    if (auto done = ring->write(disk, *how.from, State::removing); !done) {
        return std::unexpected(done.error());
    }
    return ring;
}

Result<std::uint64_t> copy(File& from, File& to) {
    const auto size = from.size();
    if (!size) return size;
    std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(kCopiedAtOnce, *size));
    for (std::uint64_t at = 0; at < *size;) {
        const auto got = from.read_at(at, bytes);
        if (!got) return failure(got.error());
        if (*got == 0) return failure(std::make_error_code(std::errc::io_error));
        if (auto done = to.write_at(at, std::array{Bytes(bytes).first(*got)}); !done) {
            return failure(done.error());
        }
        at += *got;
    }
    if (auto done = to.sync(); !done) return failure(done.error());
    return size;
}

/// Writes the files of a directory anew, one after the other.
class Rewriting {
public:
    /// `key`: what they shall be encrypted with; nothing: they shall not be.
    Rewriting(Disk& disk, KeyRing ring, std::optional<std::uint32_t> key, Random& random)
        : plain_(disk), sealed_(disk, std::move(ring), random), key_(key) {}

    Answer<Rekeyed> run(const std::vector<std::string>& folders) {
        for (const std::string& folder : folders) {
            auto names = plain_.list(folder);
            if (!names) return problem(folder, names.error());
            if (auto done = remove_unfinished(folder, *names); !done) {
                return problem(folder, done.error());
            }
            for (const std::string& name : *names) {
                const std::string path = fmt::format("{}/{}", folder, name);
                if (auto done = take(path); !done) return problem(path, done.error());
            }
            if (names->empty()) continue;
            if (auto done = plain_.sync_folder(folder); !done) return problem(folder, done.error());
        }
        return rekeyed_;
    }

private:
    /// What an earlier run was writing when it was broken off.
    Result<void> remove_unfinished(const std::string& folder, std::vector<std::string>& names) {
        for (const std::string& name : names) {
            if (!name.ends_with(kUnfinished)) continue;
            auto done = plain_.remove(fmt::format("{}/{}", folder, name));
            if (!done) return done;
        }
        std::erase_if(names, [](const std::string& name) { return name.ends_with(kUnfinished); });
        return {};
    }

    Result<void> take(const std::string& path) {
        auto from = plain_.open(path, Disk::Open::existing);
        if (!from) return failure(from.error());
        const auto key = sealing_key(**from);
        if (!key) return failure(key.error());
        if (*key == key_) return {};
        if (*key) from = sealed_.open(path, Disk::Open::existing);
        if (!from) return failure(from.error());
        const std::string unfinished = path + std::string(kUnfinished);
        Disk& disk = key_ ? static_cast<Disk&>(sealed_) : plain_;
        auto to = disk.open(unfinished, Disk::Open::create);
        if (!to) return failure(to.error());
        const auto bytes = copy(**from, **to);
        if (!bytes) return failure(bytes.error());
        ++rekeyed_.files;
        rekeyed_.bytes += *bytes;
        return sealed_.rename(unfinished, path);
    }

    Disk& plain_;
    SealedDisk sealed_;
    const std::optional<std::uint32_t> key_;
    Rekeyed rekeyed_;
};

}  // namespace

std::expected<Rekeyed, std::string> rekey(Disk& disk, const Rekeying& how, Random& random) {
    const auto stored = KeyRing::stored(disk);
    if (!stored) return std::unexpected(stored.error());
    const State other = how.to == nullptr ? State::changing : State::removing;
    if (*stored && (*stored)->state == other) {
        return std::unexpected("another change of keys was broken off: finish that one first");
    }
    if (how.to == nullptr) {
        auto ring = begin_removing(disk, how, *stored);
        if (!ring) return std::unexpected(ring.error());
        auto done = Rewriting(disk, std::move(*ring), std::nullopt, random).run(how.folders);
        if (!done) return done;
        if (auto removed = KeyRing::remove(disk); !removed) return std::unexpected(removed.error());
        return done;
    }
    auto ring = begin(disk, how, *stored, random);
    if (!ring) return std::unexpected(ring.error());
    const bool goes_on = *stored && (*stored)->state == State::changing;
    if (how.keep_data_keys && *stored && !goes_on) return Rekeyed();
    auto done = Rewriting(disk, *ring, ring->last().number, random).run(how.folders);
    if (!done) return done;
    ring->drop_all_but_last();
    if (auto settled = ring->write(disk, *how.to, State::settled); !settled) {
        return std::unexpected(settled.error());
    }
    return done;
}

}  // namespace tern
