#pragma once

#include <atomic>
#include <cstdint>

namespace tern {

/// How many own something, from any thread. Begins with one owner.
class SharedCount {
public:
    void hold() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    /// The same before anybody but the caller knows of it: spares the locked instruction.
    void hold_unshared() noexcept {
        count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    /// True for the last owner.
    [[nodiscard]] bool drop() noexcept {
        // Nobody can join an only owner meanwhile; this, too, spares the locked instruction.
        return count_.load(std::memory_order_acquire) == 1 ||
               count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }

private:
    std::atomic<std::uint32_t> count_{1};
};

}  // namespace tern
