#pragma once

#include "runtime/disk.h"

namespace tern::store::tools {

/// A folder of a disk as a disk of its own.
class SubDisk final : public Disk {
public:
    /// `disk` outlives it; the folder is there.
    SubDisk(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override {
        return disk_.open(path(name), how);
    }
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override {
        return disk_.list(path(folder));
    }
    [[nodiscard]] Result<void> make_folder(const std::string& name) override {
        return disk_.make_folder(path(name));
    }
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override {
        return disk_.rename(path(from), path(to));
    }
    [[nodiscard]] Result<void> remove(const std::string& name) override {
        return disk_.remove(path(name));
    }
    [[nodiscard]] Result<std::uint64_t> free_bytes() const override { return disk_.free_bytes(); }
    [[nodiscard]] Result<void> sync_folder(const std::string& folder) override {
        return disk_.sync_folder(path(folder));
    }
    [[nodiscard]] Result<std::unique_ptr<File>> lock(const std::string& name) override {
        return disk_.lock(path(name));
    }
    [[nodiscard]] Result<bool> is_locked(const std::string& name) override {
        return disk_.is_locked(path(name));
    }

private:
    [[nodiscard]] std::string path(const std::string& name) const {
        return name.empty() ? folder_ : folder_ + '/' + name;
    }

    Disk& disk_;
    const std::string folder_;
};

}  // namespace tern::store::tools
