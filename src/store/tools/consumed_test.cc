#include "store/tools/consumed.h"

#include "store/tools/tools_fixture.h"

namespace tern::store::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConsumedTest : public ToolsStory {
protected:
    ConsumedTest() { archives_ = true; }

    MessagePtr sent_at(std::int64_t ms, const std::string& text) {
        return Message::create({.durable = Durable::yes, .timestamp_ms = ms}, {}, {},
                               as_bytes(text), nullptr);
    }
    /// Queues 1 and 9, `A` and `fill`.
    void define_both() {
        for (auto& [queue, at] : defined_) {
            Batch batch;
            const std::string name = queue == 1 ? "A" : "fill";
            batch.define({.queue = broker::QueueId{queue},
                          .bindings = {{broker::Domain::queue, false, name}}});
            if (at != 0) batch.release({at});
            append(std::move(batch));
            at = last_lsn_;
        }
    }
    /// Sends and consumes on queue 9 what fills some files; those before it are archived.
    void fill_files() {
        for (int i = 0; i < 40; ++i) settle(9, publish({9}, std::string(1000, '.')));
        define_both();
        for (int i = 0; i < 40; ++i) settle(9, publish({9}, std::string(1000, '.')));
        ASSERT_FALSE(std::filesystem::is_empty(root_ + "/data/journal-archive"));
        ASSERT_FALSE(std::filesystem::exists(root_ + "/data/journal/00000001.log"));
    }
    /// What a new store has that was made of the archive of what is asked for.
    Strings consumed(const ConsumedOptions& options) {
        const auto contents = read();
        MemoryArchive archive;
        ArchiveWriter writer(archive);
        const auto done = copy_consumed(*disk_, *contents, writer, options, 1'750'000'000'000);
        if (!done) return {done.error()};
        found_ = *done;
        const auto disk = import_as(std::to_string(++imports_), archive);
        const auto imported = read(*disk);
        EXPECT_THAT(damages(*imported), IsEmpty());
        return texts(*imported);
    }

    std::map<std::uint32_t, std::uint64_t> defined_{{1, 0}, {9, 0}};  ///< where
    ConsumedCopied found_;
    int imports_ = 0;
};

TEST_F(ConsumedTest, has_what_archive_and_journal_have_and_no_queue) {
    open();
    define_both();
    settle(1, publish({1}, "early"));
    fill_files();
    subscribe(3, "T", "client", "sub");
    const std::uint64_t waits = publish({1}, "waits");
    const std::uint64_t both = publish({1, 3}, "both");
    settle(1, both);
    page_out(1, waits, "waits");
    page_out(3, both, "both");
    settle(1, publish({1}, "late"));
    close();

    EXPECT_THAT(consumed({.queue = "A"}),
                ElementsAre("queue://A: early!", "queue://A: both!", "queue://A: late!"));
    EXPECT_EQ(found_.copied.queues, 1U);
    EXPECT_THAT(found_.gaps, IsEmpty());
    EXPECT_THAT(consumed({.queue = "client:sub"}), IsEmpty()) << "it still waits there";
    EXPECT_EQ(consumed({}).size(), 83U);
    EXPECT_THAT(consumed({.queue = "B"}), ElementsAre("there is and was no queue B"));
}

TEST_F(ConsumedTest, can_be_had_of_a_time) {
    open();
    define(1, "A");
    const auto gone = [this](const MessagePtr& message) { settle(1, publish({1}, message)); };
    gone(sent_at(1000, "before"));
    gone(sent_at(2000, "first"));
    gone(sent_at(0, "with the first"));
    gone(sent_at(2999, "last"));
    gone(sent_at(3000, "behind"));
    gone(sent_at(0, "with that"));
    close();
    EXPECT_THAT(consumed({.since_ms = 2000, .before_ms = 3000}),
                ElementsAre("queue://A: first!", "queue://A: with the first!", "queue://A: last!"));
}

TEST_F(ConsumedTest, of_a_queue_that_is_gone_has_messages_again) {
    open();
    define(1, "A");
    const broker::StoredAt definition{last_lsn_};
    settle(1, publish({1}, "gone"));
    const broker::StoredAt left{publish({1}, "removed with it")};
    Batch batch;
    batch.remove(broker::QueueId{1}, definition, std::array{left});
    append(std::move(batch));
    close();
    EXPECT_THAT(consumed({}), ElementsAre("queue://A: gone!", "queue://A: removed with it!"));
}

TEST_F(ConsumedTest, what_prepared_transactions_have_accepted_is_not_consumed) {
    write_some_of_everything();
    EXPECT_THAT(consumed({}), ElementsAre("queue://A: gone!", "queue://B: paged and gone!"));
}

TEST_F(ConsumedTest, says_which_bodies_and_files_are_gone) {
    open();
    define_both();
    settle(1, publish_large(1, 100'000));
    bodies_.clear();
    world_->run_until_idle();
    fill_files();
    settle(1, publish({1}, "late"));
    close();
    EXPECT_THAT(consumed({.queue = "A"}), ElementsAre("queue://A: late!"));
    EXPECT_EQ(found_.copied.lost, 1U);
    std::filesystem::remove(root_ + "/data/journal-archive/00000002.log");
    EXPECT_THAT(consumed({.queue = "A"}), ElementsAre("queue://A: late!"));
    ASSERT_FALSE(found_.gaps.empty());
    EXPECT_EQ(found_.gaps[0].file, "journal-archive/00000002.log");
}

TEST_F(ConsumedTest, goes_aside_with_the_journal_that_it_is_of) {
    open();
    define_both();
    fill_files();
    close();
    const auto archived = disk_->list("journal-archive").value();
    const auto contents = read();
    const auto done = repair(*disk_, *contents, 4713, 1'760'000'000'000);
    ASSERT_TRUE(done) << done.error();
    // Files of the new journal have the same names.
    EXPECT_THAT(disk_->list("journal-archive").value(), IsEmpty());
    EXPECT_EQ(disk_->list(done->aside + "/journal-archive").value(), archived);
}

TEST(TimeOfTest, reads_what_time_text_writes_and_less) {
    EXPECT_EQ(time_of("2026-01-31T12:00:01.250Z"), 1'769'860'801'250);
    EXPECT_EQ(time_text(1'769'860'801'250), "2026-01-31T12:00:01.250Z");
    EXPECT_EQ(time_of("2026-01-31T12:00:01Z"), 1'769'860'801'000);
    EXPECT_EQ(time_of("2026-01-31T12:00Z"), 1'769'860'800'000);
    EXPECT_EQ(time_of("2026-01-31"), 1'769'817'600'000);
    for (const char* const wrong : {"", "noon", "2026-01-31T12", "2026-01-31T12:00:01",
                                    "2026-01-31T12:00:01.25Z", "2026-01-31 "}) {
        EXPECT_FALSE(time_of(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace tern::store::tools
