#pragma once

#include "runtime/clock.h"

#include <atomic>
#include <cstdint>

namespace tern::engine {

/// Whether consumers of a shard's queues have nothing to do although much waits there, and how much
/// they have taken. Its shard writes it, all read it.
class Hunger {
public:
    /// How long the last word of it counts: not much longer than its cause, for where it has passed
    /// senders would wait for nothing. Those who are still hungry say so again.
    static constexpr Millis kLasts{5};

    void felt(Instant now) { last_.store(now.time_since_epoch().count(), kRelaxed); }
    void ate(std::size_t bytes) { bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed); }

    [[nodiscard]] bool lasts(Instant now) const {
        return now - Instant(Instant::duration(last_.load(kRelaxed))) < kLasts;
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(kRelaxed); }

private:
    static constexpr auto kRelaxed = std::memory_order_relaxed;

    std::atomic<Instant::rep> last_{Instant::duration(-2 * kLasts).count()};  ///< long ago
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace tern::engine
