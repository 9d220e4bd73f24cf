#pragma once

#include "runtime/clock.h"

namespace tern {

/// Time that moves when it is told to.
class SimClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] std::int64_t wall_ms() const override {
        return kWallStartMs + std::chrono::duration_cast<Millis>(now_ - kStart).count();
    }

    void advance(std::chrono::nanoseconds by) { now_ += by; }
    /// Never goes back.
    void advance_to(Instant to) {
        if (to > now_) now_ = to;
    }

private:
    static constexpr Instant kStart{std::chrono::hours(1)};
    static constexpr std::int64_t kWallStartMs = 1'700'000'000'000;

    Instant now_ = kStart;
};

}  // namespace tern
