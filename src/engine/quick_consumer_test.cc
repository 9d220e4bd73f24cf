#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using testing::IsEmpty;

/// Consumers that are quicker than the disk: docs/adr/0009.
class QuickConsumerTest : public EngineStory {
protected:
    static constexpr std::uint64_t kMessages = 100;

    /// Each message is accepted as soon as it comes. Returns how many records that took.
    std::uint64_t exchange() {
        StoryClient& a = connect();
        a.subscribe("c", "q");
        idle();
        const std::uint64_t before = journal_->stats().records;
        for (std::uint64_t i = 0; i < kMessages; ++i) {
            const std::string name = std::to_string(i);
            a.publish("q", name);
            while (a.got("c").empty() && world_->step()) {
            }
            a.settle(name);
            idle();
            EXPECT_TRUE(a.ok(name));
        }
        return journal_->stats().records - before;
    }
};

TEST_F(QuickConsumerTest, what_is_accepted_before_it_is_written_is_never_written) {
    const std::uint64_t records = exchange();
    EXPECT_LT(records, 2 * kMessages);
    EXPECT_EQ(records % 2, 0U) << "a message and its ack are left out together";
    crash();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_F(QuickConsumerTest, everything_is_written_when_the_operator_says_so) {
    configure({.virtual_topics = {}, .policies = {}, .dispatch_while_storing = false});
    EXPECT_EQ(exchange(), 2 * kMessages);
    crash();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_F(QuickConsumerTest, nobody_gets_a_part_of_a_transaction_before_it_is_safe) {
    StoryClient& a = connect();
    a.subscribe("c", "q", 2 * kMessages);
    idle();
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
        const std::uint64_t before = journal_->stats().records;
        a.begin(i);
        a.publish_in(i, "q", "in " + std::to_string(i));
        a.commit(i);
        a.publish("q", "behind " + std::to_string(i));
        std::vector<std::string> got;
        while (got.empty() && world_->step()) got = a.got("c");
        EXPECT_GT(journal_->stats().records, before);
        EXPECT_EQ(got.front(), "in " + std::to_string(i));
        idle();
        std::ignore = a.got("c");
    }
}

TEST_F(QuickConsumerTest, waiting_for_acks_ends_when_they_do_not_come_and_is_tried_again) {
    AckWait wait;
    std::size_t waits = 0;
    for (int i = 0; i < 1000; ++i) {
        if (!wait.worth_it()) continue;
        ++waits;
        wait.did_not_come();
    }
    EXPECT_GT(waits, 4U);
    EXPECT_LT(waits, 30U);
    while (!wait.worth_it()) {
    }
    wait.came();
    EXPECT_TRUE(wait.worth_it());
}

}  // namespace
}  // namespace tern::engine
