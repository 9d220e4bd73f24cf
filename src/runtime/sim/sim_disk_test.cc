#include "runtime/sim/sim_disk.h"

#include "runtime/seeded_random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tern {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SimDiskTest : public testing::Test {
protected:
    std::unique_ptr<File> create(const std::string& name) {
        return std::move(disk_.open(name, Disk::Open::create).value());
    }
    Result<void> write(File& file, std::uint64_t offset, std::string_view text) {
        return file.write_at(offset, std::array{as_bytes(text)});
    }
    std::string read(const std::string& name) {
        auto file = disk_.open(name, Disk::Open::existing);
        if (!file) return "(none)";
        std::vector<std::uint8_t> bytes((*file)->size().value());
        EXPECT_EQ((*file)->read_at(0, bytes).value(), bytes.size());
        return std::string(as_text(bytes));
    }
    /// A file with this content, all of it safe.
    std::unique_ptr<File> safe(const std::string& name, std::string_view text) {
        auto file = create(name);
        EXPECT_TRUE(write(*file, 0, text));
        EXPECT_TRUE(file->sync());
        EXPECT_TRUE(disk_.sync_folder(""));
        return file;
    }

    SimDisk disk_;
    SeededRandom random_{7};
};

TEST_F(SimDiskTest, is_a_disk_as_long_as_nothing_happens) {
    ASSERT_TRUE(disk_.make_folder("x/y"));
    auto file = create("x/y/b");
    ASSERT_TRUE(write(*file, 2, "abc"));
    EXPECT_EQ(read("x/y/b"), std::string("\0\0abc", 5));
    ASSERT_TRUE(file->truncate(4));
    EXPECT_EQ(file->size().value(), 4U);
    ASSERT_TRUE(disk_.rename("x/y/b", "x/y/a"));
    EXPECT_THAT(disk_.list("x/y").value(), ElementsAre("a"));
    EXPECT_THAT(disk_.list("x").value(), ElementsAre("y"));
    EXPECT_EQ(disk_.remove("x").error(), std::errc::directory_not_empty);
    ASSERT_TRUE(disk_.remove("x/y/a"));
    EXPECT_THAT(disk_.list("x/y").value(), IsEmpty());
    EXPECT_EQ(disk_.open("x/y/a", Disk::Open::existing).error(),
              std::errc::no_such_file_or_directory);
    EXPECT_EQ(disk_.open("z/a", Disk::Open::create).error(), std::errc::no_such_file_or_directory);
}

TEST_F(SimDiskTest, a_crash_keeps_what_was_synced) {
    for (int i = 0; i < 50; ++i) {
        std::ignore = safe("f", "safe");
        disk_.crash(random_);
        EXPECT_EQ(read("f"), "safe");
    }
}

TEST_F(SimDiskTest, a_crash_keeps_loses_and_tears_what_was_not_synced) {
    std::set<std::string> seen;
    for (int i = 0; i < 20000; ++i) {
        auto file = safe("f", "....");
        ASSERT_TRUE(write(*file, 0, "ab"));
        ASSERT_TRUE(write(*file, 2, "cd"));
        disk_.crash(random_);
        seen.insert(read("f"));
    }
    // Any of the four bytes may be new or old, whatever became of the others.
    EXPECT_EQ(seen.size(), 16U);
}

TEST_F(SimDiskTest, a_crash_may_undo_names_that_were_not_synced) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        SimDisk disk;
        for (const char* name : {"kept", "moved", "removed"}) {
            ASSERT_TRUE(disk.open(name, Disk::Open::create));
        }
        ASSERT_TRUE(disk.sync_folder(""));
        ASSERT_TRUE(disk.open("created", Disk::Open::create));
        ASSERT_TRUE(disk.rename("moved", "to"));
        ASSERT_TRUE(disk.remove("removed"));
        disk.crash(random_);
        std::string names;
        const std::vector<std::string> left = disk.list("").value();
        for (const std::string& name : left) names += name + " ";
        seen.insert(names);
    }
    EXPECT_EQ(seen.size(), 8U);
    EXPECT_TRUE(seen.contains("kept moved removed "));
    EXPECT_TRUE(seen.contains("created kept to "));
}

TEST_F(SimDiskTest, files_and_locks_of_before_the_crash_are_dead) {
    auto file = safe("f", "x");
    const auto lock = disk_.lock("lock");
    ASSERT_TRUE(lock);
    EXPECT_EQ(disk_.lock("lock").error(), std::errc::resource_unavailable_try_again);
    disk_.crash(random_);
    EXPECT_FALSE(write(*file, 0, "y"));
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(disk_.lock("lock"));
    EXPECT_EQ(read("f"), "x");
}

TEST_F(SimDiskTest, a_killed_process_leaves_its_writes_until_power_fails) {
    bool lost = false;
    for (int i = 0; i < 50; ++i) {
        auto file = safe("f", "old");
        ASSERT_TRUE(write(*file, 0, "new"));
        disk_.kill();
        EXPECT_EQ(read("f"), "new");
        EXPECT_FALSE(write(*file, 0, "dead"));
        disk_.crash(random_);
        lost |= read("f") == "old";
    }
    EXPECT_TRUE(lost);
}

TEST_F(SimDiskTest, power_goes_during_the_chosen_change) {
    auto file = safe("f", "0");
    disk_.cut_power_at(2);
    ASSERT_TRUE(file->sync());
    EXPECT_TRUE(disk_.powered());
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(disk_.powered());
    EXPECT_FALSE(disk_.list(""));
    disk_.crash(random_);
    EXPECT_TRUE(disk_.powered());
    EXPECT_EQ(read("f"), "0");
}

TEST_F(SimDiskTest, a_planned_write_fails_half_done) {
    auto file = create("f");
    disk_.fail_write(2, std::errc::no_space_on_device);
    EXPECT_TRUE(write(*file, 0, "abcd"));
    EXPECT_EQ(write(*file, 4, "efgh").error(), std::errc::no_space_on_device);
    EXPECT_EQ(read("f"), "abcdef");
    EXPECT_TRUE(write(*file, 4, "efgh"));
    EXPECT_EQ(disk_.writes(), 3U);
}

TEST_F(SimDiskTest, a_failed_sync_is_not_made_good_by_the_next) {
    auto file = safe("f", "old");
    disk_.fail_sync(1, std::errc::io_error);
    ASSERT_TRUE(write(*file, 0, "new"));
    EXPECT_EQ(file->sync().error(), std::errc::io_error);
    EXPECT_TRUE(file->sync());
    disk_.crash(random_);
    EXPECT_EQ(read("f"), "old");
}

TEST_F(SimDiskTest, damages_what_is_safe) {
    std::ignore = safe("f", "abc");
    disk_.flip_bit("f", 1, 0);
    EXPECT_EQ(read("f"), "acc");
    disk_.crash(random_);
    EXPECT_EQ(read("f"), "acc");
}

}  // namespace
}  // namespace tern
