#pragma once

#include "runtime/disk.h"
#include "runtime/thread_lane.h"
#include "security/audit.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace tern::server {

struct AuditOptions {
    std::uint64_t file_bytes = std::uint64_t{16} * 1024 * 1024;
    std::size_t files = 10;  ///< besides the one that is written to
};

/// Writes down who did what, a JSON object a line, in `audit/audit.log` of the data directory. A
/// file that is full becomes `audit.1.log`, that `audit.2.log`, and so on; the last one goes.
class AuditLog final : public security::Audit {
public:
    /// `disk` and `lane`, where it is written, outlive it. `wall_ms`: since 1970, from any thread.
    AuditLog(Disk& disk, ThreadLane& lane, std::function<std::int64_t()> wall_ms,
             AuditOptions options);

    /// When very many wait to be written, it is dropped, and that is written instead.
    void note(security::AuditEvent event) override;

private:
    static constexpr std::size_t kWaitingMax = 10'000;

    // Runs on: the lane.
    void write(const security::AuditEvent& event, std::int64_t at_ms);
    [[nodiscard]] Result<void> append(std::string_view line);
    [[nodiscard]] Result<void> rotate();

    Disk& disk_;
    ThreadLane& lane_;
    std::function<std::int64_t()> wall_ms_;
    const AuditOptions options_;
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    bool failing_ = false;
};

/// As it is written, without the line's end.
[[nodiscard]] std::string to_line(const security::AuditEvent& event, std::int64_t at_ms);

}  // namespace tern::server
