#include "runtime/seeded_random.h"
#include "runtime/system_random.h"

#include <gtest/gtest.h>

#include <set>

namespace tern {
namespace {

TEST(Random, the_same_seed_gives_the_same_numbers) {
    SeededRandom a(1), b(1), c(2);
    EXPECT_EQ(a.next(), 0x910A2DEC89025CC1ULL);  // the published first number of SplitMix64(1)
    EXPECT_EQ(b.next(), 0x910A2DEC89025CC1ULL);
    EXPECT_EQ(a.next(), b.next());
    EXPECT_NE(a.next(), c.next());
    EXPECT_LT(a.below(10), 10U);
}

TEST(Random, the_system_does_not_repeat_itself) {
    SystemRandom random;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.next());
    EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace tern
