#pragma once

#include "runtime/random.h"

#include <array>
#include <cstddef>

namespace tern {

/// The system's generator, good for secrets; asks it for several numbers at a time.
class SystemRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() override;

private:
    std::array<std::uint64_t, 16> numbers_{};
    std::size_t left_ = 0;
};

}  // namespace tern
