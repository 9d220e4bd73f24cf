#include "store/tools/stored_bodies.h"

#include <algorithm>

namespace tern::store::tools {
namespace {

class NamedBody final : public LargeBody {
public:
    NamedBody(std::uint64_t id, std::uint64_t size) : LargeBody(id), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }

private:
    std::uint64_t size_;
};

/// How large the body in a file of that size is; none: no body's file has that size.
std::optional<std::uint64_t> body_bytes_of(std::uint64_t file_bytes) {
    constexpr std::uint64_t kWhole = LargeBody::kPieceBytes + kPieceHeadBytes;
    if (file_bytes < kLargeHeaderBytes) return std::nullopt;
    const std::uint64_t pieces = (file_bytes - kLargeHeaderBytes + kWhole - 1) / kWhole;
    if (file_bytes - kLargeHeaderBytes < pieces * kPieceHeadBytes) return std::nullopt;
    const std::uint64_t bytes = file_bytes - kLargeHeaderBytes - pieces * kPieceHeadBytes;
    return large_file_bytes(bytes) == file_bytes ? std::optional(bytes) : std::nullopt;
}

}  // namespace

LargeBodyPtr make_body(std::uint64_t id, std::uint64_t size) {
    return std::make_shared<NamedBody>(id, size);
}

Answer<void> StoredBodies::open(Findings& findings) {
    const auto names = disk_.list(kLargeFolder);
    if (!names) return problem_with(kLargeFolder, names.error());
    for (const std::string& name : *names) {
        const auto id = large_id_of(name);
        if (!id) {
            findings.note(fmt::format("{}/{}", kLargeFolder, name), 0, "it is none of the store's");
            continue;
        }
        const auto file = disk_.open(large_path(*id), Disk::Open::existing);
        if (!file) return problem_with(large_path(*id), file.error());
        const auto size = (*file)->size();
        if (!size) return problem_with(large_path(*id), size.error());
        files_[*id].bytes = *size;
    }
    return {};
}

LargeBodyPtr StoredBodies::find(std::uint64_t id, std::uint64_t size) const {
    const auto found = files_.find(id);
    if (found == files_.end()) {
        ++misses_;
        return nullptr;
    }
    found->second.wanted = true;
    if (found->second.bytes != large_file_bytes(size)) {
        wrong_sizes_[id] = size;
        return nullptr;
    }
    return make_body(id, size);
}

Answer<void> StoredBodies::read(std::uint64_t id, std::uint64_t size, const Take& take) {
    const std::string path = large_path(id);
    const auto file = disk_.open(path, Disk::Open::existing);
    if (!file) return problem_with(path, file.error());
    std::array<std::uint8_t, kLargeHeaderBytes> header{};
    if (auto got = (*file)->read_at(0, header); !got) return problem_with(path, got.error());
    if (auto right = check_large_header(header, id); !right) {
        return problem("{}: its header: {}", path, right.error().message());
    }
    std::vector<std::uint8_t> bytes(LargeBody::kPieceBytes + kPieceHeadBytes);
    for (std::uint64_t piece = 0; piece * LargeBody::kPieceBytes < size; ++piece) {
        const std::uint64_t left = size - piece * LargeBody::kPieceBytes;
        const auto wanted = std::span(bytes).first(
            kPieceHeadBytes + std::min<std::uint64_t>(left, LargeBody::kPieceBytes));
        const auto got = (*file)->read_at(piece_offset(piece), wanted);
        if (!got) return problem_with(path, got.error());
        const auto found = find_pieces(wanted.first(*got), id, piece, size);
        if (!found || found->size() != 1) {
            return problem("{} is damaged at offset {}", path, piece_offset(piece));
        }
        if (auto taken = take(found->front()); !taken) return taken;
    }
    return {};
}

Answer<void> StoredBodies::check(Findings& findings) {
    for (const auto& [id, file] : files_) {
        const std::string path = large_path(id);
        if (!file.wanted) {
            findings.note(path, 0, "no message refers to it; the next start removes it");
            continue;
        }
        if (const auto wrong = wrong_sizes_.find(id); wrong != wrong_sizes_.end()) {
            findings.damage(path, 0,
                            fmt::format("it has {} bytes instead of {}", file.bytes,
                                        large_file_bytes(wrong->second)));
            continue;
        }
        const auto size = body_bytes_of(file.bytes);
        const auto right = size ? read(id, *size, [](Bytes) { return Answer<void>(); })
                                : Answer<void>(problem("{}: no body is that large", path));
        if (!right) findings.damage(path, 0, right.error());
    }
    return {};
}

}  // namespace tern::store::tools
