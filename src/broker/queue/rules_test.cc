// Who gets what, and when, as the queue's policy has it.

#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RulesStory : public QueueStory {
protected:
    void publish_all(const std::vector<std::string>& names) {
        for (const std::string& name : names) publish(name);
    }
    /// A message's priority is the digit at the end of its name.
    void publish_with_priority(const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            MessageHeader header;
            header.priority = static_cast<std::uint8_t>(name.back() - '0');
            publish_as(name, header);
        }
    }
};

TEST_F(RulesStory, without_the_rule_priority_is_only_carried) {
    publish_with_priority({"a1", "b9"});
    open('x', 10);
    EXPECT_THAT(got('x'), ElementsAre("a1", "b9"));
}

TEST_F(RulesStory, of_a_backlog_the_highest_priority_comes_first) {
    queue_.follow({.prioritized = true});
    publish_with_priority({"a1", "b4", "c9", "d4", "e0", "f9"});
    open('x', 4);
    EXPECT_THAT(got('x'), ElementsAre("c9", "f9", "b4", "d4"));
    publish_with_priority({"g5"});
    queue_.grant(ref('x'), 5);
    EXPECT_THAT(got('x'), ElementsAre("g5", "a1", "e0"));
}

TEST_F(RulesStory, what_comes_back_is_the_first_of_its_priority) {
    queue_.follow({.prioritized = true});
    publish_with_priority({"a4", "b9", "c4"});
    open('x', 2);
    EXPECT_THAT(got('x'), ElementsAre("b9", "a4"));
    settle('x', {"a4"}, Outcome::release);
    publish_with_priority({"d5"});
    queue_.grant(ref('x'), 5);
    EXPECT_THAT(got('x'), ElementsAre("d5", "a4", "c4"));
}

TEST_F(RulesStory, a_selector_takes_the_highest_priority_it_matches) {
    queue_.follow({.prioritized = true});
    publish_with_priority({"a1", "b9", "a5", "b2", "a7"});
    open('x', {.credit = 2}, "kind = 'a'");
    EXPECT_THAT(got('x'), ElementsAre("a7", "a5"));
    publish_with_priority({"a8"});
    queue_.grant(ref('x'), 5);
    EXPECT_THAT(got('x'), ElementsAre("a8", "a1"));
}

TEST_F(RulesStory, priorities_hold_for_what_waits_on_disk) {
    queue_.follow({.prioritized = true});
    for (int i = 0; i < 300; ++i) publish_with_priority({"m" + std::to_string(i) + "x4"});
    publish_with_priority({"late9"});
    for (int i = 0; i < 100; ++i) publish_with_priority({"n" + std::to_string(i) + "x4"});
    queue_.leave_memory(0);
    work_of_disk();
    queue_.leave_memory(0);
    open('x', 2);
    dispatch();
    work_of_disk();
    EXPECT_THAT(got('x'), ElementsAre("late9", "m0x4"));
}

TEST_F(RulesStory, there_may_be_more_priorities_than_jms_has) {
    queue_.limit_priority(20);
    queue_.follow({.prioritized = true});
    for (const auto& [name, priority] :
         {std::pair{"low", 3}, std::pair{"above", 200}, std::pair{"high", 19}, std::pair{"top", 20},
          std::pair{"middle", 12}}) {
        MessageHeader header;
        header.priority = static_cast<std::uint8_t>(priority);
        publish_as(name, header);
    }
    open('x', 10);
    EXPECT_THAT(got('x'), ElementsAre("above", "top", "high", "middle", "low"));
}

TEST_F(RulesStory, who_lasts_is_not_taken_over_from) {
    queue_.follow({.all_exclusive = true, .lasting_exclusive = true});
    open('a', 10);
    open('b', {.credit = 10, .priority = 5});
    publish_all({"1", "2"});
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    EXPECT_THAT(got('b'), IsEmpty());
    queue_.retire(ref('a'));
    publish_all({"3"});
    EXPECT_THAT(got('b'), ElementsAre("3"));
}

TEST_F(RulesStory, what_has_expired_when_it_comes_is_for_those_who_are_there) {
    queue_.follow({.expired_on_arrival = true});
    MessageHeader header;
    header.expires_at_ms = now_ms_;
    open('x', 1);
    publish_as("a", header);
    publish_as("b", header);
    EXPECT_THAT(got('x'), ElementsAre("a"));
    queue_.grant(ref('x'), 1);
    EXPECT_THAT(got('x'), IsEmpty());
    EXPECT_THAT(dead_, ElementsAre("b expired"));
}

TEST_F(RulesStory, what_has_no_room_dies_the_oldest_first) {
    queue_.follow({.overflow_dies = true});
    queue_.limit_waiting(2, Discard::oldest, nullptr);
    publish_all({"a", "b", "c"});
    queue_.discard();
    EXPECT_THAT(dead_, ElementsAre("a rejected"));
    queue_.limit_waiting(SIZE_MAX, Discard::oldest, nullptr);
    queue_.limit_waiting_bytes(1);
    queue_.discard();
    EXPECT_THAT(dead_, ElementsAre("a rejected", "b rejected"));
    queue_.limit_waiting_bytes(0);
    queue_.discard();
    EXPECT_EQ(queue_.ready(), 0U);
}

TEST_F(RulesStory, what_dies_for_want_of_room_comes_from_the_disk_first) {
    queue_.follow({.overflow_dies = true});
    for (int i = 0; i < 300; ++i) publish("m" + std::to_string(i));
    queue_.leave_memory(0);
    work_of_disk();
    queue_.leave_memory(0);
    queue_.limit_waiting(100, Discard::oldest, nullptr);
    for (int turn = 0; turn < 20 && queue_.ready() > 100; ++turn) {
        queue_.discard();
        work_of_disk();
    }
    EXPECT_EQ(queue_.ready(), 100U);
    EXPECT_EQ(dead_.size(), 200U);
    EXPECT_EQ(dead_.front(), "m0 rejected");
}

TEST_F(RulesStory, who_sends_learns_how_much_room_there_is) {
    const auto admission = std::make_shared<Admission>();
    admission->limit(2, Admission::kAny);
    queue_.admit_by(admission);
    for (const char* name : {"a", "b"}) {
        ASSERT_TRUE(admission->admit(1));
        publish(name);
    }
    EXPECT_FALSE(admission->admit(1));
    open('x', 1);
    EXPECT_THAT(got('x'), ElementsAre("a"));
    queue_.note_bytes();
    EXPECT_TRUE(admission->admit(1));
}

TEST_F(RulesStory, in_strict_order_the_first_consumer_gets_all_it_may) {
    queue_.follow({.strict_order = true});
    open('a', 3);
    open('b', 3);
    publish_all({"1", "2", "3", "4", "5"});
    EXPECT_THAT(got('a'), ElementsAre("1", "2", "3"));
    EXPECT_THAT(got('b'), ElementsAre("4", "5"));
}

TEST_F(RulesStory, consumers_may_have_no_priority) {
    queue_.follow({.strict_order = true, .consumer_priority = false});
    open('l', {.credit = 2, .priority = 0});
    open('h', {.credit = 2, .priority = 9});
    publish_all({"1", "2", "3"});
    EXPECT_THAT(got('l'), ElementsAre("1", "2"));
    EXPECT_THAT(got('h'), ElementsAre("3"));
}

TEST_F(RulesStory, all_may_be_exclusive) {
    queue_.follow({.all_exclusive = true});
    open('a', 10);
    open('b', 10);
    publish_all({"1", "2"});
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    close('a');
    EXPECT_THAT(got('b'), ElementsAre("1", "2"));
}

TEST_F(RulesStory, the_first_messages_wait_for_enough_consumers) {
    queue_.follow({.consumers_first = 3, .wait_ms = 30'000});
    open('a', 10);
    open('b', 10);
    publish_all({"1"});
    EXPECT_THAT(got('a'), IsEmpty());
    EXPECT_THAT(wakes_, ElementsAre(now_ms_ + 30'000));
    open('c', 10);
    dispatch();
    EXPECT_EQ(queue_.ready(), 0U);
    close('c');
    publish_all({"2"});
    dispatch();
    EXPECT_EQ(queue_.ready(), 0U) << "once begun it goes on with fewer";
}

TEST_F(RulesStory, but_not_for_ever) {
    queue_.follow({.consumers_first = 2});
    open('a', 10);
    publish_all({"1"});
    EXPECT_THAT(got('a'), IsEmpty());
    now_ms_ += 999;
    EXPECT_FALSE(queue_.begin(now_ms_));
    EXPECT_THAT(got('a'), IsEmpty());
    now_ms_ += 1;
    EXPECT_TRUE(queue_.begin(now_ms_));
    EXPECT_THAT(got('a'), ElementsAre("1"));
    EXPECT_EQ(queue_.begins_at_ms(), Deadlines::kNever);

    // And anew after there was nobody.
    close('a');
    open('b', 10);
    EXPECT_THAT(got('b'), IsEmpty());
    now_ms_ += 1000;
    EXPECT_THAT(got('b'), ElementsAre("1"));
}

TEST_F(RulesStory, a_time_alone_holds_messages_back) {
    queue_.follow({.wait_ms = 500});
    open('a', 10);
    dispatch();
    publish_all({"1"});
    now_ms_ += 499;
    EXPECT_THAT(got('a'), IsEmpty());
    now_ms_ += 1;
    EXPECT_THAT(got('a'), ElementsAre("1"));
}

TEST_F(RulesStory, without_consumers_nothing_may_wait) {
    queue_.follow({.purge_without_consumers = true});
    publish_all({"1"});
    EXPECT_TRUE(queue_.has_work());
    queue_.purge_unwanted();
    EXPECT_EQ(queue_.size(), 0U);
    open('a', 0);
    publish_all({"2"});
    queue_.purge_unwanted();
    EXPECT_EQ(queue_.size(), 1U);
    close('a');
    queue_.purge_unwanted();
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(RulesStory, a_ring_drops_the_oldest_that_waits) {
    queue_.limit_waiting(3, Discard::oldest, nullptr);
    open('a', 1);
    publish_all({"1", "2", "3", "4", "5", "6"});
    EXPECT_THAT(got('a'), ElementsAre("1")) << "what somebody has does not count";
    queue_.discard();
    queue_.grant(ref('a'), 10);
    EXPECT_THAT(got('a'), ElementsAre("4", "5", "6"));
    publish_all({"7"});
    EXPECT_THAT(got('a'), ElementsAre("7"));
}

class LastValueStory : public QueueStory {
protected:
    LastValueStory() {
        queue_.keep_last_values([](const Message& message) {
            const std::string_view name = as_text(message.body().bytes());
            return name.front() == '-' ? std::string() : std::string(name.substr(0, 1));
        });
    }
};

TEST_F(LastValueStory, a_newer_message_replaces_the_one_that_waits) {
    for (const char* name : {"a1", "b1", "a2", "-1", "-2", "a3"}) publish(name, 1);
    EXPECT_EQ(queue_.size(), 4U);
    EXPECT_EQ(settled_.size(), 2U);
    open('x', 10);
    EXPECT_THAT(got('x'), ElementsAre("b1", "-1", "-2", "a3"));
    settle('x', {"a3"}, Outcome::accept);
    publish("a4", 1);
    EXPECT_THAT(got('x'), ElementsAre("a4"));
}

TEST_F(LastValueStory, what_somebody_has_is_replaced_when_it_comes_back) {
    publish("a1");
    open('x', 1);
    EXPECT_THAT(got('x'), ElementsAre("a1"));
    publish("a2");
    EXPECT_EQ(queue_.size(), 2U);
    settle('x', {"a1"}, Outcome::release);
    EXPECT_EQ(queue_.size(), 1U);
    queue_.grant(ref('x'), 1);
    EXPECT_THAT(got('x'), ElementsAre("a2"));
}

TEST_F(LastValueStory, the_rule_can_come_late) {
    queue_.keep_last_values(nullptr);
    for (const char* name : {"a1", "a2", "b1"}) publish(name);
    EXPECT_EQ(queue_.size(), 3U);
    queue_.keep_last_values([](const Message&) { return std::string("same"); });
    EXPECT_EQ(queue_.size(), 1U);
}

TEST(GroupMaps, a_simple_one_remembers_all_and_a_cached_one_the_latest) {
    Groups simple({.remembered = SIZE_MAX});
    Groups cached({.remembered = 10});
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        std::ignore = simple.assign(std::to_string(i), i % 7);
        std::ignore = cached.assign(std::to_string(i), i % 7);
    }
    EXPECT_EQ(simple.size(), 100'000U);
    EXPECT_EQ(simple.owner("3"), 3U);
    EXPECT_EQ(cached.size(), 10U);
    EXPECT_EQ(cached.owner("3"), Groups::kNone);
    EXPECT_EQ(cached.owner("99999"), 99999U % 7);
}

TEST(GroupMaps, one_of_buckets_takes_no_more_than_these) {
    Groups groups({.remembered = SIZE_MAX, .buckets = 8});
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::string group = std::to_string(i);
        if (groups.owner(group) == Groups::kNone) std::ignore = groups.assign(group, i);
        EXPECT_NE(groups.owner(group), Groups::kNone);
    }
    EXPECT_EQ(groups.size(), 8U);
    groups.release("1");
    EXPECT_EQ(groups.owner("1"), Groups::kNone);
    EXPECT_EQ(groups.size(), 7U);
}

TEST(GroupMaps, shows_those_used_last) {
    Groups groups;
    for (const char* const group : {"a", "b", "c"}) std::ignore = groups.assign(group, 4);
    std::ignore = groups.owner("a");
    EXPECT_THAT(groups.list(2), ElementsAre(testing::Pair("a", 4), testing::Pair("c", 4)));
}

TEST_F(RulesStory, groups_may_not_count) {
    queue_.follow({.groups = {.remembered = 0}});
    open('a', 1);
    open('b', 1);
    MessageHeader header;
    header.group_id = "g";
    publish_as("1", header);
    publish_as("2", header);
    EXPECT_THAT(got('a'), ElementsAre(testing::AnyOf("1", "2")));
    EXPECT_THAT(got('b'), ElementsAre(testing::AnyOf("1", "2")));
    EXPECT_THAT(queue_.group_list(), IsEmpty());
}

TEST_F(RulesStory, an_operator_lets_groups_choose_anew) {
    const auto publish_in = [this](const std::string& group, const std::string& name) {
        MessageHeader header;
        header.group_id = group;
        publish_as(name, header);
    };
    open('a', 3);
    publish_in("x", "x1");
    publish_in("y", "y1");
    publish_in("z", "z1");
    EXPECT_THAT(got('a'), ElementsAre("x1*", "y1*", "z1*"));
    open('b', 10);
    publish_in("x", "x2");
    publish_in("y", "y2");
    EXPECT_THAT(got('b'), IsEmpty()) << "they wait for their owner";
    ASSERT_EQ(queue_.group_list().size(), 3U);
    EXPECT_EQ(queue_.group_list().front().owner, ref('a'));
    queue_.release_group("x");
    queue_.release_group("none");
    EXPECT_EQ(queue_.group_list().size(), 2U);
    EXPECT_THAT(got('b'), ElementsAre("x2*"));
    queue_.release_groups();
    EXPECT_THAT(queue_.group_list(), IsEmpty());
    EXPECT_THAT(got('b'), ElementsAre("y2*"));
}

TEST_F(RulesStory, a_new_consumer_lets_groups_choose_anew) {
    queue_.follow({.rebalance = true});
    const auto publish_in = [this](const std::string& group, const std::string& name) {
        MessageHeader header;
        header.group_id = group;
        publish_as(name, header);
    };
    open('a', 10);
    publish_in("x", "x1");
    publish_in("y", "y1");
    EXPECT_THAT(got('a'), ElementsAre("x1*", "y1*"));
    open('b', 10);
    publish_in("x", "x2");
    publish_in("y", "y2");
    EXPECT_EQ(got('a').size(), 1U);
    EXPECT_EQ(got('b').size(), 1U);
}

TEST_F(RulesStory, a_rebalance_may_wait_for_what_was_delivered) {
    queue_.follow({.rebalance = true, .rebalance_pauses = true});
    MessageHeader header;
    header.group_id = "x";
    open('a', 10);
    publish_as("x1", header);
    EXPECT_THAT(got('a'), ElementsAre("x1*"));
    open('b', 10);
    publish_as("x2", header);
    EXPECT_THAT(got('a'), IsEmpty());
    EXPECT_THAT(got('b'), IsEmpty());
    settle('a', {"x1"}, Outcome::accept);
    EXPECT_EQ(got('a').size() + got('b').size(), 1U);
}

}  // namespace
}  // namespace tern::broker
