#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace tern::gateway {

/// How many connections there may be at a time. Shared by all shards.
class Places {
    struct GiveBack {
        void operator()(Places* places) const { --places->taken_; }
    };

public:
    /// Is given back when it goes.
    using Place = std::unique_ptr<Places, GiveBack>;

    /// 0: as many as like to.
    explicit Places(std::uint64_t max) : max_(max) {}

    /// Null when there is none left.
    [[nodiscard]] Place take() {
        const bool free = ++taken_ <= max_ || max_ == 0;
        Place place(this);
        if (free) return place;
        ++refused_;
        return nullptr;
    }
    [[nodiscard]] std::uint64_t max() const { return max_; }
    [[nodiscard]] std::uint64_t taken() const { return taken_; }
    /// How often there was none left.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
    const std::uint64_t max_;
    std::atomic<std::uint64_t> taken_{0};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace tern::gateway
