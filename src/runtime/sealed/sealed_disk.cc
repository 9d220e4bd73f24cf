#include "runtime/sealed/sealed_disk.h"

#include "base/log.h"
#include "bytes/byte_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern {
namespace {

class SealedFile final : public File {
public:
    explicit SealedFile(std::shared_ptr<SealedContent> content) : content_(std::move(content)) {}

    [[nodiscard]] Result<void> write_at(std::uint64_t offset,
                                        std::span<const Bytes> parts) override {
        return content_->write_at(offset, parts);
    }
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                              std::span<std::uint8_t> into) override {
        return content_->read_at(offset, into);
    }
    [[nodiscard]] Result<void> sync() override { return content_->sync(); }
    [[nodiscard]] Result<std::uint64_t> size() override { return content_->size(); }
    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
        return content_->truncate(size);
    }

private:
    std::shared_ptr<SealedContent> content_;
};

/// Nothing: the file has none yet, for one that has pages had its header synced before.
Result<std::optional<SealedHeader>> read_header(File& file) {
    std::array<std::uint8_t, kSealedHeaderBytes> bytes{};
    const auto got = file.read_at(0, bytes);
    if (!got) return failure(got.error());
    auto header = decode_sealed_header(Bytes(bytes).first(*got));
    if (header) return *header;
    if (header.error() != std::errc::bad_message) return failure(header.error());
    const auto size = file.size();
    if (!size) return failure(size.error());
    if (*size > kSealedHeaderBytes) return failure(header.error());
    return std::nullopt;
}

SecretKey key_of(const SecretKey& data_key, const SealedHeader& header) {
    return data_key.derive(header.id);
}

}  // namespace

SealedDisk::SealedDisk(Disk& base, KeyRing ring, Random& random)
    : base_(base), ring_(std::move(ring)), random_(random) {}

Result<std::unique_ptr<File>> SealedDisk::open(const std::string& name, Open how) {
    const std::lock_guard lock(names_mutex_);
    const auto known = open_.find(name);
    auto content = known == open_.end() ? nullptr : known->second.lock();
    if (content == nullptr) {
        auto opened = open_content(name, how);
        if (!opened) return failure(opened.error());
        content = std::move(*opened);
        std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
        open_[name] = content;
    }
    return std::make_unique<SealedFile>(std::move(content));
}

Result<std::shared_ptr<SealedContent>> SealedDisk::open_content(const std::string& name, Open how) {
    auto base = base_.open(name, how);
    if (!base) return failure(base.error());
    auto header = read_header(**base);
    if (!header) {
        log::error("disk", "{} is not an encrypted file, or its header is damaged: {}", name,
                   header.error().message());
        return failure(header.error());
    }
    SealedContent::Known known{.header = *header, .key = {}};
    if (known.header) {
        const SecretKey* const key = ring_.find(known.header->key);
        if (key == nullptr) {
            log::error("disk", "{} needs key {}, which is not in {}", name, known.header->key,
                       KeyRing::kFile);
            return failure(std::make_error_code(std::errc::permission_denied));
        }
        known.key = key_of(*key, *known.header);
    }
    return SealedContent::open(
        std::move(*base), name, std::move(known), [this] { return begin_file(); },
        [this] { return draw(); });
}

Result<void> SealedDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(names_mutex_);
    if (auto done = base_.rename(from, to); !done) return done;
    // A folder takes with it what is in it.
    decltype(open_) renamed;
    for (auto& [name, content] : open_) {
        const bool inside =
            name.size() > from.size() && name.starts_with(from) && name.at(from.size()) == '/';
        if (name == from || inside) {
            renamed[to + name.substr(from.size())] = std::move(content);
        } else if (name != to) {
            renamed.try_emplace(name, std::move(content));
        }
    }
    open_ = std::move(renamed);
    return {};
}

Result<void> SealedDisk::remove(const std::string& name) {
    const std::lock_guard lock(names_mutex_);
    auto done = base_.remove(name);
    if (done) open_.erase(name);
    return done;
}

SealedContent::Known SealedDisk::begin_file() {
    SealedHeader header{.key = ring_.last().number, .id = {}, .epoch = 1};
    for (std::size_t at = 0; at < header.id.size(); at += sizeof(std::uint64_t)) {
        store_big_endian(header.id.data() + at, draw());
    }
    return {.header = header, .key = key_of(ring_.last().key, header)};
}

std::uint64_t SealedDisk::draw() {
    const std::lock_guard lock(random_mutex_);
    return random_.next();
}

std::expected<std::unique_ptr<SealedDisk>, std::string> unseal(Disk& base, KeyProvider* provider,
                                                               NewKeys new_keys, Random& random) {
    const auto stored = KeyRing::stored(base);
    if (!stored) return std::unexpected(stored.error());
    if (*stored && (*stored)->state != KeyRing::State::settled) {
        return std::unexpected(
            "a change of keys was broken off: run tern store rekey with the same keys once more");
    }
    if (provider == nullptr) {
        if (!*stored) return nullptr;
        return std::unexpected(fmt::format("the store is encrypted under {}, and no key is given",
                                           (*stored)->provider));
    }
    if (*stored) {
        auto ring = KeyRing::unwrap(**stored, *provider);
        if (!ring) return std::unexpected(ring.error());
        return std::make_unique<SealedDisk>(base, std::move(*ring), random);
    }
    if (new_keys == NewKeys::refused) {
        return std::unexpected("the store is not encrypted: tern store rekey does it");
    }
    KeyRing ring;
    ring.add(random);
    if (auto done = ring.write(base, *provider, KeyRing::State::settled); !done) {
        return std::unexpected(done.error());
    }
    return std::make_unique<SealedDisk>(base, std::move(ring), random);
}

Result<std::optional<std::uint32_t>> sealing_key(File& file) {
    const auto header = read_header(file);
    if (!header && header.error() == std::errc::bad_message) return std::nullopt;
    if (!header) return failure(header.error());
    return *header ? std::optional((*header)->key) : std::nullopt;
}

}  // namespace tern
