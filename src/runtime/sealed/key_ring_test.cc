#include "runtime/sealed/key_ring.h"

#include "base/temporary_folder_fixture.h"
#include "runtime/sealed/sealed_fixture.h"

#include <filesystem>
#include <fstream>

namespace tern {
namespace {

using testing::HasSubstr;
using State = KeyRing::State;

bool same(const SecretKey& a, const SecretKey& b) {
    return std::ranges::equal(a.reveal(), b.reveal());
}

class KeyRingTest : public testing::Test {
protected:
    KeyRing open(KeyProvider& provider) {
        return KeyRing::unwrap(KeyRing::stored(disk_).value().value(), provider).value();
    }

    SimDisk disk_;
    SeededRandom random_{1};
    KeyFile provider_{key(1), random_};
    KeyFile other_{key(2), random_};
};

TEST_F(KeyRingTest, gives_back_its_keys_to_whoever_has_the_wrapping_key) {
    EXPECT_EQ(KeyRing::stored(disk_).value(), std::nullopt);
    KeyRing ring;
    ring.add(random_);
    ring.add(random_);
    ASSERT_TRUE(ring.write(disk_, provider_, State::settled));
    const KeyRing opened = open(provider_);
    EXPECT_EQ(opened.last().number, 2U);
    EXPECT_TRUE(same(opened.last().key, ring.last().key));
    EXPECT_FALSE(same(*opened.find(1), *opened.find(2)));
    EXPECT_EQ(opened.find(3), nullptr);
    ring.drop_all_but_last();
    ASSERT_TRUE(ring.write(disk_, other_, State::settled));
    EXPECT_EQ(open(other_).find(1), nullptr);
    EXPECT_TRUE(same(open(other_).last().key, opened.last().key));
}

TEST_F(KeyRingTest, refuses_another_wrapping_key_and_says_which_is_needed) {
    KeyRing ring;
    ring.add(random_);
    ASSERT_TRUE(ring.write(disk_, provider_, State::settled));
    const auto refused = KeyRing::unwrap(KeyRing::stored(disk_).value().value(), other_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr(provider_.name()));
    EXPECT_THAT(refused.error(), HasSubstr(other_.name()));
}

TEST_F(KeyRingTest, a_wrapped_key_that_was_changed_is_refused) {
    KeyRing ring;
    ring.add(random_);
    ASSERT_TRUE(ring.write(disk_, provider_, State::settled));
    StoredKeys stored = KeyRing::stored(disk_).value().value();
    for (char& byte : stored.keys.front().wrapped) {
        byte ^= 1;
        EXPECT_FALSE(KeyRing::unwrap(stored, provider_));
        byte ^= 1;
    }
    EXPECT_TRUE(KeyRing::unwrap(stored, provider_));
}

TEST_F(KeyRingTest, refuses_a_ring_that_is_damaged_anywhere) {
    KeyRing ring;
    ring.add(random_);
    ASSERT_TRUE(ring.write(disk_, provider_, State::settled));
    const auto size = disk_.open(KeyRing::kFile, Disk::Open::existing).value()->size().value();
    for (std::uint64_t at = 0; at < size; ++at) {
        disk_.flip_bit(KeyRing::kFile, at, 2);
        EXPECT_FALSE(KeyRing::stored(disk_)) << at;
        disk_.flip_bit(KeyRing::kFile, at, 2);
    }
    EXPECT_TRUE(KeyRing::stored(disk_));
}

class KeyFileTest : public testing::Test {
protected:
    std::string write(const std::string& text, std::filesystem::perms mode) {
        const std::string path = root_ + "/key";
        std::filesystem::remove(path);
        std::ofstream(path) << text;
        std::filesystem::permissions(path, mode);
        return path;
    }
    static constexpr auto kOwner =
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    TemporaryFolder folder_;
    const std::string root_ = folder_.path().string();
    SeededRandom random_{1};
};

TEST_F(KeyFileTest, is_64_digits_that_only_its_owner_may_read) {
    const std::string digits(64, 'a');
    const auto read = KeyFile::read(write(digits + "\n", kOwner), random_);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ((*read)->name(), KeyFile(key(0xAA), random_).name());
    EXPECT_FALSE(
        KeyFile::read(write(digits, kOwner | std::filesystem::perms::group_read), random_));
    EXPECT_FALSE(KeyFile::read(write(digits.substr(1), kOwner), random_));
    EXPECT_FALSE(KeyFile::read(write(digits + "aa", kOwner), random_));
    EXPECT_FALSE(KeyFile::read(write(std::string(64, 'g'), kOwner), random_));
    EXPECT_FALSE(KeyFile::read(root_ + "/none", random_));
}

}  // namespace
}  // namespace tern
