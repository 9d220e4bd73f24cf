#include "server/store_disk.h"

#include "base/temporary_folder_fixture.h"
#include "runtime/posix_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace tern::server {
namespace {

using testing::HasSubstr;

class StoreDiskTest : public testing::Test {
protected:
    StoreDiskTest() {
        base_ = PosixDisk::open(root_ + "/data").value();
        for (const char digit : {'a', 'b'}) {
            std::ofstream(key(digit)) << std::string(64, digit) << '\n';
            std::filesystem::permissions(key(digit), std::filesystem::perms::owner_read);
        }
    }
    std::string key(char digit) { return root_ + "/key-" + digit; }
    void fill(Disk& disk) {
        ASSERT_TRUE(disk.make_folder("journal"));
        const auto file = disk.open("journal/1", Disk::Open::create).value();
        ASSERT_TRUE(file->write_at(0, std::array{as_bytes("plain to see")}));
    }
    std::string refusal(const std::string& key_file) {
        const auto opened = StoreDisk::open(*base_, {.key_file = key_file});
        return opened ? "" : opened.error();
    }

    TemporaryFolder folder_;
    const std::string root_ = folder_.path().string();
    std::unique_ptr<PosixDisk> base_;
};

TEST_F(StoreDiskTest, is_the_disk_itself_if_nothing_is_asked_for) {
    EXPECT_EQ(&StoreDisk::open(*base_, {}).value()->disk(), base_.get());
    EXPECT_TRUE(base_->list("")->empty());
}

TEST_F(StoreDiskTest, a_store_that_was_encrypted_opens_with_its_key_alone) {
    fill(StoreDisk::open(*base_, {.key_file = key('a')}).value()->disk());
    std::ifstream raw(root_ + "/data/journal/1", std::ios::binary);
    EXPECT_THAT(std::string(std::istreambuf_iterator<char>(raw), {}),
                testing::Not(HasSubstr("plain")));
    EXPECT_THAT(refusal(key('b')), HasSubstr("is encrypted under key "));
    EXPECT_THAT(refusal(""), HasSubstr("no key is given"));
    EXPECT_THAT(refusal(root_ + "/none"), HasSubstr("No such file"));
    const auto opened = StoreDisk::open(*base_, {.key_file = key('a')});
    ASSERT_TRUE(opened);
    EXPECT_EQ((*opened)->disk().open("journal/1", Disk::Open::existing).value()->size(), 12U);
}

TEST_F(StoreDiskTest, a_plain_store_is_not_taken_for_an_encrypted_one) {
    fill(*base_);
    EXPECT_THAT(refusal(key('a')), HasSubstr("tern store rekey"));
    EXPECT_EQ(refusal(""), "");
}

TEST_F(StoreDiskTest, syncs_the_journal_if_that_is_wanted) {
    const auto late = StoreDisk::open(*base_, {.key_file = "", .sync_interval_ms = 10});
    EXPECT_NE(&(*late)->disk(), base_.get());
    fill((*late)->disk());
    EXPECT_TRUE((*late)->sync());
}

}  // namespace
}  // namespace tern::server
