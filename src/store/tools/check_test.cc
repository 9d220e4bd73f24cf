#include "store/tools/check.h"

#include "base/log.h"
#include "store/repair_folder.h"
#include "store/tools/tools_fixture.h"

namespace tern::store::tools {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSegment = "segments/00000001.seg";
constexpr const char* kJournalFile = "journal/00000001.log";

/// The disk of a process that is killed after so many renames of markers.
class BrokenOffDisk final : public Disk {
public:
    BrokenOffDisk(Disk& disk, int steps) : disk_(disk), steps_(steps) {}

    Result<std::unique_ptr<File>> open(const std::string& name, Open how) override {
        return disk_.open(name, how);
    }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        return disk_.list(folder);
    }
    Result<void> make_folder(const std::string& name) override { return disk_.make_folder(name); }
    Result<void> rename(const std::string& from, const std::string& to) override {
        const bool marker = to.find("/step-") != std::string::npos;
        if (marker && from.ends_with("step-" + std::to_string(steps_))) {
            return failure(std::make_error_code(std::errc::io_error));
        }
        return disk_.rename(from, to);
    }
    Result<void> remove(const std::string& name) override {
        // All steps are taken, and nothing is cleaned up.
        if (steps_ == 6) return failure(std::make_error_code(std::errc::io_error));
        return disk_.remove(name);
    }
    Result<std::uint64_t> free_bytes() const override { return disk_.free_bytes(); }
    Result<void> sync_folder(const std::string& folder) override {
        return disk_.sync_folder(folder);
    }
    Result<std::unique_ptr<File>> lock(const std::string& name) override {
        return disk_.lock(name);
    }
    Result<bool> is_locked(const std::string& name) override { return disk_.is_locked(name); }

private:
    Disk& disk_;
    const int steps_;
};

class CheckTest : public ToolsStory {
protected:
    Strings checked() {
        const auto contents = read();
        EXPECT_TRUE(check(*contents));
        return damages(*contents);
    }
    Repaired repaired() {
        const auto contents = read();
        const auto done = repair(*disk_, *contents, 4713, 1'760'000'000'000);
        EXPECT_TRUE(done) << done.error();
        return done ? *done : Repaired{};
    }
    bool starts() {
        SimWorld world(1, 1, clock_);
        Lane& writer = world.make_lane();
        journal::Journal journal(*disk_, writer, world.make_lane(), {});
        Segments segments(*disk_, world.make_lane(), {});
        Store store(journal, segments);
        const bool right = store.recover().has_value();
        world.drop_tasks();
        return right;
    }
};

TEST_F(CheckTest, a_store_that_was_killed_is_right) {
    write_some_of_everything();
    EXPECT_THAT(checked(), IsEmpty());
}

TEST_F(CheckTest, finds_a_damaged_record_and_repairs_around_it) {
    write_some_of_everything();
    damage(kJournalFile, find(kJournalFile, "both"));
    EXPECT_FALSE(starts());
    EXPECT_THAT(checked(), ElementsAre(HasSubstr(kJournalFile)));
    const Repaired done = repaired();
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_TRUE(starts());
    EXPECT_TRUE(std::filesystem::exists(root_ + "/data/" + done.aside + "/" + kJournalFile));
    // What was settled where nobody can read it any more may have been delivered.
    EXPECT_THAT(texts(*read()), Contains("queue://A: one!"));
    EXPECT_THAT(texts(*read()), Contains("queue://A: accepted!"));
    EXPECT_THAT(texts(*read()), Contains("queue://B: 150000!"));
    EXPECT_THAT(texts(*read()), Not(Contains("queue://B: both!")));
}

TEST_F(CheckTest, what_segments_have_behind_the_journals_end_keeps_its_number) {
    open();
    define(1, "A");
    const std::uint64_t moved = publish({1}, "moved");
    page_out(1, moved, "moved");
    close();
    damage(kJournalFile, find(kJournalFile, "moved"));  // in the last commit
    EXPECT_THAT(checked(), ElementsAre(AllOf(HasSubstr(kJournalFile), HasSubstr("are gone"))));
    static std::string said;
    said.clear();
    log::set_sink([](const log::Line& line) {
        if (line.level == log::Level::error) said += line.text;
    });
    open();
    log::set_sink(nullptr);
    EXPECT_THAT(said, HasSubstr("records 2 to 2 are gone"));
    EXPECT_GT(publish({1}, "next"), moved);
    close();
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), ElementsAre("queue://A: moved", "queue://A: next"));
    EXPECT_TRUE(starts());
}

TEST_F(CheckTest, a_queue_that_only_segments_know_keeps_its_id) {
    open();
    define(1, "A");
    Batch batch;
    batch.define({.queue = broker::QueueId{7}, .bindings = {{broker::Domain::queue, false, "B"}}});
    batch.publish(*message("moved"),
                  std::array{Route{.queue = broker::QueueId{7}, .owner = {}, .announced = false}},
                  {});
    append(std::move(batch));
    page_out(7, last_lsn_, "moved");
    close();
    damage(kJournalFile, find(kJournalFile, "moved"));  // in the last commit
    EXPECT_EQ(read()->last_queue(), broker::QueueId{7});
    open();
    EXPECT_EQ(last_queue_, broker::QueueId{7});
}

TEST_F(CheckTest, a_mark_that_only_segments_have_counts_for_what_the_journal_has) {
    open();
    define(1, "A");
    const std::uint64_t paged = publish({1}, "paged");
    page_out(1, paged, "paged");
    const std::uint64_t seen = publish({1}, "seen");
    Batch batch;
    batch.mark(broker::QueueId{1}, seen);
    batch.publish(*message("lost"),
                  std::array{Route{.queue = broker::QueueId{1}, .owner = {}, .announced = false}},
                  {});
    append(std::move(batch));
    store_->segments().mark(broker::QueueId{1}, seen);
    store_->segments().flush([](const auto& flushed) { ASSERT_TRUE(flushed); });
    close();
    damage(kJournalFile, find(kJournalFile, "lost"));  // in the last commit
    open();
    ASSERT_EQ(recovered_.at(1).messages.size(), 2U);
    EXPECT_EQ(recovered_.at(1).messages.back().at.lsn, seen);
    EXPECT_TRUE(recovered_.at(1).messages.back().announced);
}

TEST_F(CheckTest, finds_a_damaged_message_in_a_segment) {
    open();
    define(1, "A");
    for (const char* const text : {"first", "last"}) page_out(1, publish({1}, text), text);
    close();
    damage(kSegment, find(kSegment, "first"));
    EXPECT_THAT(checked(), ElementsAre(HasSubstr(kSegment)));
    EXPECT_THAT(texts(*read()), Contains("queue://A: last"));
}

TEST_F(CheckTest, finds_a_damaged_block_and_reads_on_behind_it) {
    open();
    define(1, "A");
    for (const char* const text : {"a", "b", "c"}) {
        page_out(1, publish({1}, text), text);
    }
    close();
    // The header of the block with "b": each has a header, an entry and a stored message.
    damage(kSegment, find(kSegment, "TSMB") + 80 + 32 + 48 + 10);
    EXPECT_THAT(checked(), Not(IsEmpty()));
    std::filesystem::remove_all(root_ + "/data/journal");
    EXPECT_THAT(checked(), Contains(HasSubstr("no journal")));
}

TEST_F(CheckTest, finds_a_damaged_body) {
    write_some_of_everything();
    damage("large/0000000000000064.body", 100'000);
    EXPECT_THAT(checked(), ElementsAre(HasSubstr("large/0000000000000064.body")));
    const Repaired done = repaired();
    EXPECT_EQ(done.copied.lost, 1U);
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), Not(Contains(HasSubstr("150000"))));
}

TEST_F(CheckTest, a_body_of_another_size_is_damage_and_one_that_is_gone_was_consumed) {
    write_some_of_everything();
    std::filesystem::resize_file(root_ + "/data/large/0000000000000064.body", 70'000);
    EXPECT_THAT(checked(), ElementsAre(HasSubstr("instead of")));
    std::filesystem::remove(root_ + "/data/large/0000000000000064.body");
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), Not(Contains(HasSubstr("150000"))));
}

TEST_F(CheckTest, finds_a_journal_that_is_gone) {
    write_some_of_everything();
    std::filesystem::remove_all(root_ + "/data/journal");
    EXPECT_THAT(checked(), Contains(HasSubstr("no journal that it belongs to")));
    repaired();
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), ElementsAre("queue://TernMQ.Lost.1: two!",
                                            "queue://TernMQ.Lost.2: paged and gone!"));
}

TEST_F(CheckTest, messages_of_segments_come_back_without_the_definition_of_their_queue) {
    open();
    define(2, "TernMQ.Lost.1");
    publish({2}, std::string(15'000, 'x'));
    publish({2}, std::string(15'000, 'y'));
    define(1, "A");
    publish({2}, std::string(15'000, 'z'));
    for (const char* const text : {"first", "second"}) page_out(1, publish({1}, text), text);
    close();
    ASSERT_NE(find("journal/00000003.log", "zzz"), 0);
    std::filesystem::remove(root_ + "/data/journal/00000002.log");
    EXPECT_THAT(checked(),
                Contains(AllOf(HasSubstr(kSegment), HasSubstr("back on queue://TernMQ.Lost.1+"))));
    repaired();
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), AllOf(Contains("queue://TernMQ.Lost.1+: first!"),
                                      Contains("queue://TernMQ.Lost.1+: second!")));
}

TEST_F(CheckTest, what_is_left_of_a_removed_queue_does_not_come_back) {
    open();
    define(1, "A");
    const std::uint64_t defined = last_lsn_;
    page_out(1, publish({1}, "moved"), "moved");
    define(2, "B");
    page_out(2, publish({2}, "other"), "other");
    Batch batch;
    batch.remove(broker::QueueId{1}, {defined}, {});
    append(std::move(batch));
    close();  // the segments have not heard of it
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), ElementsAre("queue://B: other"));
    open();
    EXPECT_FALSE(recovered_.contains(1));
}

TEST_F(CheckTest, messages_of_the_journal_come_back_without_the_definition_of_their_queue) {
    open();
    define(2, "B");
    publish({2}, std::string(15'000, 'x'));
    publish({2}, std::string(15'000, 'y'));
    define(1, "A");
    publish({2}, std::string(15'000, 'z'));
    publish({1}, "last");
    close();
    ASSERT_NE(find("journal/00000003.log", "zzz"), 0);
    std::filesystem::remove(root_ + "/data/journal/00000002.log");
    EXPECT_THAT(checked(), Contains(HasSubstr("is missing")));
    repaired();
    EXPECT_THAT(checked(), IsEmpty());
    EXPECT_THAT(texts(*read()), Contains("queue://TernMQ.Lost.1: last!"));
}

TEST_F(CheckTest, finds_a_message_that_a_transaction_has_accepted_and_that_is_not_there) {
    open();
    define(1, "A");
    Branch branch;
    branch.parts.push_back(
        {.client_id = "c", .accepts = {{broker::QueueId{1}, 77}}, .publishes = {}});
    ByteWriter out;
    encode_branch(out, branch);
    Batch put;
    put.put({{DocumentKind::branch, "x"}, std::string(as_text(out.bytes()))});
    append(std::move(put));
    close();
    EXPECT_THAT(checked(), ElementsAre(HasSubstr("has accepted message 77")));
    repaired();
    EXPECT_THAT(checked(), IsEmpty());
}

TEST_F(CheckTest, a_repair_that_was_broken_off_is_finished_from_any_step) {
    write_some_of_everything();
    damage(kJournalFile, find(kJournalFile, "both"));
    std::filesystem::copy(root_ + "/data", root_ + "/before",
                          std::filesystem::copy_options::recursive);
    repaired();
    const Strings right = texts(*read());
    for (int steps = 0; steps <= 6; ++steps) {
        std::filesystem::remove_all(root_ + "/data");
        std::filesystem::copy(root_ + "/before", root_ + "/data",
                              std::filesystem::copy_options::recursive);
        disk_ = std::move(PosixDisk::open(root_ + "/data").value());
        EXPECT_FALSE(finish_repair(*disk_).value()) << "there is none";
        BrokenOffDisk broken(*disk_, steps);
        const auto contents = read();
        EXPECT_FALSE(repair(broken, *contents, 4713, 1'760'000'000'000));
        EXPECT_TRUE(std::filesystem::exists(root_ + "/data/" + kRepairFolder));
        EXPECT_TRUE(finish_repair(*disk_).value());
        EXPECT_EQ(texts(*read()), right) << steps;
        EXPECT_THAT(checked(), IsEmpty());
        EXPECT_FALSE(std::filesystem::exists(root_ + "/data/" + kRepairFolder));
    }
}

}  // namespace
}  // namespace tern::store::tools
