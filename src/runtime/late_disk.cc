#include "runtime/late_disk.h"

#include <atomic>

namespace tern {

struct LateDisk::Written {
    explicit Written(std::unique_ptr<File> opened) : file(std::move(opened)) {}

    const std::unique_ptr<File> file;
    std::atomic<bool> unsynced{false};
};

namespace {

/// What was written and not synced when it is closed is synced then: nobody could later.
class LateFile final : public File {
public:
    explicit LateFile(std::shared_ptr<LateDisk::Written> written) : written_(std::move(written)) {}
    ~LateFile() override {
        if (written_->unsynced.exchange(false)) std::ignore = written_->file->sync();
    }
    LateFile(const LateFile&) = delete;
    LateFile& operator=(const LateFile&) = delete;

    [[nodiscard]] Result<void> write_at(std::uint64_t offset,
                                        std::span<const Bytes> parts) override {
        auto done = written_->file->write_at(offset, parts);
        written_->unsynced = true;
        return done;
    }
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                              std::span<std::uint8_t> into) override {
        return written_->file->read_at(offset, into);
    }
    [[nodiscard]] Result<void> sync() override {
        written_->unsynced = false;
        return written_->file->sync();
    }
    [[nodiscard]] Result<std::uint64_t> size() override { return written_->file->size(); }
    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
        auto done = written_->file->truncate(size);
        written_->unsynced = true;
        return done;
    }

private:
    std::shared_ptr<LateDisk::Written> written_;
};

}  // namespace

Result<std::unique_ptr<File>> LateDisk::open(const std::string& name, Open how) {
    auto file = base_.open(name, how);
    if (!file || !name.starts_with(folder_ + '/')) return file;
    auto written = std::make_shared<Written>(std::move(*file));
    const std::lock_guard lock(mutex_);
    std::erase_if(files_, [](const auto& known) { return known.expired(); });
    files_.push_back(written);
    return std::make_unique<LateFile>(std::move(written));
}

Result<void> LateDisk::sync_written() {
    std::vector<std::shared_ptr<Written>> unsynced;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& known : files_) {
            auto file = known.lock();
            if (file != nullptr && file->unsynced.exchange(false)) {
                unsynced.push_back(std::move(file));
            }
        }
    }
    for (const auto& file : unsynced) {
        if (auto done = file->file->sync(); !done) return done;
    }
    return {};
}

}  // namespace tern
