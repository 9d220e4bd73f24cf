#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Why = Obstacle::Why;

class QueueInspect : public QueueStory {
protected:
    static std::string name(const Delivery& one) {
        return std::string(as_text(one.message->body().bytes()));
    }
    /// Names, with `@` for what is with a consumer and `~` for what is in a transaction.
    std::vector<std::string> seen(Queue::Window& window) {
        std::vector<std::string> names;
        for (const Sight& one : queue_.look(window)) {
            names.push_back(name(one.delivery) + (one.state == Sight::State::delivered ? "@"
                                                  : one.state == Sight::State::in_transaction
                                                      ? "~"
                                                      : ""));
        }
        return names;
    }
    std::vector<std::string> seen() {
        Queue::Window window{.end = queue_.end()};
        return seen(window);
    }
    std::vector<std::string> seize(const std::string& selector, std::size_t limit = SIZE_MAX) {
        Queue::Window window{
            .end = queue_.end(),
            .limit = limit,
            .filter = selector.empty() ? nullptr : filter(selector),
        };
        std::vector<std::string> names;
        for (const Delivery& one : queue_.seize(window)) {
            names.push_back(name(one));
            seized_.push_back(one.tag.ordinal);
        }
        return names;
    }
    std::vector<std::string> why() {
        std::vector<std::string> words;
        for (const Obstacle& one : queue_.explain(now_ms_)) words.push_back(in_words(one));
        return words;
    }
    std::vector<std::string> why(std::uint64_t ordinal) {
        std::vector<std::string> words;
        for (const Obstacle& one : queue_.explain(ordinal, now_ms_)) words.push_back(in_words(one));
        return words;
    }
    /// As: reason, consumer, how many, detail, (for how long), {values}.
    std::string in_words(const Obstacle& one) const {
        static const std::map<Why, std::string> kWords{{Why::gone, "gone"},
                                                       {Why::paused, "paused"},
                                                       {Why::no_consumer, "no consumer"},
                                                       {Why::not_begun, "not begun"},
                                                       {Why::rebalancing, "rebalancing"},
                                                       {Why::expired, "expired"},
                                                       {Why::group_owner_busy, "group owner busy"},
                                                       {Why::credit_used_up, "credit used up"},
                                                       {Why::selector_refuses, "selector"},
                                                       {Why::exclusive, "exclusive"},
                                                       {Why::disk, "disk"},
                                                       {Why::journal, "journal"},
                                                       {Why::behind, "behind"},
                                                       {Why::in_transaction, "in transaction"},
                                                       {Why::redelivery_delay, "delay"},
                                                       {Why::unsettled, "unsettled"},
                                                       {Why::empty, "empty"}};
        std::string text = kWords.at(one.why);
        if (one.consumer) text += std::string(" ") + letter(*one.consumer);
        text += " " + std::to_string(one.count);
        if (!one.detail.empty()) text += " " + one.detail;
        if (one.oldest_ms) text += " (" + std::to_string(now_ms_ - *one.oldest_ms) + ")";
        if (one.until_ms != 0) text += " until " + std::to_string(one.until_ms);
        for (const auto& [name, value] : one.values)
            text.append(" {").append(name + " " + value + "}");
        return text;
    }

    std::vector<std::uint64_t> seized_;
};

TEST_F(QueueInspect, paused_queues_keep_what_they_have_and_take_more) {
    open('a', 10);
    publish("m1");
    queue_.pause(true);
    publish("m2");
    EXPECT_FALSE(queue_.has_work());
    EXPECT_THAT(got('a'), IsEmpty());
    queue_.browse(ref('b'), 10);
    EXPECT_THAT(got('b'), ElementsAre("m1", "m2", "(end)"));
    queue_.pause(false);
    EXPECT_THAT(got('a'), ElementsAre("m1", "m2"));
}

TEST_F(QueueInspect, looks_at_a_part_after_the_other) {
    for (const char* one : {"a1", "b1", "a2", "b2", "a3"}) publish(one);
    open('c', 1);
    dispatch();
    EXPECT_THAT(seen(), ElementsAre("a1@", "b1", "a2", "b2", "a3"));
    Queue::Window window{.end = queue_.end(), .limit = 2, .filter = filter("kind = 'a'")};
    EXPECT_THAT(seen(window), ElementsAre("a1@", "a2"));
    EXPECT_LT(window.next, window.end);
    window.limit = 2;
    EXPECT_THAT(seen(window), ElementsAre("a3"));
    EXPECT_TRUE(window.done());
}

TEST_F(QueueInspect, what_is_seized_is_kept_from_everybody_until_it_is_released) {
    for (const char* one : {"a1", "b1", "a2"}) publish(one, 5);
    EXPECT_THAT(seize("kind = 'a'"), ElementsAre("a1", "a2"));
    EXPECT_THAT(seen(), ElementsAre("a1~", "b1", "a2~"));
    EXPECT_THAT(seize(""), ElementsAre("b1"));
    open('c', 10);
    EXPECT_THAT(got('c'), IsEmpty());
    const std::vector<std::uint64_t> back(seized_.begin(), seized_.begin() + 1);
    queue_.commit_staged({seized_.data() + 1, 2});
    queue_.release(back);
    EXPECT_THAT(got('c'), ElementsAre("a1"));
    EXPECT_EQ(queue_.size(), 1U);
    EXPECT_EQ(queue_.totals().dequeued, 2U);
}

TEST_F(QueueInspect, seizes_no_more_than_the_limit) {
    for (const char* one : {"a1", "a2", "a3"}) publish(one);
    EXPECT_THAT(seize("", 2), ElementsAre("a1", "a2"));
}

TEST_F(QueueInspect, clearing_takes_what_consumers_have_too) {
    for (int lsn = 1; lsn <= 4; ++lsn) publish("m" + std::to_string(lsn), lsn);
    open('a', 2);
    EXPECT_THAT(got('a'), ElementsAre("m1", "m2"));
    Queue::Window window{.end = queue_.end()};
    EXPECT_EQ(queue_.clear(window), 4U);
    EXPECT_THAT(settled_, ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(queue_.size(), 0U);
    settle('a', {"m1"}, Outcome::accept);  // ignored: it is gone
    EXPECT_EQ(queue_.totals().dequeued, 4U);
    queue_.grant(ref('a'), 1);
    publish("m5");
    EXPECT_THAT(got('a'), ElementsAre("m5"));
    EXPECT_EQ(queue_.consumer_list().front().unsettled, 1U);
}

TEST_F(QueueInspect, clearing_leaves_nothing_at_the_owners_of_groups) {
    open('a', 1);
    publish_as("g1", {.group_id = "g"});
    publish_as("g2", {.group_id = "g"});
    EXPECT_THAT(got('a'), ElementsAre("g1*"));
    open('b', 5);
    dispatch();
    EXPECT_THAT(why(), ElementsAre("group owner busy a 1 g (0)", "unsettled a 1 (0)"));
    Queue::Window window{.end = queue_.end()};
    EXPECT_EQ(queue_.clear(window), 2U);
    EXPECT_EQ(queue_.consumer_list().front().unsettled, 0U);
    EXPECT_THAT(why(), ElementsAre("empty 0"));
}

TEST_F(QueueInspect, names_what_keeps_messages) {
    EXPECT_THAT(why(), ElementsAre("empty 0"));
    publish("a1");
    publish("a2");
    EXPECT_THAT(why(), ElementsAre("no consumer 2"));
    open('s', {.credit = 5}, "kind = 'b'");
    open('f', 1);
    dispatch();
    EXPECT_THAT(why(), ElementsAre("credit used up f 1 (0)", "selector s 1 kind = 'b' {kind 'a'}",
                                   "unsettled f 1 (0)"));
    close('f');
    queue_.pause(true);
    EXPECT_THAT(why(), ElementsAre("paused 2"));
    queue_.pause(false);
    close('s');
    EXPECT_THAT(seize("", 1), ElementsAre("a1"));
    EXPECT_THAT(why(), ElementsAre("no consumer 1", "in transaction 1"));
}

TEST_F(QueueInspect, names_the_exclusive_consumer) {
    open('x', {.credit = 1, .exclusive = true});
    open('y', 5);
    publish("a1");
    publish("a2");
    dispatch();
    EXPECT_THAT(why(), ElementsAre("credit used up x 1 (0)", "exclusive x 1", "unsettled x 1 (0)"));
}

TEST_F(QueueInspect, knows_since_when_a_consumer_has_its_oldest_message) {
    open('a', 3);
    publish("a1");
    dispatch();
    now_ms_ += 5000;
    publish("a2");
    dispatch();
    now_ms_ += 5000;
    publish("a3");
    publish("a4");
    dispatch();
    EXPECT_THAT(why(), ElementsAre("credit used up a 3 (10000)", "unsettled a 3 (10000)"));
    settle('a', {"a1"}, Outcome::accept);
    now_ms_ += 1;
    EXPECT_THAT(why(), ElementsAre("credit used up a 2 (5001)", "unsettled a 2 (5001)"));
    settle('a', {"a2", "a3"}, Outcome::accept);
    queue_.grant(ref('a'), 1);
    dispatch();
    now_ms_ += 7;
    EXPECT_THAT(why(), ElementsAre("unsettled a 1 (7)"));
}

TEST_F(QueueInspect, says_when_what_has_failed_comes_back) {
    for (const char* one : {"a1", "a2", "a3"}) publish(one);
    const std::uint64_t first = queue_.end() - 3;
    open('a', 3);
    dispatch();
    back_at_ms_ = 9000;
    settle('a', {"a1"}, Outcome::fail);
    back_at_ms_ = 5000;
    settle('a', {"a2"}, Outcome::fail);
    EXPECT_THAT(why(), ElementsAre("delay 2 until 5000", "unsettled a 1 (0)"));
    EXPECT_THAT(why(first), ElementsAre("delay 1 until 9000"));
    EXPECT_THAT(why(first + 1), ElementsAre("delay 1 until 5000"));
    queue_.bring_back(5000);
    EXPECT_THAT(why(), testing::Contains("delay 1 until 9000"));
}

TEST_F(QueueInspect, says_of_one_message_what_keeps_it) {
    publish("a1");
    publish("b2");
    publish_as("b3", {.expires_at_ms = now_ms_ + 5});
    const std::uint64_t first = queue_.end() - 3;
    EXPECT_THAT(why(first - 1), ElementsAre("gone 0"));
    EXPECT_THAT(why(first), ElementsAre("no consumer 1"));
    queue_.pause(true);
    EXPECT_THAT(why(first + 1), ElementsAre("paused 1"));
    queue_.pause(false);
    open('s', {.credit = 9}, "kind = 'c' OR name = 'x'");
    open('f', 1);
    dispatch();
    now_ms_ += 40;
    EXPECT_THAT(why(first), ElementsAre("unsettled f 1 (40)"));
    EXPECT_THAT(why(first + 1),
                ElementsAre("credit used up f 1 (40)",
                            "selector s 1 kind = 'c' OR name = 'x' {kind 'b'} {name 'b2'}"));
    EXPECT_THAT(why(first + 2), testing::Contains("expired 1"));
    queue_.stage(ref('f'), ordinals({"a1"}));
    EXPECT_THAT(why(first), ElementsAre("in transaction f 1 (40)"));
    queue_.commit_staged(ordinals({"a1"}));
    EXPECT_THAT(why(first), ElementsAre("gone 0"));
    // Nobody has looked yet since there is credit.
    queue_.grant(ref('f'), 1);
    EXPECT_THAT(why(first + 1), IsEmpty());
    EXPECT_THAT(why(first + 2), ElementsAre("expired 1"));
}

TEST_F(QueueInspect, says_who_owns_the_group_of_a_message) {
    open('a', 1);
    publish_as("g1", {.group_id = "g"});
    publish_as("g2", {.group_id = "g"});
    dispatch();
    open('b', 5);
    dispatch();
    EXPECT_THAT(why(queue_.end() - 1), ElementsAre("group owner busy a 1 g"));
}

TEST_F(QueueInspect, says_how_many_come_first) {
    for (const char* one : {"a1", "a2", "a3"}) publish(one);
    open('c', 9);
    EXPECT_THAT(why(queue_.end() - 1), ElementsAre("behind 2"));
}

TEST_F(QueueInspect, says_that_consumers_wait_for_others) {
    queue_.follow({.consumers_first = 2, .wait_ms = 500});
    publish("a1");
    open('c', 9);
    dispatch();
    EXPECT_THAT(why(), ElementsAre("not begun 1 2 until 1500"));
    open('d', 9);
    dispatch();
    EXPECT_THAT(why(), ElementsAre(testing::StartsWith("unsettled")));
}

TEST_F(QueueInspect, lists_consumers_with_what_they_have) {
    open('a', {.credit = 3, .priority = 7, .exclusive = true}, "kind = 'a'");
    publish("a1");
    dispatch();
    const auto all = queue_.consumer_list();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].ref, ref('a'));
    EXPECT_EQ(all[0].credit, 2U);
    EXPECT_EQ(all[0].unsettled, 1U);
    EXPECT_EQ(all[0].delivered, 1U);
    EXPECT_EQ(all[0].priority, 7);
    EXPECT_TRUE(all[0].exclusive);
    EXPECT_EQ(all[0].selector, "kind = 'a'");
}

TEST_F(QueueInspect, tells_who_is_active) {
    open('a', {.credit = 1});
    EXPECT_TRUE(queue_.consumer_list()[0].active);
    open('b', {.credit = 1, .exclusive = true});
    const auto all = queue_.consumer_list();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_FALSE(all[0].active);
    EXPECT_TRUE(all[1].active);
}

}  // namespace
}  // namespace tern::broker
