#include "runtime/system_random.h"

#include "base/assert.h"

#include <sys/random.h>

#include <utility>

namespace tern {

std::uint64_t SystemRandom::next() {
    if (left_ == 0) {
        // Up to 256 bytes come whole and without an interruption.
        static_assert(sizeof numbers_ <= 256);
        const ssize_t got = ::getrandom(numbers_.data(), sizeof numbers_, 0);
        TERN_ASSERT(got == static_cast<ssize_t>(sizeof numbers_));
        left_ = numbers_.size();
    }
    return std::exchange(numbers_[--left_], 0);
}

}  // namespace tern
