#pragma once

#include "base/result.h"
#include "bytes/buffer.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// An open file. Calls block: they belong on a lane. Errors are those of the system (errno).
class File {
public:
    virtual ~File() = default;

    /// Writes all of `parts`, one after the other, from `offset` on.
    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset,
                                                std::span<const Bytes> parts) = 0;
    /// Reads up to `into.size()` bytes; fewer only at the end of the file.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      std::span<std::uint8_t> into) = 0;
    /// Returns when everything written so far is on the medium (fdatasync). After a failure the
    /// content is unknown for good: never call it again.
    [[nodiscard]] virtual Result<void> sync() = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
    [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
};

/// The part of a file system a store needs. Names are relative to the disk's directory and may
/// contain folders; "" as a folder is that directory itself.
class Disk {
public:
    enum class Open { existing, create };

    virtual ~Disk() = default;

    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& name, Open how) = 0;
    /// The names in `folder`, sorted; empty when there is no such folder.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
    /// With the folders above it; nothing happens when it is there.
    [[nodiscard]] virtual Result<void> make_folder(const std::string& name) = 0;
    /// Replaces `to` atomically. Durable after `sync_folder`.
    [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// A file, or an empty folder.
    [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
    /// How much can still be written. Does not wait for the medium. From any thread.
    [[nodiscard]] virtual Result<std::uint64_t> free_bytes() const = 0;
    /// Makes creations, renames and removals in `folder` durable.
    [[nodiscard]] virtual Result<void> sync_folder(const std::string& folder) = 0;
    /// Takes the exclusive lock `name` until the returned object dies. Error: resource_unavailable
    /// (`std::errc::resource_unavailable_try_again`) when another process holds it.
    [[nodiscard]] virtual Result<std::unique_ptr<File>> lock(const std::string& name) = 0;
    /// Whether anybody, the caller included, holds the lock `name`.
    [[nodiscard]] virtual Result<bool> is_locked(const std::string& name) = 0;
};

}  // namespace tern
