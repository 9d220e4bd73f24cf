#include "cli/archive_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace tern::cli {

using store::tools::Answer;
using store::tools::problem;
using store::tools::problem_with;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

std::error_code last_error() {
    return {errno, std::system_category()};
}

std::string unfinished(const std::string& name) {
    return name + ".part";
}

Result<void> sync_folder_of(const std::string& name) {
    const std::filesystem::path parent = std::filesystem::path(name).parent_path();
    const int folder =
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return failure(last_error());
    const int synced = ::fsync(folder);
    const std::error_code error = last_error();
    ::close(folder);
    if (synced != 0) return failure(error);
    return {};
}

}  // namespace

Answer<std::unique_ptr<ArchiveOut>> ArchiveOut::create(const std::string& name) {
    if (name == "-") {
        if (::isatty(STDOUT_FILENO) != 0) return problem("an archive is not for a terminal");
        return std::unique_ptr<ArchiveOut>(new ArchiveOut(STDOUT_FILENO, {}));
    }
    if (::access(name.c_str(), F_OK) == 0) return problem("{} is there already", name);
    // What was never finished is nobody's.
    const int file = ::open(unfinished(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                            S_IRUSR | S_IWUSR);
    if (file < 0) return problem_with(unfinished(name), last_error());
    return std::unique_ptr<ArchiveOut>(new ArchiveOut(file, name));
}

ArchiveOut::~ArchiveOut() {
    if (name_.empty()) return;
    if (file_ >= 0) ::close(file_);
    if (!finished_) ::unlink(unfinished(name_).c_str());
}

Result<void> ArchiveOut::write(std::span<const Bytes> parts) {
    for (const Bytes part : parts) {
        buffer_.insert(buffer_.end(), part.begin(), part.end());
        if (buffer_.size() < kBufferBytes) continue;
        if (auto done = flush(); !done) return done;
    }
    return {};
}

Result<void> ArchiveOut::flush() {
    Bytes left = buffer_;
    while (!left.empty()) {
        const ::ssize_t written = ::write(file_, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failure(last_error());
        left = left.subspan(static_cast<std::size_t>(written));
    }
    buffer_.clear();
    return {};
}

Answer<void> ArchiveOut::finish() {
    if (auto done = flush(); !done) return problem_with("the archive", done.error());
    if (name_.empty()) return {};
    if (::fsync(file_) != 0) return problem_with(name_, last_error());
    if (::rename(unfinished(name_).c_str(), name_.c_str()) != 0) {
        return problem_with(name_, last_error());
    }
    finished_ = true;
    if (auto done = sync_folder_of(name_); !done) return problem_with(name_, done.error());
    return {};
}

Answer<std::unique_ptr<ArchiveIn>> ArchiveIn::open(const std::string& name) {
    if (name == "-") return std::unique_ptr<ArchiveIn>(new ArchiveIn(STDIN_FILENO));
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return problem_with(name, last_error());
    return std::unique_ptr<ArchiveIn>(new ArchiveIn(file));
}

ArchiveIn::~ArchiveIn() {
    if (file_ != STDIN_FILENO) ::close(file_);
}

Result<std::size_t> ArchiveIn::read(std::span<std::uint8_t> into) {
    while (rest_.empty()) {
        const ::ssize_t got = ::read(file_, buffer_.data(), buffer_.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure(last_error());
        if (got == 0) return 0;
        rest_ = Bytes(buffer_).first(static_cast<std::size_t>(got));
    }
    const std::size_t count = std::min(into.size(), rest_.size());
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
    return count;
}

}  // namespace tern::cli
