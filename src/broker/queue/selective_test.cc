// Who gets what, when it is not simply the next one's turn.

#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SelectiveStory : public QueueStory {
protected:
    void publish_all(const std::vector<std::string>& names) {
        for (const std::string& name : names) publish(name);
    }
    void publish_in_group(const std::string& name, std::string_view group,
                          std::int32_t sequence = 0) {
        MessageHeader header;
        header.group_id = group;
        header.group_sequence = sequence;
        publish_as(name, header);
    }
    void publish_expiring(const std::string& name, std::int64_t at_ms, std::uint64_t lsn = 0) {
        MessageHeader header;
        header.expires_at_ms = at_ms;
        publish_as(name, header, lsn);
    }
};

TEST_F(SelectiveStory, a_selector_takes_what_matches_and_leaves_the_rest) {
    publish_all({"a1", "b1", "a2", "b2"});
    open('b', {.credit = 10}, "kind = 'b'");
    EXPECT_THAT(got('b'), ElementsAre("b1", "b2"));
    open('x', 10);
    EXPECT_THAT(got('x'), ElementsAre("a1", "a2"));
    publish_all({"a3", "b3"});
    close('x');
    EXPECT_THAT(got('b'), ElementsAre("b3"));
}

TEST_F(SelectiveStory, nobody_waits_for_a_selector_that_matches_nothing) {
    open('n', {.credit = 10}, "kind = 'n'");
    open('x', 3);
    publish_all({"a1", "a2", "a3", "a4"});
    EXPECT_THAT(got('x'), ElementsAre("a1", "a2", "a3"));
    EXPECT_THAT(got('n'), IsEmpty());
}

TEST_F(SelectiveStory, what_a_selector_cannot_read_dies_and_holds_up_nobody) {
    publish_all({"?1", "b1"});
    open('b', {.credit = 10}, "kind = 'b'");
    open('c', {.credit = 10}, "kind = 'c'");
    EXPECT_THAT(got('b'), ElementsAre("b1"));
    EXPECT_THAT(dead_, ElementsAre("?1 rejectedA consumer's selector cannot be applied: the "
                                   "message is malformed"));
    publish("b2");
    EXPECT_THAT(got('b'), ElementsAre("b2"));
    // Who asks for nothing gets it.
    close('b');
    close('c');
    open('x', 10);
    publish("?2");
    EXPECT_THAT(got('x'), ElementsAre("b1", "b2", "?2"));
}

TEST_F(SelectiveStory, what_comes_back_is_found_again_in_its_place) {
    publish_all({"a1", "b1", "a2", "a3"});
    open('a', {.credit = 2}, "kind = 'a'");
    EXPECT_THAT(got('a'), ElementsAre("a1", "a2"));
    settle('a', {"a1"}, Outcome::release);
    queue_.grant(ref('a'), 2);
    EXPECT_THAT(got('a'), ElementsAre("a1", "a3"));
    close('a', {"a2"});
    open('c', {.credit = 10}, "kind = 'a'");
    EXPECT_THAT(got('c'), ElementsAre("a1", "a2!", "a3"));
}

TEST_F(SelectiveStory, a_redelivery_may_match_another_selector) {
    publish_all({"1"});
    open('r', {.credit = 10}, "JMSRedelivered = TRUE");
    open('x', 1);
    EXPECT_THAT(got('x'), ElementsAre("1"));
    close('x', {"1"});
    EXPECT_THAT(got('r'), ElementsAre("1!"));
}

TEST_F(SelectiveStory, each_message_is_looked_at_once) {
    constexpr int kMessages = 20'000;
    for (int i = 0; i < kMessages; ++i) publish("a");
    publish("b");
    open('b', {.credit = 1}, "kind = 'b'");
    EXPECT_THAT(got('b'), ElementsAre("b"));
    EXPECT_EQ(reader_.looks, kMessages + 1);
    settle('b', {"b"}, Outcome::accept);
    close('b');

    // Nor is it looked at again for the next one with the same selector.
    reader_.looks = 0;
    publish("b");
    open('c', {.credit = 1}, "kind = 'b'");
    EXPECT_THAT(got('c'), ElementsAre("b"));
    EXPECT_EQ(reader_.looks, 1);
}

TEST_F(SelectiveStory, a_long_search_is_done_in_parts) {
    for (int i = 0; i < 20'000; ++i) publish("a");
    open('n', {.credit = 1}, "kind = 'n'");
    EXPECT_TRUE(queue_.dispatch(now_ms_)) << "there is more to look at";
    EXPECT_LT(reader_.looks, 10'000);
    EXPECT_TRUE(queue_.dispatch(now_ms_));
    EXPECT_FALSE(queue_.dispatch(now_ms_));
    EXPECT_EQ(reader_.looks, 20'000);
}

TEST_F(SelectiveStory, higher_priority_comes_first_while_it_has_credit) {
    open('l', {.credit = 10, .priority = 0});
    open('h', {.credit = 2, .priority = 5});
    publish_all({"1", "2", "3"});
    EXPECT_THAT(got('h'), ElementsAre("1", "2"));
    EXPECT_THAT(got('l'), ElementsAre("3"));
    queue_.grant(ref('h'), 1);
    publish("4");
    EXPECT_THAT(got('h'), ElementsAre("4"));
}

TEST_F(SelectiveStory, an_exclusive_consumer_gets_everything_until_it_leaves) {
    open('x', 10);
    open('e', {.credit = 1, .exclusive = true});
    open('f', {.credit = 10, .exclusive = true});
    publish_all({"1", "2"});
    EXPECT_THAT(got('e'), ElementsAre("1"));
    EXPECT_THAT(got('f'), IsEmpty());
    EXPECT_THAT(got('x'), IsEmpty());
    close('e');
    EXPECT_THAT(got('f'), ElementsAre("1", "2"));
    close('f');
    EXPECT_THAT(got('x'), ElementsAre("1", "2"));
}

TEST_F(SelectiveStory, an_exclusive_consumer_gives_way_to_a_higher_priority) {
    open('e', {.credit = 10, .priority = 1, .exclusive = true});
    open('f', {.credit = 10, .priority = 1, .exclusive = true});
    open('g', {.credit = 10, .priority = 2, .exclusive = true});
    publish("1");
    EXPECT_THAT(got('g'), ElementsAre("1"));
    close('g');
    EXPECT_THAT(got('e'), ElementsAre("1")) << "of equals, the one that was there first";
    open('h', {.credit = 10, .priority = 127, .exclusive = true});
    open('i', {.credit = 10, .priority = 127, .exclusive = true});
    publish("2");
    EXPECT_THAT(got('i'), ElementsAre("2"));
}

TEST_F(SelectiveStory, a_group_stays_with_one_consumer) {
    open('a', 10);
    open('b', 10);
    for (int i = 0; i < 3; ++i) {
        publish_in_group("g" + std::to_string(i), "g");
        publish_in_group("h" + std::to_string(i), "h");
    }
    const auto a = got('a');
    const auto b = got('b');
    EXPECT_THAT(a.front()[0] == 'g' ? a : b, ElementsAre("g0*", "g1", "g2"));
    EXPECT_THAT(a.front()[0] == 'g' ? b : a, ElementsAre("h0*", "h1", "h2"));
}

TEST_F(SelectiveStory, a_full_owner_holds_up_its_groups_alone) {
    open('a', 1);
    publish_in_group("g1", "g");
    EXPECT_THAT(got('a'), ElementsAre("g1*"));
    open('b', 10);
    publish_in_group("g2", "g");
    publish_in_group("g3", "g");
    publish("1");
    EXPECT_THAT(got('b'), ElementsAre("1"));
    queue_.grant(ref('a'), 1);
    publish_in_group("g4", "g");
    EXPECT_THAT(got('a'), ElementsAre("g2"));
    EXPECT_THAT(got('b'), IsEmpty());
    close('a', {"g1"});
    EXPECT_THAT(got('b'), ElementsAre("g1!*", "g2", "g3", "g4"));
}

TEST_F(SelectiveStory, a_group_is_closed_by_its_last_message_and_taken_over_by_its_first) {
    open('a', 10);
    publish_in_group("1", "g");
    publish_in_group("2", "g", -1);
    EXPECT_THAT(got('a'), ElementsAre("1*", "2"));
    open('b', 10);
    publish_in_group("x", "other");
    publish_in_group("3", "g", 1);
    const auto a = got('a');
    const auto b = got('b');
    EXPECT_EQ(a.size() + b.size(), 2U);
    EXPECT_THAT(b.empty() ? a : b, testing::Contains(testing::EndsWith("*")));
}

TEST_F(SelectiveStory, many_groups_are_shared_out_evenly) {
    open('a', 1000);
    open('b', 1000);
    for (int i = 0; i < 100; ++i) publish_in_group("m", "g" + std::to_string(i));
    EXPECT_EQ(got('a').size(), 50U);
    EXPECT_EQ(got('b').size(), 50U);
}

TEST_F(SelectiveStory, what_has_expired_dies_instead_of_being_delivered) {
    publish_expiring("old", now_ms_, 7);
    publish_expiring("new", now_ms_ + 1);
    open('a', 10);
    EXPECT_THAT(got('a'), ElementsAre("new"));
    EXPECT_THAT(dead_, ElementsAre("old expired"));
    EXPECT_THAT(settled_, IsEmpty()) << "whoever buries it says so";
    EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(SelectiveStory, what_has_expired_dies_even_if_nobody_asks_for_it) {
    publish_expiring("soon", now_ms_ + 10);
    publish("never");
    publish_expiring("later", now_ms_ + 30);
    EXPECT_FALSE(queue_.expire(now_ms_ + 9));
    EXPECT_THAT(dead_, IsEmpty());
    EXPECT_FALSE(queue_.expire(now_ms_ + 10));
    EXPECT_THAT(dead_, ElementsAre("soon expired"));
    publish_expiring("between", now_ms_ + 20);
    EXPECT_FALSE(queue_.expire(now_ms_ + 29));
    EXPECT_FALSE(queue_.expire(now_ms_ + 30));
    EXPECT_THAT(dead_, ElementsAre("soon expired", "between expired", "later expired"));
    EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(SelectiveStory, what_is_with_a_consumer_expires_only_when_it_comes_back) {
    publish_expiring("1", now_ms_ + 10);
    open('a', 1);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    EXPECT_FALSE(queue_.expire(now_ms_ + 10));
    EXPECT_THAT(dead_, IsEmpty());
    close('a');
    EXPECT_FALSE(queue_.expire(now_ms_ + 11));
    EXPECT_THAT(dead_, ElementsAre("1 expired"));
}

TEST_F(SelectiveStory, a_long_search_for_what_has_expired_is_done_in_parts) {
    for (int i = 0; i < 10'000; ++i) publish_expiring("1", now_ms_);
    EXPECT_TRUE(queue_.expire(now_ms_));
    EXPECT_FALSE(queue_.expire(now_ms_));
    EXPECT_EQ(dead_.size(), 10'000U);
}

TEST_F(SelectiveStory, whoever_lets_messages_expire_is_told_when) {
    publish_expiring("later", now_ms_ + 30);
    publish_expiring("sooner", now_ms_ + 10);
    publish_expiring("between", now_ms_ + 20);
    EXPECT_THAT(wakes_, ElementsAre(now_ms_ + 30, now_ms_ + 10));
    EXPECT_EQ(queue_.first_expiry_ms(), now_ms_ + 10);
    EXPECT_FALSE(queue_.expire(now_ms_ + 10));
    EXPECT_EQ(queue_.first_expiry_ms(), now_ms_ + 20);
    EXPECT_FALSE(queue_.expire(now_ms_ + 30));
    EXPECT_THAT(dead_, ElementsAre("sooner expired", "between expired", "later expired"));
    EXPECT_EQ(queue_.first_expiry_ms(), Deadlines::kNever);
}

TEST_F(SelectiveStory, what_is_rejected_dies) {
    publish("1", 7);
    open('a', 1);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    queue_.settle(ref('a'), ordinals({"1"}), Outcome::reject, " because");
    EXPECT_THAT(dead_, ElementsAre("1 rejected because"));
    EXPECT_EQ(queue_.size(), 0U);
    EXPECT_THAT(settled_, IsEmpty());
}

TEST_F(SelectiveStory, a_browser_sees_what_was_there_as_its_credit_allows) {
    publish_all({"a1", "b1", "a2", "a3"});
    queue_.browse(ref('z'), 2, filter("kind = 'a'"));
    publish("a4");
    EXPECT_THAT(got('z'), ElementsAre("a1", "a2"));
    queue_.grant(ref('z'), 5);
    EXPECT_THAT(got('z'), ElementsAre("a3", "(end)"));
    queue_.grant(ref('z'), 5);
    EXPECT_THAT(got('z'), IsEmpty());
    EXPECT_EQ(queue_.size(), 5U);
}

TEST_F(SelectiveStory, browsing_an_empty_queue_ends_at_once) {
    queue_.browse(ref('z'), 0);
    EXPECT_THAT(got('z'), ElementsAre("(end)"));
}

TEST_F(SelectiveStory, a_long_browse_comes_in_parts) {
    for (int i = 0; i < 1000; ++i) publish("1");
    queue_.browse(ref('z'), 5000);
    EXPECT_TRUE(queue_.dispatch(now_ms_));
    EXPECT_LT(received_['z'].size(), 1000U);
    dispatch();
    EXPECT_EQ(received_['z'].size(), 1001U);
}

TEST_F(SelectiveStory, a_consumer_of_several_queues_borrows_its_credit) {
    open('m', {.borrows = true});
    publish_all({"1", "2", "3"});
    EXPECT_THAT(got('m'), IsEmpty());
    purses_['m'] = 2;
    EXPECT_THAT(got('m'), IsEmpty()) << "it is told when there is credit";
    queue_.grant(ref('m'), 0);
    EXPECT_THAT(got('m'), ElementsAre("1", "2"));
    purses_['m'] = 5;
    queue_.grant(ref('m'), 0);
    EXPECT_THAT(got('m'), ElementsAre("3"));
    EXPECT_EQ(purses_['m'], 4U) << "it takes no more than it needs";
}

TEST_F(SelectiveStory, a_drain_waits_for_what_needs_a_mark) {
    publish("1", 1, false);
    open('a', 1);
    bool done = false;
    queue_.drain(ref('a'), now_ms_, [&done] { done = true; });
    EXPECT_FALSE(done);
    queue_.marked(1);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    EXPECT_TRUE(done);
    queue_.drain(ref('a'), now_ms_, [&done] { done = false; });
    EXPECT_FALSE(done) << "nothing is there: at once";
}

}  // namespace
}  // namespace tern::broker
