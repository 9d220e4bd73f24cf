#pragma once

#include <algorithm>
#include <cstdint>

namespace tern::engine {

/// Whether to deliver messages before they are journaled, and wait a moment for their acks: worth
/// it as long as they mostly come in time, and tried again now and then when they do not.
class AckWait {
public:
    [[nodiscard]] bool worth_it() {
        // Not every try ends in a verdict: it lasts until there is one.
        if (score_ == 0 && ++declined_ % kTryAgain == 0) score_ = 1;
        return score_ > 0;
    }
    void came() { score_ = std::min(score_ + 1, kMax); }
    void did_not_come() { score_ = std::max(score_ - kCost, 0); }

private:
    static constexpr int kMax = 8;
    /// A wait in vain costs the sender more than one that works out gains.
    static constexpr int kCost = 4;
    static constexpr std::uint32_t kTryAgain = 64;

    int score_ = kMax;
    std::uint32_t declined_ = 0;
};

}  // namespace tern::engine
