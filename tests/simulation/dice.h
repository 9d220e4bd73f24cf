#pragma once

#include "runtime/seeded_random.h"

namespace tern::simulation {

/// Every choice of a run, from its seed.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] std::uint64_t seed() { return random_.next(); }
    /// Uniform in [0, bound); `bound` > 0.
    [[nodiscard]] std::size_t below(std::size_t bound) { return random_.below(bound); }
    /// Uniform in [first, last].
    [[nodiscard]] std::size_t between(std::size_t first, std::size_t last) {
        return first + below(last - first + 1);
    }
    [[nodiscard]] bool chance(std::size_t percent) { return below(100) < percent; }
    template <class List>
    [[nodiscard]] auto& pick(List& list) {
        return list[below(list.size())];
    }

private:
    SeededRandom random_;
};

}  // namespace tern::simulation
