#include "runtime/late_disk.h"

#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <array>

namespace tern {
namespace {

class LateDiskTest : public testing::Test {
protected:
    LateDiskTest() {
        EXPECT_TRUE(base_.make_folder("late"));
        EXPECT_TRUE(base_.make_folder("other"));
    }
    std::unique_ptr<File> written(const std::string& name) {
        auto file = disk_.open(name, Disk::Open::create).value();
        EXPECT_TRUE(file->write_at(0, std::array{as_bytes("text")}));
        return file;
    }

    SimDisk base_;
    LateDisk disk_{base_, "late"};
};

TEST_F(LateDiskTest, syncs_what_was_written_in_its_folder_once) {
    const auto one = written("late/1");
    const auto two = written("late/2");
    const auto other = written("other/3");
    EXPECT_EQ(base_.syncs(), 0U);
    ASSERT_TRUE(disk_.sync_written());
    EXPECT_EQ(base_.syncs(), 2U);
    ASSERT_TRUE(disk_.sync_written());
    EXPECT_EQ(base_.syncs(), 2U) << "nothing was written since";
    ASSERT_TRUE(one->write_at(4, std::array{as_bytes("more")}));
    ASSERT_TRUE(disk_.sync_written());
    EXPECT_EQ(base_.syncs(), 3U);
    for (const char* const folder : {"late", ""}) ASSERT_TRUE(base_.sync_folder(folder));
    SeededRandom dice(1);
    base_.crash(dice);
    EXPECT_EQ(base_.open("late/1", Disk::Open::existing).value()->size(), 8U);
    EXPECT_EQ(base_.open("late/2", Disk::Open::existing).value()->size(), 4U);
}

TEST_F(LateDiskTest, leaves_nothing_unsynced_in_a_file_that_is_closed) {
    std::ignore = written("late/1");
    EXPECT_EQ(base_.syncs(), 1U);
    const auto two = written("late/2");
    ASSERT_TRUE(two->sync());
    ASSERT_TRUE(disk_.sync_written());
    EXPECT_EQ(base_.syncs(), 2U) << "its user had done it";
}

TEST_F(LateDiskTest, says_that_a_sync_failed) {
    const auto file = written("late/1");
    base_.fail_sync(1, std::errc::io_error);
    EXPECT_EQ(disk_.sync_written().error(), std::errc::io_error);
}

}  // namespace
}  // namespace tern
