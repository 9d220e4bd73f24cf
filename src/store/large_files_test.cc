#include "store/large_files.h"

#include "journal/errc.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Bodies are written, found again by another run and let go.
class LargeFilesTest : public testing::Test {
protected:
    LargeFilesTest() { start(); }
    ~LargeFilesTest() override { world_->drop_tasks(); }

    void start() {
        world_ = std::make_unique<SimWorld>(1, 1, clock_);
        files_.emplace(disk_, world_->make_lane(), LargeOptions{.first_id = next_id_});
        next_id_ += 100;
        ASSERT_TRUE(files_->open());
    }
    /// The process ends; the next one finds these.
    void restart(std::vector<std::pair<std::uint64_t, std::uint64_t>> found = {}) {
        files_->close();
        files_.reset();
        world_->drop_tasks();
        disk_.kill();
        start();
        for (const auto& [id, size] : found) found_.push_back(files_->find(id, size));
        files_->end_recovery();
        world_->run_until_idle();
    }
    LargeFiles::BodyPtr write(const std::string& content) {
        LargeFiles::BodyPtr body = files_->begin();
        for (std::size_t at = 0; at < content.size(); at += kBlock) {
            const std::string block = content.substr(at, kBlock);
            files_->append(body, Buffer::copy_of(as_bytes(block)), [] {});
        }
        return body;
    }
    std::error_code seal(const LargeBodyPtr& body) {
        std::optional<std::error_code> outcome;
        files_->seal(body, [&](const Result<void>& sealed) {
            outcome = sealed ? std::error_code() : sealed.error();
        });
        world_->run_until_idle();
        return outcome.value();
    }
    /// All of it, or "?" if it cannot be read.
    std::string read(const LargeBodyPtr& body) {
        std::string all;
        while (all.size() < body->size()) {
            std::optional<Result<std::vector<Buffer>>> got;
            files_->read(body, all.size(), [&](auto pieces) { got = std::move(pieces); });
            world_->run_until_idle();
            if (!*got) return "?";
            for (const Buffer& piece : **got) all += as_text(piece.bytes());
        }
        return all;
    }
    std::vector<std::string> names() {
        world_->run_until_idle();
        return disk_.list(kLargeFolder).value();
    }

    static constexpr std::size_t kBlock = 2 * LargeBody::kPieceBytes;

    SimClock clock_;
    SimDisk disk_;
    std::uint64_t next_id_ = 1;
    std::unique_ptr<SimWorld> world_;
    std::optional<LargeFiles> files_;
    std::vector<LargeBodyPtr> found_;
};

std::string text(std::size_t size) {
    std::string content(size, 0);
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 65'536);
    return content;
}

TEST_F(LargeFilesTest, reads_what_it_wrote_whatever_the_size) {
    for (const std::size_t size :
         {std::size_t{1}, LargeBody::kPieceBytes - 1, LargeBody::kPieceBytes,
          LargeBody::kPieceBytes + 1, 5 * LargeBody::kPieceBytes, std::size_t{1'000'000}}) {
        const LargeBodyPtr body = write(text(size));
        EXPECT_FALSE(LargeFiles::is_sealed(*body));
        EXPECT_FALSE(seal(body));
        EXPECT_TRUE(LargeFiles::is_sealed(*body));
        EXPECT_EQ(body->size(), size);
        EXPECT_TRUE(read(body) == text(size)) << size;
        EXPECT_EQ(disk_.open(large_path(body->id()), Disk::Open::existing).value()->size(),
                  large_file_bytes(size));
    }
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LargeFilesTest, another_run_finds_what_is_needed_and_removes_the_rest) {
    const LargeBodyPtr kept = write(text(300'000));
    const LargeBodyPtr orphan = write(text(70'000));
    const LargeBodyPtr unfinished = write(text(kBlock));
    EXPECT_FALSE(seal(kept));
    EXPECT_FALSE(seal(orphan));
    EXPECT_THAT(names(), SizeIs(3));
    restart({{kept->id(), kept->size()}});
    EXPECT_THAT(names(), SizeIs(1));
    ASSERT_NE(found_.front(), nullptr);
    EXPECT_TRUE(read(found_.front()) == text(300'000));
    EXPECT_EQ(files_->stats().bytes, large_file_bytes(300'000));
    found_.clear();
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LargeFilesTest, finds_no_body_of_another_size_or_one_that_is_gone) {
    const LargeBodyPtr body = write(text(300'000));
    EXPECT_FALSE(seal(body));
    EXPECT_EQ(files_->find(body->id(), 300'000), body);
    EXPECT_EQ(files_->find(body->id(), 300'001), nullptr);
    EXPECT_EQ(files_->find(body->id() + 1, 300'000), nullptr);
    restart({{body->id(), 300'001}, {4711, 1}});
    EXPECT_THAT(found_, ElementsAre(nullptr, nullptr));
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LargeFilesTest, a_file_goes_behind_the_journal) {
    std::vector<Task> waiting;
    files_->run_behind([&](Task task) { waiting.push_back(std::move(task)); });
    LargeBodyPtr body = write(text(10));
    EXPECT_FALSE(seal(body));
    body.reset();
    EXPECT_THAT(names(), SizeIs(1));
    ASSERT_THAT(waiting, SizeIs(1));
    waiting.front()();
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LargeFilesTest, nothing_goes_once_it_is_closed) {
    LargeBodyPtr body = write(text(10));
    EXPECT_FALSE(seal(body));
    files_->close();
    body.reset();
    EXPECT_THAT(names(), SizeIs(1));
}

TEST_F(LargeFilesTest, says_what_is_damaged_and_reads_the_rest) {
    const LargeBodyPtr body = write(text(1'000'000));
    EXPECT_FALSE(seal(body));
    disk_.flip_bit(large_path(body->id()), piece_offset(9) + 100, 1);
    EXPECT_EQ(read(body), "?");
    std::error_code error;
    const auto note = [&](const auto& pieces) {
        error = pieces ? std::error_code() : pieces.error();
    };
    files_->read(body, 8 * LargeBody::kPieceBytes, note);
    world_->run_until_idle();
    EXPECT_EQ(error, journal::Errc::corrupt);
    files_->read(body, 12 * LargeBody::kPieceBytes, note);
    world_->run_until_idle();
    EXPECT_FALSE(error);
}

TEST_F(LargeFilesTest, knows_a_file_that_is_another_bodys) {
    const LargeBodyPtr one = write(text(100'000));
    const LargeBodyPtr other = write(text(100'000));
    EXPECT_FALSE(seal(one));
    EXPECT_FALSE(seal(other));
    ASSERT_TRUE(disk_.rename(large_path(other->id()), large_path(one->id())));
    restart({{one->id(), one->size()}});
    ASSERT_NE(found_.front(), nullptr);
    EXPECT_EQ(read(found_.front()), "?");
}

TEST_F(LargeFilesTest, stops_before_the_disk_is_full) {
    files_->keep_free(1'000'000);
    disk_.set_capacity(1'200'000);
    const LargeBodyPtr body = write(text(600'000));
    EXPECT_EQ(seal(body), std::errc::no_space_on_device);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(files_->stats().bytes, 0U);
}

TEST_F(LargeFilesTest, is_no_body_when_a_sync_failed) {
    const LargeBodyPtr body = write(text(600'000));
    world_->run_until_idle();
    disk_.fail_sync(1, std::errc::io_error);
    EXPECT_EQ(seal(body), std::errc::io_error);
    EXPECT_EQ(seal(body), std::errc::io_error) << "a sync is not tried again";
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LargeFilesTest, keeps_only_some_files_open) {
    std::vector<LargeBodyPtr> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(write(text(100)));
        EXPECT_FALSE(seal(all.back()));
    }
    for (const LargeBodyPtr& body : all) EXPECT_EQ(read(body), text(100));
}

TEST_F(LargeFilesTest, leaves_alone_what_is_not_its_own) {
    auto file = disk_.open(std::string(kLargeFolder) + "/notes.txt", Disk::Open::create);
    if (!file) {
        ASSERT_TRUE(disk_.make_folder(kLargeFolder));
        file = disk_.open(std::string(kLargeFolder) + "/notes.txt", Disk::Open::create);
    }
    ASSERT_TRUE(file);
    ASSERT_TRUE(disk_.sync_folder(kLargeFolder));
    restart();
    EXPECT_THAT(names(), ElementsAre("notes.txt"));
}

TEST(LargeFormat, names_are_read_as_they_are_written) {
    EXPECT_EQ(large_path(0xABCDEF), "large/0000000000abcdef.body");
    EXPECT_EQ(large_id_of("0000000000abcdef.body"), 0xABCDEFU);
    for (const char* const other : {"", "abcdef.body", "0000000000ABCDEF.body",
                                    "0000000000abcdef.bodx", "0000000000abcdeg.body"}) {
        EXPECT_FALSE(large_id_of(other)) << other;
    }
}

}  // namespace
}  // namespace tern::store
