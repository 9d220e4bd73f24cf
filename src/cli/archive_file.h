#pragma once

#include "store/tools/archive.h"

#include <memory>
#include <string>
#include <vector>

namespace tern::cli {

/// An archive on disk, or the standard output. The file has its name only once it is whole.
class ArchiveOut final : public store::tools::Sink {
public:
    /// `-` is the standard output. Errors are texts, here and below.
    [[nodiscard]] static store::tools::Answer<std::unique_ptr<ArchiveOut>> create(
        const std::string& name);
    ~ArchiveOut() override;
    ArchiveOut(const ArchiveOut&) = delete;
    ArchiveOut& operator=(const ArchiveOut&) = delete;

    [[nodiscard]] Result<void> write(std::span<const Bytes> parts) override;
    /// Makes it durable and gives it its name.
    [[nodiscard]] store::tools::Answer<void> finish();

private:
    ArchiveOut(int file, std::string name) : file_(file), name_(std::move(name)) {}
    [[nodiscard]] Result<void> flush();

    int file_;
    const std::string name_;  ///< empty: the standard output
    bool finished_ = false;
    std::vector<std::uint8_t> buffer_;
};

/// An archive on disk, or the standard input.
class ArchiveIn final : public store::tools::Source {
public:
    [[nodiscard]] static store::tools::Answer<std::unique_ptr<ArchiveIn>> open(
        const std::string& name);
    ~ArchiveIn() override;
    ArchiveIn(const ArchiveIn&) = delete;
    ArchiveIn& operator=(const ArchiveIn&) = delete;

    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> into) override;

private:
    explicit ArchiveIn(int file) : file_(file), buffer_(std::size_t{256} * 1024) {}

    int file_;
    std::vector<std::uint8_t> buffer_;
    Bytes rest_;
};

}  // namespace tern::cli
