#include "server/data_lock.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::server {
namespace {

constexpr const char* kName = "lock";
constexpr std::size_t kHolderBytesMax = 1024;

}  // namespace

DataLock::DataLock(Disk& disk, std::string holder) : disk_(disk), holder_(std::move(holder)) {
    holder_.resize(std::min(holder_.size(), kHolderBytesMax));
}

std::expected<bool, std::string> DataLock::acquire(const LockOptions& options, const Pause& pause) {
    for (bool told = false;;) {
        auto file = disk_.lock(kName);
        if (file) {
            file_ = std::move(*file);
            break;
        }
        if (file.error() != std::errc::resource_unavailable_try_again) {
            return std::unexpected(file.error().message());
        }
        if (options.fail_when_taken) {
            return std::unexpected("another broker is using it: " + named_holder());
        }
        if (!std::exchange(told, true)) {
            log::info("server", "standing by: the data directory belongs to {}", named_holder());
        }
        if (!pause(options.retry_ms)) return false;
    }
    const auto emptied = file_->truncate(0);
    const Bytes line(reinterpret_cast<const std::uint8_t*>(holder_.data()), holder_.size());
    const auto written = emptied ? file_->write_at(0, {&line, 1}) : emptied;
    if (!written) return std::unexpected("its lock file: " + written.error().message());
    return true;
}

bool DataLock::is_held() {
    const auto locked = disk_.is_locked(kName);
    return locked && *locked && named_holder() == holder_;
}

std::string DataLock::named_holder() {
    const auto file = disk_.open(kName, Disk::Open::existing);
    std::array<std::uint8_t, kHolderBytesMax> text{};
    const auto size = file ? (*file)->read_at(0, text) : Result<std::size_t>(0);
    return {reinterpret_cast<const char*>(text.data()), size.value_or(0)};
}

}  // namespace tern::server
