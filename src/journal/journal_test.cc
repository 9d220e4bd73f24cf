#include "journal/journal_fixture.h"

namespace tern::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JournalTest : public JournalStory {};

TEST_F(JournalTest, an_empty_one_writes_nothing_until_something_is_appended) {
    open();
    settle();
    EXPECT_THAT(replayed_, IsEmpty());
    EXPECT_EQ(disk_.writes(), 0U);
    EXPECT_EQ(disk_.syncs(), 0U);
    EXPECT_EQ(journal_->stats().files, 0U);
    EXPECT_EQ(journal_->oldest().holds, 0U);
}

TEST_F(JournalTest, what_was_confirmed_is_replayed_in_order) {
    open();
    append(Strings{"a", "b"});
    append("c");
    settle();
    store("");
    EXPECT_THAT(confirmed_, ElementsAre("a", "c", ""));
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("a", "b", "c", ""));
    store("d");
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("a", "b", "c", "", "d"));
}

TEST_F(JournalTest, numbers_records_without_a_gap_and_keeps_its_id) {
    options_.id = 4711;
    open();
    store(Strings{"a", "b"});
    crash();
    options_.id = 0;
    open();
    store("c");
    EXPECT_EQ(places_["a"].lsn, Lsn(1));
    EXPECT_EQ(places_["b"].lsn, Lsn(2));
    EXPECT_EQ(places_["c"].lsn, Lsn(3));
    EXPECT_EQ(places_["c"].journal, 4711U);
    EXPECT_EQ(places_["c"].file, places_["a"].file);
    EXPECT_GT(places_["c"].offset, places_["b"].offset);
}

TEST_F(JournalTest, all_that_waits_shares_one_write_and_one_sync) {
    open();
    store("first");
    const std::uint64_t writes = disk_.writes();
    const std::uint64_t syncs = disk_.syncs();
    for (int i = 0; i < 25; ++i) append("m" + std::to_string(i));
    settle();
    EXPECT_EQ(confirmed_.size(), 26U);
    EXPECT_EQ(disk_.writes(), writes + 1);
    EXPECT_EQ(disk_.syncs(), syncs + 1);
    EXPECT_EQ(journal_->stats().records, 26U);
}

TEST_F(JournalTest, what_arrives_during_a_commit_shares_the_next) {
    open();
    store("first");
    const std::uint64_t syncs = disk_.syncs();
    Batch batch;
    batch.records.push_back(record("a"));
    batch.done = [this](const auto&) {
        for (const char* text : {"b", "c", "d"}) append(text);
    };
    journal_->append(std::move(batch));
    settle();
    EXPECT_EQ(disk_.syncs(), syncs + 2);
    EXPECT_THAT(confirmed_, ElementsAre("first", "b", "c", "d"));
}

TEST_F(JournalTest, one_write_is_bounded) {
    options_.write_bytes_max = 1000;
    open();
    store("first");
    const std::uint64_t writes = disk_.writes();
    for (int i = 0; i < 10; ++i) append(std::string(400, static_cast<char>('a' + i)));
    settle();
    EXPECT_EQ(disk_.writes(), writes + 5);
    EXPECT_EQ(confirmed_.size(), 11U);
}

TEST_F(JournalTest, without_syncs_nothing_is_synced_for_a_commit) {
    options_.sync = Options::Sync::never;
    open();
    store("first");
    const std::uint64_t syncs = disk_.syncs();
    store("second");
    EXPECT_EQ(disk_.syncs(), syncs);
    kill();
    open();
    EXPECT_THAT(replayed_, ElementsAre("first", "second"));
}

TEST_F(JournalTest, without_syncs_a_crash_leaves_a_beginning) {
    options_.sync = Options::Sync::never;
    options_.file_bytes = 2048;
    hold_all_ = true;
    for (int round = 0; round < 300; ++round) {
        disk_ = {};
        open();
        Strings all;
        for (int i = 0; i < 30; ++i) {
            all.push_back(std::to_string(i) + std::string(random_.below(300), '.'));
            append(Strings{all.back()}, 1);
            settle();
        }
        crash();
        options_.sync = round % 2 == 0 ? Options::Sync::never : Options::Sync::always;
        open();
        ASSERT_LE(replayed_.size(), all.size());
        all.resize(replayed_.size());
        EXPECT_EQ(replayed_, all);
        store("on");
        crash();
        replay();
        if (options_.sync == Options::Sync::always) all.push_back("on");
        ASSERT_GE(replayed_.size(), all.size());
        replayed_.resize(all.size());
        EXPECT_EQ(replayed_, all);
        drop();
        options_.sync = Options::Sync::never;
    }
}

TEST_F(JournalTest, a_batch_may_consist_of_releases_only) {
    open();
    append(Strings{"a"}, 2);
    settle();
    EXPECT_EQ(journal_->oldest().holds, 2U);
    bool done = false;
    Batch batch;
    batch.releases = {{.lsn = places_["a"].lsn}};
    batch.done = [&](Result<std::span<const Position>> result) {
        done = result.has_value() && result->empty();
    };
    const std::uint64_t writes = disk_.writes();
    journal_->append(std::move(batch));
    settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(disk_.writes(), writes);
    EXPECT_EQ(journal_->oldest().holds, 1U);
}

TEST_F(JournalTest, large_parts_are_written_from_where_they_lie) {
    open();
    const std::string large(40'000, 'x');
    Batch batch;
    batch.records.push_back(
        {.type = 7,
         .holds = 0,
         .parts = {Buffer::copy_of(as_bytes("head")), Buffer::copy_of(as_bytes(large)), Buffer(),
                   Buffer::copy_of(as_bytes("tail"))}});
    batch.records.push_back(record("next"));
    journal_->append(std::move(batch));
    settle();
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("head" + large + "tail", "next"));
}

TEST_F(JournalTest, reads_a_record_back_and_checks_it) {
    open();
    store(Strings{"a", "b"});
    store("c");
    for (const char* text : {"a", "b", "c"}) {
        EXPECT_EQ(as_text(journal_->read(places_[text])->bytes()), text);
    }
    disk_.flip_bit(file(1), places_["b"].offset + 12, 3);
    EXPECT_EQ(journal_->read(places_["b"]).error(), Errc::corrupt);

    Position wrong = places_["c"];
    wrong.lsn = Lsn(1);
    EXPECT_EQ(journal_->read(wrong).error(), Errc::corrupt);
    wrong = places_["c"];
    wrong.journal = 1;
    EXPECT_EQ(journal_->read(wrong).error(), Errc::corrupt);
    wrong = places_["c"];
    wrong.offset = 1'000'000;
    EXPECT_EQ(journal_->read(wrong).error(), Errc::corrupt);
}

TEST_F(JournalTest, close_waits_for_what_was_appended_and_refuses_the_rest) {
    open();
    append("a");
    bool closed = false;
    journal_->close([&] {
        closed = true;
        EXPECT_THAT(confirmed_, ElementsAre("a"));
    });
    append("late");
    settle();
    EXPECT_TRUE(closed);
    EXPECT_THAT(failed_, ElementsAre("late"));
    EXPECT_EQ(error_, Errc::closed);
    drop();
    open();
    EXPECT_THAT(replayed_, ElementsAre("a"));
}

TEST_F(JournalTest, may_be_closed_while_a_commit_completes) {
    open();
    bool closed = false;
    Batch batch;
    batch.records.push_back(record("a"));
    batch.done = [&](const auto&) { journal_->close([&] { closed = true; }); };
    journal_->append(std::move(batch));
    settle();
    EXPECT_TRUE(closed);
}

TEST_F(JournalTest, may_be_destroyed_as_soon_as_it_says_that_it_is_closed) {
    open();
    for (int i = 0; i < 100; ++i) append(std::string(700, 'x'));
    journal_->close([this] { journal_.reset(); });
    settle();
    EXPECT_EQ(journal_, nullptr);
    EXPECT_EQ(confirmed_.size(), 100U);
}

TEST_F(JournalTest, the_latest_batch_can_be_withdrawn_until_it_is_written) {
    open();
    store("a");
    bool called = false;
    Batch batch;
    batch.records.push_back(record("b"));
    batch.done = [&](const auto&) { called = true; };
    const Lsn b = journal_->append(std::move(batch));
    append("c");
    EXPECT_FALSE(journal_->withdraw(b)) << "it is not the latest";
    EXPECT_TRUE(journal_->withdraw(Lsn(b.value + 1)));
    EXPECT_TRUE(journal_->withdraw(b));
    settle();
    EXPECT_FALSE(called);
    store("d");
    EXPECT_EQ(places_["d"].lsn, b);
    EXPECT_FALSE(journal_->withdraw(b)) << "it is written";
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("a", "d"));
}

TEST_F(JournalTest, a_failed_write_is_final) {
    open();
    store("a");
    disk_.fail_write(1, std::errc::no_space_on_device);
    append("b");
    append("c");
    settle();
    store("d");
    EXPECT_THAT(failed_, ElementsAre("b", "c", "d"));
    EXPECT_EQ(error_, std::errc::no_space_on_device);
    close();
    crash();
    open();
    EXPECT_THAT(replayed_, ElementsAre("a"));
}

TEST_F(JournalTest, a_failed_sync_is_final_and_never_repeated) {
    open();
    store("a");
    const std::uint64_t syncs = disk_.syncs();
    disk_.fail_sync(1, std::errc::io_error);
    store("b");
    store("c");
    EXPECT_EQ(disk_.syncs(), syncs + 1);
    EXPECT_THAT(confirmed_, ElementsAre("a"));
    EXPECT_THAT(failed_, ElementsAre("b", "c"));
    EXPECT_EQ(error_, std::errc::io_error);
}

TEST_F(JournalTest, not_being_able_to_make_a_file_ahead_is_no_failure) {
    options_.file_bytes = 1024;
    open();
    append("a");
    world_->step();  // the commit; the helper comes next
    disk_.fail_write(1, std::errc::no_space_on_device);
    settle();
    for (int i = 0; i < 50; ++i) {
        append(Strings{std::string(100, 'x')}, 1);
        settle();
    }
    EXPECT_THAT(failed_, IsEmpty());
    EXPECT_GT(journal_->stats().files, 3U);
}

}  // namespace
}  // namespace tern::journal
