#include "journal/salvage.h"

#include "journal/journal_fixture.h"

namespace tern::journal {
namespace {

class SalvageStory : public JournalStory {
protected:
    void salvage_all() {
        salvaged_.clear();
        Visitor visit = [this](const Position&, std::uint8_t, Bytes body) {
            salvaged_.emplace_back(as_text(body));
        };
        const auto done = salvage(disk_, visit);
        ASSERT_TRUE(done) << done.error().message();
        found_ = *done;
    }
    /// Eight records in two files.
    void write_two_files() {
        open();
        for (int i = 0; i < 8; ++i) {
            append(Strings{std::to_string(i) + std::string(3000, '.')}, 1);
            settle();
        }
        close();
        ASSERT_EQ(places_.rbegin()->second.file, FileNumber(2));
    }
    void damage(const std::string& begin) {
        const auto found = places_.lower_bound(begin);
        disk_.flip_bit(file(found->second.file.value), found->second.offset + 20, 3);
    }
    Strings numbers() const {
        Strings all;
        for (const std::string& text : salvaged_) all.push_back(text.substr(0, 1));
        return all;
    }

    Strings salvaged_;
    Salvaged found_;
};

TEST_F(SalvageStory, reads_the_whole_of_a_journal_that_is_right) {
    write_two_files();
    salvage_all();
    EXPECT_EQ(numbers(), (Strings{"0", "1", "2", "3", "4", "5", "6", "7"}));
    EXPECT_TRUE(found_.gaps.empty());
    EXPECT_EQ(found_.next, Lsn(9));
}

TEST_F(SalvageStory, leaves_out_only_what_is_damaged) {
    write_two_files();
    damage("2");
    EXPECT_FALSE(replay());
    drop();
    salvage_all();
    EXPECT_EQ(numbers(), (Strings{"0", "1", "3", "4", "5", "6", "7"}));
    ASSERT_EQ(found_.gaps.size(), 1U);
    EXPECT_EQ(found_.gaps[0].file, file(1));
}

TEST_F(SalvageStory, reads_a_file_whose_header_is_gone) {
    write_two_files();
    disk_.flip_bit(file(1), 9, 0);
    disk_.flip_bit(file(1), 30, 0);
    salvage_all();
    EXPECT_EQ(numbers(), (Strings{"0", "1", "2", "3", "4", "5", "6", "7"}));
    EXPECT_FALSE(found_.gaps.empty());
}

TEST_F(SalvageStory, goes_on_behind_a_file_that_is_missing) {
    write_two_files();
    ASSERT_TRUE(disk_.remove(file(1)));
    salvage_all();
    ASSERT_FALSE(salvaged_.empty());
    EXPECT_EQ(numbers().back(), "7");
    EXPECT_LT(salvaged_.size(), 8U);
}

TEST_F(SalvageStory, has_nothing_of_an_empty_folder) {
    salvage_all();
    EXPECT_TRUE(salvaged_.empty());
    EXPECT_EQ(found_.journal, 0U);
}

}  // namespace
}  // namespace tern::journal
