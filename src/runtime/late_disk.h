#pragma once

#include "runtime/disk.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tern {

/// A disk whose owner syncs what was written to the files of one folder now and then, for somebody
/// who does not sync them itself. Everything else is the disk's below. From any thread.
class LateDisk final : public Disk {
public:
    /// `base` outlives the disk.
    LateDisk(Disk& base, std::string folder) : base_(base), folder_(std::move(folder)) {}

    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override {
        return base_.list(folder);
    }
    [[nodiscard]] Result<void> make_folder(const std::string& name) override {
        return base_.make_folder(name);
    }
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override {
        return base_.rename(from, to);
    }
    [[nodiscard]] Result<void> remove(const std::string& name) override {
        return base_.remove(name);
    }
    [[nodiscard]] Result<std::uint64_t> free_bytes() const override { return base_.free_bytes(); }
    [[nodiscard]] Result<void> sync_folder(const std::string& folder) override {
        return base_.sync_folder(folder);
    }
    [[nodiscard]] Result<std::unique_ptr<File>> lock(const std::string& name) override {
        return base_.lock(name);
    }
    [[nodiscard]] Result<bool> is_locked(const std::string& name) override {
        return base_.is_locked(name);
    }

    /// Everything that was written before the call is on the medium after it. A failure is final:
    /// what the files have is unknown.
    [[nodiscard]] Result<void> sync_written();

    /// What the files that are open share with the disk.
    struct Written;

private:
    Disk& base_;
    const std::string folder_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<Written>> files_;
};

}  // namespace tern
