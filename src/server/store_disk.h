#pragma once

#include "runtime/late_disk.h"
#include "runtime/sealed/key_file.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/system_random.h"

#include <expected>
#include <memory>
#include <string>

namespace tern::server {

struct StoreDiskOptions {
    std::string key_file;  ///< of the key that the store is encrypted under; empty: it is not
    /// The journal is synced so often, and not by itself; 0: it is not synced from here.
    std::int64_t sync_interval_ms = 0;
};

/// The disk as the store sees it: what the options ask for, in layers on that of the data
/// directory.
class StoreDisk {
public:
    /// Makes keys if there are none and no store either. `base` outlives it. The error is a text
    /// for the user.
    [[nodiscard]] static std::expected<std::unique_ptr<StoreDisk>, std::string> open(
        Disk& base, const StoreDiskOptions& options);

    [[nodiscard]] Disk& disk() { return *top_; }
    /// To be called once in each interval. A failure is final. From any thread.
    [[nodiscard]] Result<void> sync();

private:
    StoreDisk() = default;

    SystemRandom random_;
    SystemRandom wrapping_random_;
    std::unique_ptr<KeyFile> key_;        ///< null: nothing is encrypted
    std::unique_ptr<SealedDisk> sealed_;  ///< null: nothing is encrypted
    std::unique_ptr<LateDisk> late_;      ///< null: whoever writes syncs
    Disk* top_ = nullptr;
};

}  // namespace tern::server
