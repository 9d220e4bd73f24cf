// Queues of which every consumer gets everything and where everything stays.

#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CopiesStory : public QueueStory {
protected:
    CopiesStory() { queue_.follow({.non_destructive = true}); }
};

TEST_F(CopiesStory, everybody_gets_everything_and_it_stays) {
    publish("1");
    open('a', 10);
    open('b', 10);
    publish("2");
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    EXPECT_THAT(got('b'), ElementsAre("1", "2"));
    settle('a', {"1", "2"}, Outcome::accept);
    settle('b', {"1"}, Outcome::reject);
    EXPECT_EQ(queue_.size(), 2U);
    EXPECT_THAT(settled_, IsEmpty());
    open('c', 10);
    EXPECT_THAT(got('c'), ElementsAre("1", "2"));
    EXPECT_THAT(got('a'), IsEmpty());
}

TEST_F(CopiesStory, each_goes_as_far_as_its_own_credit) {
    for (const char* name : {"1", "2", "3"}) publish(name);
    open('a', 1);
    open('b', 2);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    EXPECT_THAT(got('b'), ElementsAre("1", "2"));
    queue_.grant(ref('a'), 1);
    EXPECT_THAT(got('a'), ElementsAre("2"));
}

TEST_F(CopiesStory, a_selector_chooses_and_the_rest_is_passed_over) {
    for (const char* name : {"x1", "y2", "x3"}) publish(name);
    open('a', {.credit = 10}, "kind = 'x'");
    EXPECT_THAT(got('a'), ElementsAre("x1", "x3"));
}

TEST_F(CopiesStory, what_a_consumer_gives_back_it_alone_gets_again) {
    publish("1");
    publish("2");
    open('a', 10);
    open('b', 10);
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    EXPECT_THAT(got('b'), ElementsAre("1", "2"));
    settle('a', {"1"}, Outcome::fail);
    EXPECT_THAT(got('a'), ElementsAre("1!"));
    EXPECT_THAT(got('b'), IsEmpty());
}

TEST_F(CopiesStory, tags_say_nothing_that_a_transaction_could_remove) {
    publish("1", 5);
    open('a', 10);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    EXPECT_FALSE(tags_.at("1").at);
    queue_.stage(ref('a'), ordinals({"1"}));
    queue_.commit_staged(ordinals({"1"}));
    EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(CopiesStory, it_ends_with_the_time_of_a_message_and_with_newer_ones) {
    MessageHeader header;
    header.expires_at_ms = 2000;
    publish_as("1", header);
    publish("2");
    publish("3");
    open('a', 1);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    now_ms_ = 3000;
    open('b', 10);
    EXPECT_THAT(got('b'), ElementsAre("2", "3"));
    EXPECT_THAT(dead_, ElementsAre("1 expired"));
    queue_.limit_waiting(1, Discard::oldest, nullptr);
    queue_.discard();
    open('c', 10);
    EXPECT_THAT(got('c'), ElementsAre("3"));
}

TEST_F(CopiesStory, the_rule_changes_when_nobody_is_there) {
    publish("1");
    open('a', 10);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    queue_.follow({});
    open('b', 10);
    EXPECT_THAT(got('b'), ElementsAre("1"));
    close('a');
    close('b');
    open('c', 10);
    EXPECT_THAT(got('c'), ElementsAre("1"));
    settle('c', {"1"}, Outcome::accept);
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CopiesStory, what_waits_on_disk_comes_for_whoever_reads_it) {
    for (int i = 0; i < 300; ++i) publish("m" + std::to_string(i));
    queue_.leave_memory(0);
    work_of_disk();
    queue_.leave_memory(0);
    open('a', 1000);
    std::size_t count = 0;
    for (int i = 0; i < 10; ++i) {
        count += got('a').size();
        work_of_disk();
    }
    EXPECT_EQ(count, 300U);
}

TEST_F(CopiesStory, a_subscription_begins_with_what_was_earlier) {
    queue_.follow({});
    publish("3");
    const auto message = [](std::string_view name) {
        return Message::create({}, {}, {}, as_bytes(name), nullptr);
    };
    queue_.begin_with(std::vector{message("1"), message("2")});
    publish("4");
    open('a', 10);
    EXPECT_THAT(got('a'), ElementsAre("1", "2", "3", "4"));
}

}  // namespace
}  // namespace tern::broker
