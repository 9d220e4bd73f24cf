#include "server/store_disk.h"

#include "base/log.h"
#include "journal/format.h"
#include "store/large_format.h"
#include "store/segment_format.h"

#include <array>

namespace tern::server {
namespace {

std::expected<bool, std::string> has_store(Disk& disk) {
    for (const char* const folder :
         std::array{journal::kFolder, store::kSegmentFolder, store::kLargeFolder}) {
        const auto names = disk.list(folder);
        if (!names) return std::unexpected(names.error().message());
        if (!names->empty()) return true;
    }
    return false;
}

}  // namespace

std::expected<std::unique_ptr<StoreDisk>, std::string> StoreDisk::open(
    Disk& base, const StoreDiskOptions& options) {
    std::unique_ptr<StoreDisk> made(new StoreDisk());
    made->top_ = &base;
    if (!options.key_file.empty()) {
        auto key = KeyFile::read(options.key_file, made->wrapping_random_);
        if (!key) return std::unexpected(key.error());
        made->key_ = std::move(*key);
    }
    const auto there = has_store(base);
    if (!there) return std::unexpected(there.error());
    auto sealed =
        unseal(base, made->key_.get(), *there ? NewKeys::refused : NewKeys::allowed, made->random_);
    if (!sealed) return std::unexpected(sealed.error());
    made->sealed_ = std::move(*sealed);
    if (made->sealed_ != nullptr) {
        made->top_ = made->sealed_.get();
        log::info("server", "the store is encrypted under {}", made->key_->name());
    }
    if (options.sync_interval_ms > 0) {
        made->late_ = std::make_unique<LateDisk>(*made->top_, journal::kFolder);
        made->top_ = made->late_.get();
    }
    return made;
}

Result<void> StoreDisk::sync() {
    return late_ == nullptr ? Result<void>() : late_->sync_written();
}

}  // namespace tern::server
