#pragma once

#include <chrono>

namespace tern::client {

/// Watches a connection for silence (OpenWire reference, 16.1): says when to send a KeepAliveInfo,
/// and when the peer is dead.
class Inactivity {
public:
    using Instant = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::milliseconds;
    enum class Verdict { fine, send_keep_alive, peer_is_dead };

    /// A period of 0 switches everything off. Nothing is checked before the initial delay is over.
    Inactivity(Duration period, Duration initial_delay, Instant now)
        : period_(period),
          write_check_(now + initial_delay + period / kWriteChecks),
          read_check_(now + initial_delay + period) {}

    /// When to call `check` next; the end of time when never.
    [[nodiscard]] Instant next_check() const {
        if (period_ <= Duration::zero()) return Instant::max();
        return write_check_ < read_check_ ? write_check_ : read_check_;
    }

    void received() { received_ = true; }
    void sent() { sent_ = true; }

    /// What silence since the last check means.
    [[nodiscard]] Verdict check(Instant now);

private:
    /// Per period.
    static constexpr int kWriteChecks = 3;

    Duration period_;
    Instant write_check_;
    Instant read_check_;
    bool received_ = false;
    bool sent_ = false;
};

}  // namespace tern::client
