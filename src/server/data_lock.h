#pragma once

#include "runtime/disk.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace tern::server {

/// How the data directory is kept from, and by, other brokers.
struct LockOptions {
    std::int64_t retry_ms = 500;   ///< between two tries of who waits
    std::int64_t check_ms = 0;     ///< between two looks of who has it; 0: it never looks
    bool fail_when_taken = false;  ///< rather than to wait
};

/// The data directory belongs to one broker at a time: to the one that holds the lock of the file
/// `lock` in it. Others wait, and one of them takes over when the holder ends, however it ends.
///
/// The file says who holds the lock. Both are looked at to know whether it is still held: on a
/// network file system a lock may be lost while its holder is cut off, and a file may be deleted.
class DataLock {
public:
    /// Waits for so many milliseconds; false when the broker shall end.
    using Pause = std::function<bool(std::int64_t ms)>;

    /// `holder`: what no other broker has, a line.
    DataLock(Disk& disk, std::string holder);

    /// Returns when it has the lock, or with false when the broker shall end. Errors are texts.
    [[nodiscard]] std::expected<bool, std::string> acquire(const LockOptions& options,
                                                           const Pause& pause);
    /// Whether it is certain that nobody else has the directory.
    [[nodiscard]] bool is_held();

private:
    [[nodiscard]] std::string named_holder();

    Disk& disk_;
    std::string holder_;
    std::unique_ptr<File> file_;
};

}  // namespace tern::server
