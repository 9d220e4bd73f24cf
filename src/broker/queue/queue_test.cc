#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(QueueStory, hands_out_in_order_as_far_as_credit_goes) {
    publish("1");
    open('a', 2);
    publish("2");
    publish("3");
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    queue_.grant(ref('a'), 1);
    EXPECT_THAT(got('a'), ElementsAre("3"));
}

TEST_F(QueueStory, consumers_share_without_overlap) {
    open('a', 10);
    open('b', 10);
    for (const char* name : {"1", "2", "3", "4"}) publish(name);
    const auto a = got('a');
    const auto b = got('b');
    EXPECT_EQ(a.size() + b.size(), 4U);
    EXPECT_FALSE(a.empty());
    EXPECT_FALSE(b.empty());
}

TEST_F(QueueStory, with_a_prefetch_of_one_turns_go_round_message_by_message) {
    std::map<char, int> taken;
    for (const char consumer : {'a', 'b', 'c'}) open(consumer, 1);
    for (int i = 0; i < 30; ++i) publish(std::to_string(i));
    for (int round = 0; round < 20; ++round) {
        for (const char consumer : {'c', 'a', 'b'}) {
            for (const std::string& name : got(consumer)) {
                ++taken[consumer];
                settle(consumer, {name}, Outcome::accept);
                queue_.grant(ref(consumer), 1);
            }
        }
    }
    EXPECT_THAT(taken, testing::ElementsAre(testing::Pair('a', 10), testing::Pair('b', 10),
                                            testing::Pair('c', 10)));
}

TEST_F(QueueStory, a_slow_consumer_does_not_hoard_what_idle_ones_could_take) {
    open('a', 1000);
    open('b', 1000);
    // Neither settles anything: from then on they get one at a time, in turn.
    for (int i = 0; i < 20; ++i) publish(std::to_string(i));
    std::ignore = got('a');
    std::ignore = got('b');
    for (int i = 20; i < 40; ++i) {
        publish(std::to_string(i));
        dispatch();
    }
    EXPECT_NEAR(static_cast<double>(received_['a'].size()), 10.0, 2.0);
}

TEST_F(QueueStory, what_comes_back_returns_to_its_place) {
    open('a', 3);
    for (const char* name : {"1", "2", "3", "4"}) publish(name);
    EXPECT_THAT(got('a'), ElementsAre("1", "2", "3"));
    settle('a', {"2"}, Outcome::accept);
    close('a', {"1"});
    open('b', 10);
    EXPECT_THAT(got('b'), ElementsAre("1!", "3", "4"));
}

TEST_F(QueueStory, a_consumer_changes_what_it_has_for_the_next) {
    publish("1");
    publish("2");
    open('a', 10);
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    Revision lengthen = [](const Message& message) {
        return Message::create(message.header(), {}, {}, as_bytes("longer than 1"), nullptr);
    };
    Revision keep = [](const Message&) { return MessagePtr(); };
    queue_.revise(ref('b'), tags_.at("1").ordinal, lengthen);  // it is not b's
    queue_.revise(ref('a'), tags_.at("2").ordinal, keep);
    queue_.revise(ref('a'), tags_.at("1").ordinal, lengthen);
    settle('a', {"1", "2"}, Outcome::fail);
    EXPECT_THAT(got('a'), ElementsAre("longer than 1!", "2!"));
    settle('a', {"longer than 1", "2"}, Outcome::accept);
    EXPECT_EQ(queue_.memory_bytes(), 0U);
}

TEST_F(QueueStory, settles_only_what_the_consumer_has) {
    open('a', 1);
    open('b', 1);
    publish("1", 11);
    publish("2", 12);
    dispatch();
    const char owner = received_['a'].empty() || received_['a'][0] != "1" ? 'b' : 'a';
    settle(owner == 'a' ? 'b' : 'a', {"1"}, Outcome::accept);
    EXPECT_THAT(settled_, IsEmpty());
    settle(owner, {"1"}, Outcome::accept);
    settle(owner, {"1"}, Outcome::accept);
    EXPECT_THAT(settled_, ElementsAre(11U));
    EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(QueueStory, staged_messages_stay_away_until_the_transaction_ends) {
    open('a', 10);
    publish("1", 11);
    publish("2", 12);
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    queue_.stage(ref('a'), ordinals({"1", "2"}));
    close('a');
    open('b', 10);
    EXPECT_THAT(got('b'), IsEmpty());
    queue_.commit_staged(ordinals({"1"}));
    queue_.unstage(ref('a'), ordinals({"2"}));
    EXPECT_THAT(got('b'), ElementsAre("2!"));
    EXPECT_THAT(settled_, IsEmpty()) << "the transaction's own record says it";
    EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(QueueStory, a_lost_consumer_may_have_seen_all_it_had) {
    open('a', 3);
    for (const char* name : {"1", "2", "3", "4"}) publish(name);
    EXPECT_THAT(got('a'), ElementsAre("1", "2", "3"));
    settle('a', {"2"}, Outcome::accept);
    queue_.stage(ref('a'), ordinals({"3"}));
    queue_.lose(ref('a'));
    open('b', 10);
    EXPECT_THAT(got('b'), ElementsAre("1!", "4"));
    queue_.unstage(ref('a'), ordinals({"3"}));
    EXPECT_THAT(got('b'), ElementsAre("3!"));
}

TEST_F(QueueStory, retires_when_nobody_consumes_and_no_transaction_holds_anything) {
    open('a', 10);
    publish("1", 11);
    publish("2", 12);
    EXPECT_THAT(got('a'), ElementsAre("1", "2"));
    queue_.stage(ref('a'), ordinals({"1"}));
    EXPECT_FALSE(queue_.retire());
    close('a');
    EXPECT_FALSE(queue_.retire());
    queue_.unstage(ref('a'), ordinals({"1"}));
    EXPECT_TRUE(queue_.retire());
    EXPECT_TRUE(queue_.retire());
    open('b', 10);
    EXPECT_THAT(got('b'), IsEmpty()) << "from then on nobody gets anything";
    EXPECT_EQ(queue_.stored().size(), 2U);
}

TEST_F(QueueStory, a_rollback_leaves_messages_with_an_open_consumer) {
    open('a', 10);
    publish("1");
    EXPECT_THAT(got('a'), ElementsAre("1"));
    queue_.stage(ref('a'), ordinals({"1"}));
    queue_.unstage(ref('a'), ordinals({"1"}));
    EXPECT_THAT(got('a'), IsEmpty());
    settle('a', {"1"}, Outcome::accept);
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(QueueStory, unannounced_messages_wait_for_a_mark) {
    for (std::uint64_t lsn = 1; lsn <= 3; ++lsn) publish(std::to_string(lsn), lsn, false);
    open('a', 10);
    EXPECT_THAT(got('a'), IsEmpty());
    EXPECT_THAT(marks_, ElementsAre(3U)) << "one mark for all that waits";
    EXPECT_THAT(got('a'), IsEmpty()) << "and it is asked for once";
    EXPECT_EQ(marks_.size(), 1U);
    queue_.marked(3);
    EXPECT_THAT(got('a'), ElementsAre("1", "2", "3"));
}

TEST_F(QueueStory, browsing_shows_all_and_takes_nothing) {
    open('a', 1);
    publish("1");
    publish("2");
    EXPECT_THAT(got('a'), ElementsAre("1"));
    queue_.browse(ref('z'), 10);
    EXPECT_THAT(got('z'), ElementsAre("1", "2", "(end)"));
    EXPECT_EQ(queue_.size(), 2U);
}

TEST_F(QueueStory, browsing_may_end_after_so_many_messages) {
    queue_.follow({.browsed_max = 2});
    for (const char* const name : {"a1", "b1", "a2", "a3", "b2", "b3"}) publish(name);
    queue_.browse(ref('y'), 10);
    EXPECT_THAT(got('y'), ElementsAre("a1", "b1", "(end)"));
    queue_.browse(ref('z'), 1, filter("kind = 'b'"));
    EXPECT_THAT(got('z'), ElementsAre("b1"));
    queue_.grant(ref('z'), 10);
    EXPECT_THAT(got('z'), ElementsAre("b2", "(end)"));
}

TEST_F(QueueStory, a_backlog_goes_out_in_runs) {
    open('a', 1000);
    open('b', 1000);
    for (int i = 0; i < 200; ++i) publish(std::to_string(i));
    dispatch();
    // Runs of 32: the first 32 all went to one of them.
    const auto& first = received_['a'].front() == "0" ? received_['a'] : received_['b'];
    EXPECT_EQ(first.at(31), "31");
}

}  // namespace
}  // namespace tern::broker
