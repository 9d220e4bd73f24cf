#include "server/data_lock.h"

#include "runtime/sim/sim_disk.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

class DataLockTest : public ::testing::Test {
protected:
    static bool no_pause(std::int64_t) {
        ADD_FAILURE() << "nobody has the lock";
        return false;
    }

    SimDisk disk_;
};

TEST_F(DataLockTest, one_broker_has_the_directory) {
    DataLock one(disk_, "one");
    EXPECT_EQ(one.acquire({}, no_pause), true);
    EXPECT_TRUE(one.is_held());
    DataLock two(disk_, "two");
    EXPECT_EQ(two.acquire({.fail_when_taken = true}, no_pause).error(),
              "another broker is using it: one");
    EXPECT_FALSE(two.is_held());
}

TEST_F(DataLockTest, who_waits_takes_over) {
    auto one = std::make_unique<DataLock>(disk_, "one, with a long name");
    ASSERT_EQ(one->acquire({}, no_pause), true);
    DataLock two(disk_, "two");
    int pauses = 0;
    const auto outcome = two.acquire({.retry_ms = 77}, [&](std::int64_t ms) {
        EXPECT_EQ(ms, 77);
        if (++pauses == 3) one.reset();
        return true;
    });
    EXPECT_EQ(outcome, true);
    EXPECT_EQ(pauses, 3);
    EXPECT_TRUE(two.is_held());
}

TEST_F(DataLockTest, who_waits_can_be_ended) {
    DataLock one(disk_, "one");
    ASSERT_EQ(one.acquire({}, no_pause), true);
    EXPECT_EQ(DataLock(disk_, "two").acquire({}, [](std::int64_t) { return false; }), false);
    EXPECT_TRUE(one.is_held());
}

TEST_F(DataLockTest, knows_when_the_lock_is_lost) {
    DataLock one(disk_, "one");
    ASSERT_EQ(one.acquire({}, no_pause), true);
    ASSERT_TRUE(disk_.rename("lock", "elsewhere"));
    EXPECT_FALSE(one.is_held());
    DataLock two(disk_, "two");
    disk_.kill();  // as when a server of files forgets its locks
    ASSERT_EQ(two.acquire({}, no_pause), true);
    EXPECT_FALSE(one.is_held());
    EXPECT_TRUE(two.is_held());
}

}  // namespace
}  // namespace tern::server
