#pragma once

#include "runtime/disk.h"

namespace tern {

/// The files of one directory. Files are made with mode 0600, folders with 0700. From any thread;
/// one file belongs to one thread at a time.
class PosixDisk final : public Disk {
public:
    /// Opens the directory `root`, making it and its parents if need be.
    [[nodiscard]] static Result<std::unique_ptr<PosixDisk>> open(const std::string& root);
    ~PosixDisk() override;

    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override;
    [[nodiscard]] Result<void> make_folder(const std::string& name) override;
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Result<void> remove(const std::string& name) override;
    [[nodiscard]] Result<std::uint64_t> free_bytes() const override;
    [[nodiscard]] Result<void> sync_folder(const std::string& folder) override;
    [[nodiscard]] Result<std::unique_ptr<File>> lock(const std::string& name) override;
    [[nodiscard]] Result<bool> is_locked(const std::string& name) override;

private:
    explicit PosixDisk(int root) : root_(root) {}

    int root_;
};

}  // namespace tern
