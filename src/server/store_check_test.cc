#include "server/store_check.h"

#include "store/repair_folder.h"
#include "store/tools/tools_fixture.h"

namespace tern::server {
namespace {

using store::tools::Strings;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSegment = "segments/00000001.seg";
constexpr const char* kJournalFile = "journal/00000001.log";

class StoreCheckTest : public store::tools::ToolsStory {
protected:
    /// Empty: the store may be used.
    std::string refusal(const StoreCheckOptions& options) {
        return check_store(*disk_, options, 4713, 1'760'000'000'000).value_or("");
    }
    bool was_repaired() {
        return std::filesystem::exists(root_ + "/data/aside-1760000000000/journal");
    }
    Strings texts() { return ToolsStory::texts(*read()); }
};

TEST_F(StoreCheckTest, a_store_without_damage_is_left_as_it_is) {
    write_some_of_everything();
    EXPECT_EQ(refusal({.everything = true, .leaves_damage_out = true}), "");
    EXPECT_FALSE(was_repaired());
}

TEST_F(StoreCheckTest, there_may_be_no_store_yet) {
    EXPECT_EQ(refusal({.everything = true, .leaves_damage_out = true}), "");
    EXPECT_TRUE(disk_->list("")->empty());
}

TEST_F(StoreCheckTest, damage_is_left_to_the_start_if_nothing_is_asked_for) {
    write_some_of_everything();
    damage(kJournalFile, find(kJournalFile, "both"));
    EXPECT_EQ(refusal({}), "");
    EXPECT_THAT(refusal({.everything = true}), HasSubstr(kJournalFile));
    EXPECT_FALSE(was_repaired());
}

TEST_F(StoreCheckTest, leaves_out_what_is_damaged_in_the_journal) {
    write_some_of_everything();
    damage(kJournalFile, find(kJournalFile, "both"));
    EXPECT_EQ(refusal({.leaves_damage_out = true}), "");
    EXPECT_TRUE(was_repaired());
    EXPECT_THAT(texts(), Contains("queue://A: one!"));
    EXPECT_THAT(texts(), Not(Contains("queue://B: both!")));
    EXPECT_EQ(refusal({.everything = true}), "");
}

TEST_F(StoreCheckTest, leaves_out_a_file_that_is_missing) {
    open();
    define(1, "A");
    for (int i = 0; i < 5; ++i) publish({1}, std::string(10'000, static_cast<char>('a' + i)));
    close();
    std::filesystem::remove(root_ + "/data/journal/00000003.log");
    EXPECT_THAT(refusal({.everything = true}), HasSubstr("00000003.log"));
    EXPECT_EQ(refusal({.leaves_damage_out = true}), "");
    EXPECT_THAT(texts(), Contains(HasSubstr("aaa")));
    EXPECT_THAT(texts(), Not(Contains(HasSubstr("ccc"))));
    EXPECT_THAT(texts(), Contains(HasSubstr("eee")));
}

TEST_F(StoreCheckTest, looks_at_what_a_start_does_not_read_if_that_is_asked_for) {
    open();
    define(1, "A");
    for (const char* const text : {"first", "last"}) page_out(1, publish({1}, text), text);
    close();
    damage(kSegment, find(kSegment, "first"));
    EXPECT_EQ(refusal({.leaves_damage_out = true}), "");
    EXPECT_FALSE(was_repaired()) << "a consumer would hear of it";
    EXPECT_THAT(refusal({.everything = true}), HasSubstr(kSegment));
    EXPECT_EQ(refusal({.everything = true, .leaves_damage_out = true}), "");
    EXPECT_TRUE(was_repaired());
    EXPECT_THAT(texts(), Contains("queue://A: last!"));
    EXPECT_THAT(texts(), Contains("queue://A: first!")) << "the journal has it still";
    EXPECT_EQ(refusal({.everything = true}), "");
}

TEST_F(StoreCheckTest, a_repair_that_was_broken_off_goes_on_where_damage_is_left_out) {
    write_some_of_everything();
    const Strings before = texts();
    ASSERT_TRUE(disk_->make_folder(store::kRepairFolder));
    ASSERT_TRUE(disk_->make_folder("aside-1"));
    const auto file =
        disk_->open(std::string(store::kRepairFolder) + "/step-5", Disk::Open::create).value();
    ASSERT_TRUE(file->write_at(0, std::array{as_bytes("aside-1")}));
    EXPECT_THAT(refusal({}), HasSubstr("tern store check --repair"));
    EXPECT_EQ(refusal({.leaves_damage_out = true}), "");
    EXPECT_FALSE(std::filesystem::exists(root_ + "/data/" + store::kRepairFolder));
    EXPECT_EQ(texts(), before);
}

}  // namespace
}  // namespace tern::server
