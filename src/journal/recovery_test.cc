#include "base/log.h"
#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "journal/format.h"
#include "journal/journal_fixture.h"

namespace tern::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecoveryTest : public JournalStory {
protected:
    std::string batch(int number) { return std::to_string(number) + std::string(300, '.'); }
    /// So many commits of one record; files take three or so.
    void fill(int commits) {
        options_.file_bytes = 1024;
        open();
        for (int i = 0; i < commits; ++i) {
            append(Strings{batch(i)}, 1);
            settle();
        }
    }
    void damage(const Position& at) { disk_.flip_bit(file(at.file.value), at.offset + 13, 1); }
    void overwrite(const std::string& name, std::uint64_t offset, Bytes bytes) {
        auto opened =
            disk_.open(name, Disk::Open::create).value()->write_at(offset, std::array{bytes});
        ASSERT_TRUE(opened);
    }
};

TEST_F(RecoveryTest, a_commit_cut_off_by_the_crash_is_dropped_as_a_whole) {
    int dropped = 0;
    for (int round = 0; round < 200; ++round) {
        disk_ = {};
        open();
        store("safe");
        disk_.cut_power_at(2);  // during the sync
        store(Strings{"x", "y", "z"});
        crash();
        open();
        if (replayed_.size() == 1) {
            ++dropped;
            EXPECT_THAT(replayed_, ElementsAre("safe"));
        } else {
            EXPECT_THAT(replayed_, ElementsAre("safe", "x", "y", "z"));
        }
        drop();
    }
    EXPECT_GT(dropped, 50);
    EXPECT_LT(dropped, 150);
}

TEST_F(RecoveryTest, what_is_left_of_a_cut_commit_never_comes_back) {
    // Two frames are under way at the crash, one whole and one not, since nothing is synced.
    options_.sync = Options::Sync::never;
    open();
    store("safe");
    drop();
    options_.sync = Options::Sync::always;
    open();  // makes it durable
    drop();
    options_.sync = Options::Sync::never;
    open();
    store("lost");
    store("behind");
    drop();
    const Position lost = places_["lost"];
    damage(lost);

    options_.sync = Options::Sync::always;
    open();
    EXPECT_THAT(replayed_, ElementsAre("safe"));
    // Exactly as long as what was lost: the frame behind it would now follow.
    store("here");
    EXPECT_EQ(places_["here"].offset, lost.offset);
    EXPECT_EQ(places_["here"].lsn, lost.lsn);
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("safe", "here"));
}

TEST_F(RecoveryTest, a_frame_mixed_of_two_attempts_is_not_read) {
    open();
    store("safe");
    disk_.cut_power_at(2);
    store(Strings{"old 1", "old 2"});
    kill();
    // The header did not make it to the medium, the records did.
    const Position first = {.journal = 0,
                            .lsn = Lsn(2),
                            .file = FileNumber(1),
                            .offset = places_["safe"].offset + 16 + kFrameHeaderBytes};
    std::vector<std::uint8_t> old(2 * 17);
    auto opened = disk_.open(file(1), Disk::Open::existing).value();
    ASSERT_EQ(opened->read_at(first.offset, old).value(), old.size());
    ASSERT_EQ(as_text(Bytes(old).subspan(12, 5)), "old 1");
    const std::vector<std::uint8_t> nothing(kFrameHeaderBytes);
    overwrite(file(1), first.offset - kFrameHeaderBytes, nothing);

    open();
    EXPECT_THAT(replayed_, ElementsAre("safe"));
    store(Strings{"new 1", "new 2"});
    EXPECT_EQ(places_["new 1"].offset, first.offset);
    EXPECT_EQ(places_["new 1"].lsn, first.lsn);
    drop();
    // Of the second attempt one record is lost, and the first attempt's is still in its place. Each
    // record for itself is right.
    overwrite(file(1), first.offset + 17, Bytes(old).subspan(17));
    open();
    EXPECT_THAT(replayed_, ElementsAre("safe"));
}

TEST_F(RecoveryTest, what_a_killed_process_left_in_the_cache_is_made_durable_first) {
    options_.sync = Options::Sync::never;
    fill(10);
    kill();
    options_.sync = Options::Sync::always;
    open();
    EXPECT_EQ(replayed_.size(), 10U);
    crash();
    open();
    EXPECT_EQ(replayed_.size(), 10U);
}

TEST_F(RecoveryTest, damage_before_the_durable_end_is_reported) {
    for (const int damaged : {0, 3, 7, 8}) {
        disk_ = {};
        fill(10);
        const Position at = places_[batch(damaged)];
        close();
        damage(at);
        EXPECT_FALSE(replay());
        EXPECT_EQ(replay_error_, Errc::corrupt);
        EXPECT_EQ(replayed_.size(), static_cast<std::size_t>(damaged));
        drop();
    }
}

TEST_F(RecoveryTest, damage_of_any_byte_is_noticed_or_cuts_the_very_end_and_says_so) {
    options_.file_bytes = 1024;
    static bool said_cut;
    log::set_sink([](const log::Line& line) {
        said_cut |= line.text.find("is cut off") != std::string_view::npos;
    });
    for (std::uint64_t byte = 0; byte < 1024; ++byte) {
        disk_ = {};
        fill(5);
        close();
        const std::uint64_t number = 1 + random_.below(2);
        disk_.flip_bit(file(number), byte, static_cast<unsigned>(random_.below(8)));
        said_cut = false;
        if (replay()) {
            EXPECT_EQ(said_cut, replayed_.size() == 4) << "byte " << byte << " of " << number;
            ASSERT_GE(replayed_.size(), 4U) << "byte " << byte << " of file " << number;
            for (std::size_t i = 0; i < replayed_.size(); ++i) {
                EXPECT_EQ(replayed_[i], batch(static_cast<int>(i)));
            }
        }
        drop();
    }
    log::set_sink(nullptr);
}

TEST_F(RecoveryTest, damage_of_a_file_header_is_reported) {
    for (const std::uint64_t number : {1U, 2U, 3U, 4U}) {
        disk_ = {};
        fill(10);
        ASSERT_EQ(places_[batch(9)].file, FileNumber(5));
        close();
        disk_.flip_bit(file(number), 20, 0);
        EXPECT_FALSE(replay());
        EXPECT_EQ(replay_error_, Errc::corrupt) << number;
        drop();
    }
}

TEST_F(RecoveryTest, damage_of_the_only_header_is_not_taken_for_an_empty_journal) {
    open();
    store("a");
    close();
    disk_.flip_bit(file(1), 20, 0);
    EXPECT_FALSE(replay());
    EXPECT_EQ(replay_error_, Errc::corrupt);
}

TEST_F(RecoveryTest, a_missing_file_in_the_middle_is_reported) {
    fill(10);
    close();
    ASSERT_TRUE(disk_.remove(file(3)));
    EXPECT_FALSE(replay());
    EXPECT_EQ(replay_error_, Errc::file_missing);
}

TEST_F(RecoveryTest, another_version_is_not_touched) {
    open();
    store("a");
    close();
    auto header =
        encode(FileHeader{.journal = 1, .file = FileNumber(1), .first = Lsn(1), .durable = Lsn(0)});
    header[11] = 9;
    const std::uint32_t crc = crc32c(Bytes(header).first(60));
    store_big_endian(header.data() + 60, crc);
    overwrite(file(1), 0, header);
    EXPECT_FALSE(replay());
    EXPECT_EQ(replay_error_, Errc::wrong_version);
}

TEST_F(RecoveryTest, a_file_of_another_journal_is_reported) {
    options_.id = 1;
    fill(10);
    close();
    const auto header = encode(FileHeader{
        .journal = 2, .file = FileNumber(2), .first = places_[batch(0)].lsn, .durable = Lsn(0)});
    overwrite(file(2), 0, header);
    EXPECT_FALSE(replay());
    EXPECT_EQ(replay_error_, Errc::corrupt);
}

TEST_F(RecoveryTest, foreign_files_are_left_alone) {
    open();
    store("a");
    close();
    overwrite("journal/notes.txt", 0, as_bytes("mine"));
    overwrite("journal/1.log", 0, as_bytes("mine"));
    open();
    EXPECT_THAT(replayed_, ElementsAre("a"));
    close();
    EXPECT_THAT(files(), testing::IsSupersetOf({"notes.txt", "1.log"}));
}

TEST_F(RecoveryTest, a_spare_that_was_being_made_is_made_anew) {
    options_.file_bytes = std::uint64_t{3} * 1024 * 1024;
    open();
    append("a");
    while (confirmed_.empty()) world_->step();
    for (int i = 0; i < 2; ++i) world_->step();
    kill();
    EXPECT_THAT(files(), ElementsAre("00000001.log", "prepare.tmp"));
    open();
    store("b");
    EXPECT_THAT(files(), ElementsAre("00000001.log", "00000002.log"));
}

}  // namespace
}  // namespace tern::journal
