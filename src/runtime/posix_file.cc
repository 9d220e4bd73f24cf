#include "runtime/posix_file.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace tern {
namespace {

/// Enough for a batch of large messages, small enough for the stack; the system allows 1024.
constexpr std::size_t kPiecesMax = 128;

/// Fills `pieces` with what is left of `parts` once `done` bytes of their first are gone.
std::size_t gather(std::span<const Bytes> parts, std::size_t done,
                   std::array<iovec, kPiecesMax>& pieces) {
    std::size_t count = 0;
    for (const Bytes part : parts.first(std::min(parts.size(), kPiecesMax))) {
        const Bytes rest = part.subspan(count == 0 ? done : 0);
        // iovec serves reading as well and therefore knows no const.
        pieces[count++] = {const_cast<std::uint8_t*>(rest.data()), rest.size()};
    }
    return count;
}

}  // namespace

std::unexpected<std::error_code> system_failure() {
    return failure(std::error_code(errno, std::system_category()));
}

PosixFile::~PosixFile() {
    ::close(fd_);
}

Result<void> PosixFile::write_at(std::uint64_t offset, std::span<const Bytes> parts) {
    std::array<iovec, kPiecesMax> pieces;
    std::size_t done = 0;  // of the first part
    for (;;) {
        while (!parts.empty() && done == parts.front().size()) {
            parts = parts.subspan(1);
            done = 0;
        }
        if (parts.empty()) return {};
        const auto count = static_cast<int>(gather(parts, done, pieces));
        const ssize_t written = retry_interrupted(
            [&] { return ::pwritev(fd_, pieces.data(), count, static_cast<off_t>(offset)); });
        if (written < 0) return system_failure();
        offset += static_cast<std::uint64_t>(written);

        done += static_cast<std::size_t>(written);
        while (!parts.empty() && done > parts.front().size()) {
            done -= parts.front().size();
            parts = parts.subspan(1);
        }
    }
}

Result<std::size_t> PosixFile::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got = retry_interrupted([&] {
            return ::pread(fd_, into.data() + done, into.size() - done,
                           static_cast<off_t>(offset + done));
        });
        if (got < 0) return system_failure();
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Result<void> PosixFile::sync() {
    // Not even repeated after a signal: only the first call reports what went wrong.
    if (::fdatasync(fd_) != 0) return system_failure();
    return {};
}

Result<std::uint64_t> PosixFile::size() {
    struct stat status;
    if (::fstat(fd_, &status) != 0) return system_failure();
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::truncate(std::uint64_t size) {
    const int result =
        retry_interrupted([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); });
    if (result != 0) return system_failure();
    return {};
}

}  // namespace tern
