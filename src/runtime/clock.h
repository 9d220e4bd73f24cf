#pragma once

#include <chrono>
#include <cstdint>

namespace tern {

using Millis = std::chrono::milliseconds;
/// A point of the monotonic time that timers and timeouts are counted in.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    /// Milliseconds since 1970, for what goes into messages.
    [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] std::int64_t wall_ms() const override {
        return std::chrono::duration_cast<Millis>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
};

}  // namespace tern
