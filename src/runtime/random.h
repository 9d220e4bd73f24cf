#pragma once

#include <cstdint>

namespace tern {

/// Where randomness comes from; the simulator's is a seeded generator.
class Random {
public:
    virtual ~Random() = default;
    [[nodiscard]] virtual std::uint64_t next() = 0;
    /// Uniform in [0, bound); `bound` > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }
};

}  // namespace tern
