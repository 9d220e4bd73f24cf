#include "journal/format.h"
#include "journal/journal_fixture.h"

namespace tern::journal {
namespace {

using testing::ElementsAre;

class RecycleTest : public JournalStory {
protected:
    RecycleTest() { options_.file_bytes = 4096; }

    /// Keeps a message until it is `taken`.
    void keep(const std::string& text) {
        append(Strings{text}, 1);
        settle();
    }
    void take(const std::string& text) {
        append(Strings{"taken " + text.substr(0, 500)}, 0, {{.lsn = places_[text].lsn}});
        settle();
    }
    std::string message(int number) { return std::to_string(number) + std::string(500, '-'); }
};

TEST_F(RecycleTest, the_disk_stays_small_while_messages_pass) {
    open();
    std::uint64_t bytes_max = 0;
    for (int i = 0; i < 2000; ++i) {
        keep(message(i));
        if (i >= 5) take(message(i - 5));
        bytes_max = std::max(bytes_max, disk_.bytes());
    }
    EXPECT_LE(bytes_max, 4 * options_.file_bytes);
    EXPECT_LE(journal_->stats().files, 3U);
    EXPECT_GT(places_[message(1999)].file.value, 200U);
    crash();
    open();
    EXPECT_LT(replayed_.size(), 60U);
    EXPECT_EQ(places_[message(1999)].lsn.value, 3994U);
}

TEST_F(RecycleTest, files_are_used_again_instead_of_being_made_anew) {
    open();
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        take(message(i));
    }
    const std::uint64_t bytes = disk_.bytes();
    const std::uint64_t writes = disk_.writes();
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        take(message(i));
    }
    EXPECT_EQ(disk_.bytes(), bytes);
    // A commit each, and a header for each file: nothing is filled with zeros any more.
    EXPECT_LE(disk_.writes() - writes, 200U + 200U * 600U / options_.file_bytes);
}

TEST_F(RecycleTest, a_file_is_made_ahead_once_there_is_a_first_one) {
    open();
    journal_->allow_reuse(FileNumber{0});
    settle();
    EXPECT_EQ(disk_.bytes(), 0U);
    keep("first");
    EXPECT_EQ(journal_->stats().spare_bytes, options_.file_bytes);
}

TEST_F(RecycleTest, one_old_message_keeps_its_file_and_all_behind_it) {
    open();
    keep("old");
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        take(message(i));
    }
    EXPECT_GT(journal_->stats().files, 10U);
    EXPECT_EQ(journal_->oldest().number, places_["old"].file);
    EXPECT_EQ(journal_->oldest().holds, 1U);
    take("old");
    EXPECT_LE(journal_->stats().files, 2U);
    EXPECT_LE(disk_.bytes(), 4 * options_.file_bytes);
}

TEST_F(RecycleTest, a_release_counts_only_once_its_batch_is_durable) {
    open();
    keep("a");
    disk_.fail_sync(1, std::errc::io_error);
    take("a");
    EXPECT_EQ(journal_->oldest().holds, 1U);
}

TEST_F(RecycleTest, holds_given_at_the_start_keep_files) {
    open();
    keep("old");
    for (int i = 0; i < 50; ++i) keep(message(i));
    const std::uint64_t files_before = journal_->stats().files;
    crash();
    holds_ = {{.lsn = places_["old"].lsn}};
    open();
    settle();
    EXPECT_EQ(journal_->stats().files, files_before);
    crash();
    holds_.clear();
    open();
    EXPECT_EQ(replayed_.size(), 51U);
    settle();
    EXPECT_EQ(journal_->stats().files, 1U);
}

TEST_F(RecycleTest, records_of_a_files_earlier_life_are_not_read) {
    open();
    for (int i = 0; i < 60; ++i) {
        keep(message(i));
        take(message(i));
    }
    const Position old = places_[message(1)];
    crash();
    open();
    settle();
    EXPECT_FALSE(journal_->read(old));
    EXPECT_GT(replayed_.size(), 0U);
    EXPECT_EQ(places_.count(message(1)), 0U);
}

TEST_F(RecycleTest, a_huge_record_has_a_file_of_its_own) {
    const std::string huge(100'000, 'h');
    open();
    keep("before");
    keep(huge);
    keep("after");
    EXPECT_EQ(places_[huge].file, FileNumber(2));
    EXPECT_EQ(places_["after"].file, FileNumber(3));
    EXPECT_EQ(as_text(journal_->read(places_[huge])->bytes()), huge);
    crash();
    hold_all_ = true;
    open();
    EXPECT_THAT(replayed_, ElementsAre("before", huge, "after"));
    take("before");
    take(huge);
    EXPECT_LE(disk_.bytes(), 5 * options_.file_bytes);
}

TEST_F(RecycleTest, another_file_size_takes_over_little_by_little) {
    open();
    for (int i = 0; i < 20; ++i) keep(message(i));
    crash();
    options_.file_bytes = 8192;
    open();
    for (int i = 100; i < 200; ++i) {
        keep(message(i));
        take(message(i));
    }
    crash();
    open();
    EXPECT_EQ(disk_.bytes() % 8192, 0U);
}

TEST_F(RecycleTest, at_rest_no_more_than_two_files_lie_ahead) {
    // They are filled in two steps, between which others are used again.
    options_.file_bytes = std::uint64_t{2} * 1024 * 1024;
    open();
    const auto text = [](int number) { return std::to_string(number) + std::string(600'000, '-'); };
    int taken = 0;
    for (int i = 0; i < 250; ++i) {
        append(Strings{text(i)}, 1);
        for (std::size_t left = random_.below(8); left > 0 && world_->ready(); --left) {
            world_->step();
        }
        if (random_.below(8) != 0) continue;
        for (; places_.contains(text(taken)); ++taken) {
            append(Strings{"taken " + std::to_string(taken)}, 0,
                   {{.lsn = places_[text(taken)].lsn}});
            places_.erase(text(taken));
        }
        settle();
        ASSERT_LE(files().size(), journal_->stats().files + 2) << i;
    }
}

TEST_F(RecycleTest, nothing_is_made_ahead_of_files_that_wait_to_be_used_again) {
    open();
    journal_->allow_reuse(FileNumber{0});
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        take(message(i));
        ASSERT_LE(files().size(), std::max<std::size_t>(4, journal_->stats().files)) << i;
    }
    EXPECT_GT(files().size(), 10U);
    journal_->allow_reuse(FileNumber{UINT64_MAX});
    settle();
    EXPECT_LE(files().size(), 4U);
}

TEST_F(RecycleTest, files_are_made_ahead_of_those_whose_records_are_needed) {
    open();
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        ASSERT_EQ(files().size(), journal_->stats().files + 1) << i;
    }
}

TEST_F(RecycleTest, files_may_be_kept_instead_of_being_used_again) {
    options_.archive = true;
    open();
    for (int i = 0; i < 100; ++i) {
        keep(message(i));
        take(message(i));
    }
    const auto kept = disk_.list(kArchiveFolder).value();
    EXPECT_GE(kept.size(), 10U);
    EXPECT_LE(disk_.list(kFolder).value().size(), 4U);
    crash();
    open();
    EXPECT_LT(replayed_.size(), 20U);
    EXPECT_EQ(disk_.list(kArchiveFolder).value(), kept) << "what was kept outlives a crash";
}

TEST_F(RecycleTest, a_failed_rename_is_final) {
    open();
    keep(message(0));
    for (int i = 1; confirmed_.size() < 60; ++i) append(Strings{message(i)}, 0), settle();
    Batch batch;
    batch.releases = {{.lsn = places_[message(0)].lsn}};
    journal_->append(std::move(batch));
    disk_.fail_sync(1, std::errc::io_error);
    settle();
    append("later");
    settle();
    EXPECT_THAT(failed_, ElementsAre("later"));
    EXPECT_EQ(error_, std::errc::io_error);
    close();
}

}  // namespace
}  // namespace tern::journal
