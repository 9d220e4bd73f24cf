#pragma once

#include "runtime/disk.h"

#include <cerrno>

namespace tern {

/// The error in `errno`.
[[nodiscard]] std::unexpected<std::error_code> system_failure();

/// Repeats `call` while a signal interrupts it.
template <class Call>
auto retry_interrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

/// A file descriptor and what one does with it.
class PosixFile final : public File {
public:
    explicit PosixFile(int fd) : fd_(fd) {}
    ~PosixFile() override;
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

    [[nodiscard]] Result<void> write_at(std::uint64_t offset,
                                        std::span<const Bytes> parts) override;
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                              std::span<std::uint8_t> into) override;
    [[nodiscard]] Result<void> sync() override;
    [[nodiscard]] Result<std::uint64_t> size() override;
    [[nodiscard]] Result<void> truncate(std::uint64_t size) override;

private:
    int fd_;
};

}  // namespace tern
