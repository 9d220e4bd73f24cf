#include "runtime/spsc_ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <thread>

namespace tern {
namespace {

TEST(SpscRing, takes_what_fits_and_keeps_the_order) {
    SpscRing<int> ring(4);
    std::vector<int> in{1, 2, 3, 4, 5, 6}, out;
    EXPECT_EQ(ring.push(in), 4U);
    EXPECT_TRUE(ring.full());
    EXPECT_EQ(ring.push(in), 0U);
    EXPECT_EQ(ring.pop(out, 3), 3U);
    EXPECT_EQ(ring.push(std::span(in).subspan(4)), 2U);
    EXPECT_EQ(ring.pop(out, 100), 3U);
    EXPECT_EQ(out, in);
    EXPECT_TRUE(ring.empty());
}

TEST(SpscRing, destroys_what_was_not_taken) {
    const auto token = std::make_shared<int>(1);
    {
        SpscRing<std::shared_ptr<int>> ring(8);
        std::vector<std::shared_ptr<int>> in{token, token};
        ASSERT_EQ(ring.push(in), 2U);
        EXPECT_EQ(token.use_count(), 3);
    }
    EXPECT_EQ(token.use_count(), 1);
}

TEST(SpscRing, hands_over_everything_between_two_threads) {
    constexpr std::uint64_t kCount = 200000;
    SpscRing<std::unique_ptr<std::uint64_t>> ring(64);
    std::jthread pusher([&] {
        std::vector<std::unique_ptr<std::uint64_t>> batch;
        for (std::uint64_t next = 0; next < kCount;) {
            while (batch.size() < 10) batch.push_back(std::make_unique<std::uint64_t>(next++));
            for (std::span rest(batch); !rest.empty();) rest = rest.subspan(ring.push(rest));
            batch.clear();
        }
    });
    std::vector<std::unique_ptr<std::uint64_t>> out;
    for (std::uint64_t expected = 0; expected < kCount;) {
        out.clear();
        std::ignore = ring.pop(out, 7);
        for (const auto& item : out) ASSERT_EQ(*item, expected++);
    }
}

}  // namespace
}  // namespace tern
