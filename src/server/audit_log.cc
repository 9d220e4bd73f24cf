#include "server/audit_log.h"

#include "admin/json.h"
#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern::server {
namespace {

constexpr const char* kFolder = "audit";

std::string file_name(std::size_t age) {
    if (age == 0) return fmt::format("{}/audit.log", kFolder);
    return fmt::format("{}/audit.{}.log", kFolder, age);
}

std::string time_text(std::int64_t at_ms) {
    constexpr std::int64_t kSecond = 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(at_ms / kSecond),
                       at_ms % kSecond);
}

}  // namespace

std::string to_line(const security::AuditEvent& event, std::int64_t at_ms) {
    admin::json::object line{{"at", time_text(at_ms)},
                             {"what", event.what},
                             {"outcome", event.allowed ? "done" : "denied"}};
    const auto add = [&line](const char* name, const std::string& value) {
        if (!value.empty()) line[name] = admin::json_text(value);
    };
    add("user", event.user);
    add("address", event.address);
    add("by", event.by);
    add("target", event.target);
    add("reason", event.reason);
    return admin::json::serialize(line);
}

AuditLog::AuditLog(Disk& disk, ThreadLane& lane, std::function<std::int64_t()> wall_ms,
                   AuditOptions options)
    : disk_(disk), lane_(lane), wall_ms_(std::move(wall_ms)), options_(options) {}

void AuditLog::note(security::AuditEvent event) {
    if (waiting_.load(std::memory_order_relaxed) >= kWaitingMax) {
        ++dropped_;
        return;
    }
    ++waiting_;
    lane_.submit([this, event = std::move(event), at_ms = wall_ms_()] {
        if (const std::uint64_t lost = dropped_.exchange(0); lost > 0) {
            write({.what = fmt::format("{} events were too many to be written", lost)}, at_ms);
        }
        write(event, at_ms);
        --waiting_;
    });
}

void AuditLog::write(const security::AuditEvent& event, std::int64_t at_ms) {
    const auto written = append(to_line(event, at_ms) + "\n");
    if (!written && !failing_) {
        log::error("server", "the audit log cannot be written: {}", written.error().message());
    }
    failing_ = !written;
}

Result<void> AuditLog::append(std::string_view line) {
    if (file_ == nullptr) {
        if (auto made = disk_.make_folder(kFolder); !made) return made;
        auto opened = disk_.open(file_name(0), Disk::Open::create);
        if (!opened) return failure(opened.error());
        const auto size = (*opened)->size();
        if (!size) return failure(size.error());
        file_ = std::move(*opened);
        size_ = *size;
    }
    if (size_ > 0 && size_ + line.size() > options_.file_bytes) {
        if (auto rotated = rotate(); !rotated) return rotated;
        return append(line);
    }
    const std::array parts{as_bytes(line)};
    if (auto written = file_->write_at(size_, parts); !written) return written;
    size_ += line.size();
    return {};
}

Result<void> AuditLog::rotate() {
    file_.reset();
    const auto there = disk_.list(kFolder);
    if (!there) return failure(there.error());
    const auto is_there = [&there](const std::string& name) {
        const std::string plain = name.substr(name.find('/') + 1);
        return std::ranges::find(*there, plain) != there->end();
    };
    for (std::size_t age = options_.files; age-- > 0;) {
        if (!is_there(file_name(age))) continue;
        if (auto moved = disk_.rename(file_name(age), file_name(age + 1)); !moved) return moved;
    }
    return {};
}

}  // namespace tern::server
