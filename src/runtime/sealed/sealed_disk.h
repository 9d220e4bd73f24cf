#pragma once

#include "runtime/disk.h"
#include "runtime/sealed/key_ring.h"
#include "runtime/sealed/sealed_content.h"

#include <map>
#include <memory>
#include <mutex>

namespace tern {

/// A disk whose files lie encrypted on another one, under the same names. Locks are the other's,
/// and what they are of is not encrypted.
class SealedDisk final : public Disk {
public:
    /// `base` and `random` outlive the disk and its files; nobody else uses `random` meanwhile.
    SealedDisk(Disk& base, KeyRing ring, Random& random);

    /// Errors besides the other disk's: bad_message (it is no encrypted file, or its header is
    /// damaged), not_supported (another version's), permission_denied (its key is not in the ring).
    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override {
        return base_.list(folder);
    }
    [[nodiscard]] Result<void> make_folder(const std::string& name) override {
        return base_.make_folder(name);
    }
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Result<void> remove(const std::string& name) override;
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

private:
    [[nodiscard]] Result<std::shared_ptr<SealedContent>> open_content(const std::string& name,
                                                                      Open how);
    [[nodiscard]] SealedContent::Known begin_file();
    [[nodiscard]] std::uint64_t draw();

    Disk& base_;
    const KeyRing ring_;
    std::mutex random_mutex_;
    Random& random_;
    /// Whoever opens a file that is open shares it.
    std::mutex names_mutex_;
    std::map<std::string, std::weak_ptr<SealedContent>> open_;
};

/// Whether keys may be made for a directory that has none.
enum class NewKeys : std::uint8_t { refused, allowed };

/// The disk to use for what lies on `base`; null: `base` itself, for neither does it have keys nor
/// is there a provider of any. The error says what is needed. All given outlive the disk.
[[nodiscard]] std::expected<std::unique_ptr<SealedDisk>, std::string> unseal(Disk& base,
                                                                             KeyProvider* provider,
                                                                             NewKeys new_keys,
                                                                             Random& random);

/// Whether a file is encrypted, and with which key of the ring; nothing: it is not.
[[nodiscard]] Result<std::optional<std::uint32_t>> sealing_key(File& file);

}  // namespace tern
