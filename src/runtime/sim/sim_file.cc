#include "runtime/sim/sim_file.h"

#include <algorithm>

namespace tern::sim {
namespace {

/// Applies pieces of a write that was cut at random bytes, each or not.
void apply_torn(const Change& change, std::vector<std::uint8_t>& content, Random& random) {
    std::size_t begin = 0;
    while (begin < change.bytes.size()) {
        const std::size_t left = change.bytes.size() - begin;
        const std::size_t length = 1 + random.below(random.below(2) == 0 ? left : (left + 7) / 8);
        if (random.below(2) == 0) {
            const auto from = change.bytes.begin() + static_cast<std::ptrdiff_t>(begin);
            const Change piece{.offset = change.offset + begin,
                               .bytes = {from, from + static_cast<std::ptrdiff_t>(length)}};
            piece.apply(content);
        }
        begin += length;
    }
}

}  // namespace

std::unexpected<std::error_code> io_error() {
    return failure(std::make_error_code(std::errc::io_error));
}

void Change::apply(std::vector<std::uint8_t>& content) const {
    if (resize) {
        content.resize(offset);
        return;
    }
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void Inode::sync() {
    for (const Change& change : unsynced) {
        if (!change.abandoned) change.apply(synced);
    }
    unsynced.clear();
}

void Inode::crash(Random& random, std::uint64_t keep_of_8) {
    for (const Change& change : unsynced) {
        if (random.below(8) >= keep_of_8) continue;
        const bool torn = keep_of_8 < 8 && random.below(3) == 0 && !change.resize;
        if (torn) {
            apply_torn(change, synced, random);
        } else {
            change.apply(synced);
        }
    }
    unsynced.clear();
    content = synced;
}

SimFile::~SimFile() {
    if (locks_ != nullptr) locks_->erase(lock_);
}

void SimFile::unlock_at_close(std::shared_ptr<std::set<std::string>> locks, std::string name) {
    locks_ = std::move(locks);
    lock_ = std::move(name);
}

void SimFile::change(Change change) {
    change.apply(inode_->content);
    inode_->unsynced.push_back(std::move(change));
}

Result<void> SimFile::write_at(std::uint64_t offset, std::span<const Bytes> parts) {
    if (!faults_->powered) return io_error();
    ++faults_->writes;
    Change write{.offset = offset};
    for (const Bytes part : parts) write.bytes.insert(write.bytes.end(), part.begin(), part.end());
    const bool stays = faults_->power_stays();
    const bool fails = faults_->write.strikes();
    if (fails) write.bytes.resize(write.bytes.size() / 2);
    change(std::move(write));
    if (!stays) return io_error();
    if (fails) return failure(std::make_error_code(faults_->write.error));
    return {};
}

Result<std::size_t> SimFile::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    if (!faults_->powered) return io_error();
    const std::size_t size = inode_->content.size();
    if (offset >= size) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), size - offset);
    std::copy_n(inode_->content.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
}

Result<void> SimFile::sync() {
    if (!faults_->powered) return io_error();
    ++faults_->syncs;
    if (!faults_->power_stays()) return io_error();
    if (faults_->sync.strikes()) {
        for (Change& change : inode_->unsynced) change.abandoned = true;
        return failure(std::make_error_code(faults_->sync.error));
    }
    inode_->sync();
    return {};
}

Result<std::uint64_t> SimFile::size() {
    if (!faults_->powered) return io_error();
    return inode_->content.size();
}

Result<void> SimFile::truncate(std::uint64_t size) {
    if (!faults_->powered) return io_error();
    const bool stays = faults_->power_stays();
    change({.offset = size, .resize = true});
    if (!stays) return io_error();
    return {};
}

}  // namespace tern::sim
