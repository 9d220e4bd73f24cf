#include "bench/limit/synced_log.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace tern::limit {

namespace {

constexpr std::size_t kFileBytes = 64UL << 20;

void write_all(int file, std::string_view bytes, std::size_t position) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(position));
        if (count < 0) die("write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
        position += static_cast<std::size_t>(count);
    }
}

}  // namespace

void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

SyncedLog::SyncedLog(const std::string& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (file_ < 0) die(path.c_str());
    const std::string zeros(1UL << 20, '\0');
    for (std::size_t at = 0; at < kFileBytes; at += zeros.size()) write_all(file_, zeros, at);
    if (::fsync(file_) != 0) die("fsync");
}

SyncedLog::~SyncedLog() {
    ::close(file_);
}

void SyncedLog::commit() {
    if (batch_.empty()) return;
    if (position_ + batch_.size() > kFileBytes) position_ = 0;
    write_all(file_, batch_, position_);
    if (::fdatasync(file_) != 0) die("fdatasync");
    position_ += batch_.size();
    batch_.clear();
}

}  // namespace tern::limit
