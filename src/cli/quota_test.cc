#include "cli/quota.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tern::cli {
namespace {

TEST(QuotaTest, CountsDown) {
    Quota quota(2);
    EXPECT_FALSE(quota.is_used_up());
    EXPECT_TRUE(quota.take());
    quota.use();
    EXPECT_TRUE(quota.take());
    quota.give_back();
    EXPECT_TRUE(quota.take());
    EXPECT_FALSE(quota.is_used_up());
    quota.use();
    EXPECT_TRUE(quota.is_used_up());
    EXPECT_FALSE(quota.take());
}

TEST(QuotaTest, WithoutALimitThereIsAlwaysOneMore) {
    Quota quota(std::nullopt);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(quota.take());
        quota.use();
    }
    EXPECT_FALSE(quota.is_used_up());
    quota.close();
    EXPECT_FALSE(quota.take());
}

TEST(QuotaTest, OfNothingGivesNothing) {
    EXPECT_FALSE(Quota(0).take());
}

TEST(QuotaTest, SeveralWorkersUseExactlyTheCount) {
    constexpr int kCount = 1000;
    Quota quota(kCount);
    std::atomic<int> used{0};
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&quota, &used, i] {
            for (int n = 0; quota.take(); ++n) {
                if (n % 3 == i % 3) {
                    quota.give_back();
                } else {
                    quota.use();
                    ++used;
                }
            }
        });
    }
    for (auto& worker : workers) worker.join();
    EXPECT_EQ(used, kCount);
    EXPECT_TRUE(quota.is_used_up());
}

TEST(QuotaTest, WhoGivesBackStandsBehindThoseWhoWait) {
    Quota quota(1);
    ASSERT_TRUE(quota.take());
    std::atomic<bool> got{false};
    std::thread other([&] {
        got = quota.take();
        quota.use();
    });
    // Each round the other may not be waiting yet; once it is, it must win.
    while (!got) {
        quota.give_back();
        if (!quota.take()) break;
    }
    other.join();
    EXPECT_TRUE(got);
}

TEST(QuotaTest, CloseWakesThoseWhoWait) {
    Quota quota(1);
    ASSERT_TRUE(quota.take());
    std::thread other([&] { EXPECT_FALSE(quota.take()); });
    quota.close();
    other.join();
}

}  // namespace
}  // namespace tern::cli
