// Messages whose bodies lie in files of their own.
#include "engine/engine_story.h"
#include "store/large_format.h"

#include <fmt/format.h>

namespace tern::engine {
namespace {

using broker::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kBody = 1'000'000;
constexpr std::size_t kSmallBody = 300'000;

class LargeMessagesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    LargeMessagesTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    std::vector<std::string> files() {
        idle();
        return disk_.list(store::kLargeFolder).value();
    }
    /// Takes all there is and accepts it; the bodies are looked at.
    std::vector<std::string> consume(const std::string& queue, std::size_t bytes = kBody) {
        StoryClient& client = connect();
        client.subscribe("c", queue);
        idle();
        const auto names = client.got("c");
        for (std::string name : names) {
            if (name.ends_with('!')) name.pop_back();
            if (client.has_body(name)) {
                client.read(name);
                idle();
                EXPECT_EQ(client.read_bytes(name), bytes) << name;
            }
            client.settle(name);
        }
        client.forget_bodies();
        idle();
        client.disconnect();
        idle();
        return names;
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, LargeMessagesTest, testing::Values(1, 2));

TEST_P(LargeMessagesTest, comes_whole_and_takes_its_file_along) {
    StoryClient& a = connect();
    a.publish_in_file("q", "big", kBody);
    idle();
    EXPECT_TRUE(a.ok("big"));
    EXPECT_THAT(files(), SizeIs(1));
    EXPECT_EQ(large_files_->stats().bytes, store::large_file_bytes(kBody));
    EXPECT_GE(store_->disk_bytes(), kBody);
    EXPECT_THAT(consume("q"), ElementsAre("big"));
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(large_files_->stats().bytes, 0U);
}

TEST_P(LargeMessagesTest, outlives_a_crash_once_confirmed) {
    StoryClient& a = connect();
    a.publish_in_file("q", "one", kBody);
    idle();
    ASSERT_TRUE(a.ok("one"));
    crash();
    EXPECT_THAT(files(), SizeIs(1));
    EXPECT_THAT(consume("q"), ElementsAre("one"));
    EXPECT_THAT(files(), IsEmpty());
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(LargeMessagesTest, is_there_whole_or_not_at_all_wherever_power_fails) {
    int kept = 0;
    for (std::uint64_t nth = 1; nth < 30; ++nth) {
        StoryClient& a = connect();
        disk_.cut_power_at(nth);
        a.publish_in_file("q", "m", kSmallBody);
        idle();
        const bool confirmed = a.ok("m");
        crash();
        const auto left = on("q");
        ASSERT_TRUE(!confirmed || left.size() == 1) << nth;
        ASSERT_THAT(files(), SizeIs(left.size())) << nth;
        kept += static_cast<int>(consume("q", kSmallBody).size());
        ASSERT_THAT(files(), IsEmpty()) << nth;
    }
    EXPECT_GT(kept, 0);
}

TEST_P(LargeMessagesTest, leaves_nothing_when_it_breaks_off) {
    StoryClient& a = connect();
    a.begin_body(kBody);
    EXPECT_THAT(files(), SizeIs(1));
    a.drop_body();
    EXPECT_THAT(files(), IsEmpty());
    a.begin_body(kBody);
    idle();
    a.disconnect();
    a.drop_body();
    EXPECT_THAT(files(), IsEmpty());
    StoryClient& b = connect();
    b.begin_body(kBody);
    idle();
    crash();
    EXPECT_THAT(files(), IsEmpty()) << "a start removes what nobody refers to";
}

TEST_P(LargeMessagesTest, keeps_its_place_among_the_messages_of_its_connection) {
    StoryClient& a = connect();
    a.publish("q", "before");
    a.publish_in_file("q", "big", kBody);
    a.publish("q", "behind");
    EXPECT_THAT(on("q"), ElementsAre("before", "big", "behind"));
}

TEST_P(LargeMessagesTest, belongs_to_a_transaction_like_any_other) {
    StoryClient& a = connect();
    a.begin(1);
    a.begin_body(kBody);
    a.publish_body("q", "rolled back", 1);
    idle();
    EXPECT_THAT(files(), SizeIs(1));
    a.rollback(1);
    EXPECT_THAT(files(), IsEmpty());
    a.begin(2);
    a.begin_body(kBody);
    a.publish_body("q", "committed", 2);
    a.commit(2);
    idle();
    EXPECT_TRUE(a.ok("commit 2"));
    crash();
    EXPECT_THAT(consume("q"), ElementsAre("committed"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, waits_in_a_prepared_branch) {
    StoryClient& a = connect();
    a.join(1, "branch");
    a.begin_body(kBody);
    a.publish_body("q", "prepared", 1);
    a.prepare("branch");
    idle();
    crash();
    EXPECT_THAT(files(), SizeIs(1));
    connect().finish("branch", broker::BranchEnd::commit_prepared);
    EXPECT_THAT(consume("q"), ElementsAre("prepared"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, is_one_file_for_all_who_get_it) {
    StoryClient& a = connect();
    a.identify("client", "");
    for (const char* const name : {"s1", "s2"}) {
        a.subscribe_named(name, "topic t", {.key = {"client", name}});
    }
    idle();
    a.publish_in_file("topic t", "news", kBody);
    EXPECT_THAT(files(), SizeIs(1));
    a.settle("news");  // s2's, as the later one
    a.forget_bodies();
    EXPECT_THAT(files(), SizeIs(1));
    restart();
    EXPECT_THAT(files(), SizeIs(1));
    StoryClient& b = connect();
    b.identify("client", "");
    for (const char* const name : {"s1", "s2"}) {
        b.subscribe_named(name, "topic t", {.key = {"client", name}});
    }
    idle();
    b.settle("news");
    b.forget_bodies();
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, goes_to_where_dead_letters_go) {
    StoryClient& a = connect();
    a.publish_in_file("q", "poison", kBody);
    a.subscribe("c", "q");
    idle();
    a.settle("poison", Outcome::reject);
    a.forget_bodies();
    EXPECT_THAT(files(), SizeIs(1));
    EXPECT_THAT(on("q"), IsEmpty());
    crash();
    EXPECT_THAT(consume("ActiveMQ.DLQ"), ElementsAre("poison"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, comes_back_after_a_failure) {
    StoryClient& a = connect();
    a.publish_in_file("q", "again", kBody);
    a.subscribe("c", "q");
    idle();
    a.forget_bodies();
    a.disconnect();
    EXPECT_THAT(files(), SizeIs(1));
    EXPECT_THAT(consume("q"), ElementsAre("again!"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, lies_in_a_segment_when_it_waits_for_long) {
    StoryClient& a = connect();
    a.publish_in_file("q", "old", kBody);
    a.publish_in_file("q", "old too", kBody);
    // Files of the journal come and go meanwhile.
    for (int i = 0; i < 60; ++i) {
        a.publish("other", std::to_string(i) + std::string(2000, 'x'));
        idle();
    }
    EXPECT_FALSE(segments_->set().empty());
    restart();
    restart();
    EXPECT_THAT(files(), SizeIs(2));
    EXPECT_THAT(consume("q"), ElementsAre("old", "old too"));
    EXPECT_THAT(files(), IsEmpty());
    restart();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(LargeMessagesTest, goes_with_its_queue) {
    StoryClient& a = connect();
    a.publish_in_file("q", "big", kBody);
    for (int i = 0; i < 60; ++i) {
        a.publish("other", std::to_string(i) + std::string(2000, 'x'));
        idle();
    }
    a.publish_in_file("q", "bigger", kBody);
    EXPECT_THAT(files(), SizeIs(2));
    a.remove("q");
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, can_be_wanted_later) {
    Settings settings;
    settings.scheduler.enabled = true;
    configure(std::move(settings));
    StoryClient& a = connect();
    a.begin_body(kBody);
    a.publish_body("q", "later", 0, "AMQ_SCHEDULED_DELAY=5000");
    EXPECT_THAT(on("q"), IsEmpty());
    crash();
    EXPECT_THAT(files(), SizeIs(1));
    pass(Millis(6000));
    EXPECT_THAT(consume("q"), ElementsAre("later"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_P(LargeMessagesTest, is_refused_when_the_disk_is_full) {
    StoryClient& a = connect();
    a.publish("q", "small");
    idle();
    disk_.set_capacity(disk_.bytes() + store_->reserve_bytes() + 600'000);
    a.publish_in_file("q", "big", kBody);
    a.publish("q", "behind");
    idle();
    EXPECT_EQ(a.answer("big"), broker::Errc::no_space);
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_TRUE(a.ok("behind"));
    disk_.set_capacity(UINT64_MAX);
    a.publish_in_file("q", "fits", kBody);
    EXPECT_THAT(on("q"), ElementsAre("small", "behind", "fits"));
}

TEST_P(LargeMessagesTest, is_refused_when_it_cannot_be_written) {
    StoryClient& a = connect();
    a.publish("q", "small");
    idle();
    disk_.fail_write(2, std::errc::io_error);
    a.publish_in_file("q", "big", kBody);
    idle();
    EXPECT_EQ(a.answer("big"), broker::Errc::storage_failed);
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(storage_failures_, 0);
    EXPECT_THAT(on("q"), ElementsAre("small"));
}

TEST_P(LargeMessagesTest, holds_up_its_connection_while_the_disk_is_slow) {
    StoryClient& a = connect();
    constexpr std::size_t kMore = Connection::kUnconfirmedBytesMax + kBody;
    let_through(0);
    a.begin_body(kMore);
    idle();
    EXPECT_TRUE(a.connection().blocked());
    let_all_through();
    idle();
    EXPECT_FALSE(a.connection().blocked());
}

TEST_P(LargeMessagesTest, counts_as_consumed_when_its_file_is_gone) {
    StoryClient& a = connect();
    a.publish_in_file("q", "big", kBody);
    a.publish("q", "small");
    const auto there = files();
    ASSERT_THAT(there, SizeIs(1));
    idle();
    ASSERT_TRUE(disk_.remove(fmt::format("{}/{}", store::kLargeFolder, there.front())));
    ASSERT_TRUE(disk_.sync_folder(store::kLargeFolder));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("small"));
}

TEST_P(LargeMessagesTest, is_not_read_when_it_is_damaged) {
    StoryClient& a = connect();
    a.publish_in_file("q", "big", kBody);
    const auto there = files();
    ASSERT_THAT(there, SizeIs(1));
    disk_.flip_bit(fmt::format("{}/{}", store::kLargeFolder, there.front()), 300'000, 3);
    a.subscribe("c", "q");
    idle();
    a.read("big");
    idle();
    EXPECT_LE(a.read_bytes("big"), 300'000U);
}

}  // namespace
}  // namespace tern::engine
