#include "runtime/posix_disk.h"

#include "base/temporary_folder_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <numeric>

namespace tern {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PosixDiskTest : public testing::Test {
protected:
    PosixDiskTest() { disk_ = std::move(PosixDisk::open(root_ + "/a/b").value()); }

    std::unique_ptr<File> create(const std::string& name) {
        return std::move(disk_->open(name, Disk::Open::create).value());
    }
    std::string content(File& file) {
        std::vector<std::uint8_t> bytes(file.size().value());
        EXPECT_EQ(file.read_at(0, bytes).value(), bytes.size());
        return std::string(as_text(bytes));
    }
    mode_t mode(const std::string& name) {
        struct stat status = {};
        EXPECT_EQ(::stat((root_ + "/a/b/" + name).c_str(), &status), 0);
        return status.st_mode & 0777;
    }

    TemporaryFolder folder_;
    const std::string root_ = folder_.path().string();
    std::unique_ptr<PosixDisk> disk_;
};

TEST_F(PosixDiskTest, writes_all_parts_and_reads_up_to_the_end) {
    const auto file = create("f");
    std::vector<std::string> texts;
    std::string expected = std::string(3, '\0');
    for (int i = 0; i < 1000; ++i) {  // more than one system call takes, some of them empty
        const auto letter = static_cast<char>('a' + i % 26);
        texts.emplace_back(static_cast<std::size_t>(i % 7), letter);
        expected += texts.back();
    }
    std::vector<Bytes> parts;
    for (const std::string& text : texts) parts.push_back(as_bytes(text));
    ASSERT_TRUE(file->write_at(3, parts));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(content(*file), expected);

    std::vector<std::uint8_t> into(10);
    EXPECT_EQ(file->read_at(expected.size() - 4, into).value(), 4U);
    EXPECT_EQ(file->read_at(expected.size() + 4, into).value(), 0U);
    ASSERT_TRUE(file->truncate(5));
    EXPECT_EQ(file->size().value(), 5U);
}

TEST_F(PosixDiskTest, makes_private_files_and_folders) {
    ASSERT_TRUE(disk_->make_folder("x/y"));
    ASSERT_TRUE(disk_->make_folder("x/y"));
    std::ignore = create("x/y/f");
    EXPECT_EQ(mode("x"), 0700U);
    EXPECT_EQ(mode("x/y/f"), 0600U);
}

TEST_F(PosixDiskTest, lists_renames_and_removes) {
    EXPECT_THAT(disk_->list("nowhere").value(), IsEmpty());
    ASSERT_TRUE(disk_->make_folder("x"));
    for (const char* name : {"x/b", "x/c", "x/a"}) std::ignore = create(name);
    EXPECT_THAT(disk_->list("x").value(), ElementsAre("a", "b", "c"));
    ASSERT_TRUE(disk_->rename("x/a", "x/c"));
    ASSERT_TRUE(disk_->sync_folder("x"));
    ASSERT_TRUE(disk_->sync_folder(""));
    EXPECT_THAT(disk_->list("x").value(), ElementsAre("b", "c"));
    EXPECT_EQ(disk_->remove("x").error(), std::errc::directory_not_empty);
    ASSERT_TRUE(disk_->remove("x/b"));
    ASSERT_TRUE(disk_->remove("x/c"));
    ASSERT_TRUE(disk_->remove("x"));
    EXPECT_THAT(disk_->list("").value(), IsEmpty());
}

TEST_F(PosixDiskTest, says_what_the_system_says) {
    EXPECT_EQ(disk_->open("no", Disk::Open::existing).error(),
              std::errc::no_such_file_or_directory);
    EXPECT_EQ(disk_->remove("no").error(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(disk_->rename("no", "x").error(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(disk_->sync_folder("no").error(), std::errc::no_such_file_or_directory);
    std::ignore = create("file");
    EXPECT_EQ(disk_->list("file").error(), std::errc::not_a_directory);
}

TEST_F(PosixDiskTest, only_one_may_hold_a_lock) {
    auto lock = disk_->lock("lock");
    ASSERT_TRUE(lock);
    const auto other = PosixDisk::open(root_ + "/a/b").value()->lock("lock");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error(), std::errc::resource_unavailable_try_again);
    EXPECT_EQ(disk_->is_locked("lock"), true);
    lock->reset();
    EXPECT_EQ(disk_->is_locked("lock"), false);
    EXPECT_TRUE(disk_->lock("lock"));
    EXPECT_EQ(disk_->is_locked("other").error(), std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace tern
