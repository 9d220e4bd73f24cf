#include "base/shared_count.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tern {
namespace {

TEST(SharedCount, the_last_owner_hears_it) {
    SharedCount count;
    count.hold_unshared();
    count.hold();
    EXPECT_FALSE(count.drop());
    EXPECT_FALSE(count.drop());
    EXPECT_TRUE(count.drop());
}

TEST(SharedCount, exactly_one_of_many_threads_is_the_last) {
    for (int round = 0; round < 200; ++round) {
        SharedCount count;
        std::atomic<int> last = 0;
        std::vector<std::thread> owners;
        for (int i = 0; i < 3; ++i) {
            count.hold();
            owners.emplace_back([&] {
                if (count.drop()) ++last;
            });
        }
        if (count.drop()) ++last;
        for (std::thread& owner : owners) owner.join();
        EXPECT_EQ(last, 1);
    }
}

}  // namespace
}  // namespace tern
