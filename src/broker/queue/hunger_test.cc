#include "broker/queue/queue_story.h"

#include <tuple>
#include <utility>

namespace tern::broker {
namespace {

/// Consumers that answer over a socket, and some time later.
class HungerTest : public QueueStory {
protected:
    HungerTest() {
        for (int i = 0; i < 1100; ++i) publish(std::to_string(i));
    }
    void answer(char consumer, const std::vector<std::string>& names) {
        settle(consumer, names, Outcome::accept);
        queue_.answered(ref(consumer));
    }
    std::int64_t now_us() const override { return now_us_; }

    std::int64_t now_us_ = 0;
};

TEST_F(HungerTest, whoever_has_answered_for_all_it_was_given_is_hungry_while_much_waits) {
    open('a', 2);
    std::vector<std::string> a = got('a');
    answer('a', {a[0]});
    EXPECT_FALSE(queue_.take_hunger()) << "it has another one";
    answer('a', {a[1]});
    EXPECT_TRUE(queue_.take_hunger());
    EXPECT_FALSE(queue_.take_hunger()) << "once";
    queue_.grant(ref('a'), 2);
    a = got('a');
    ASSERT_EQ(a.size(), 2U);
    std::ignore = queue_.purge();
    answer('a', a);
    EXPECT_FALSE(queue_.take_hunger()) << "nothing waits";
}

TEST_F(HungerTest, whoever_takes_one_at_a_time_is_not_hungry) {
    open('a', 1);
    for (int i = 0; i < 5; ++i) {
        answer('a', got('a'));
        EXPECT_FALSE(queue_.take_hunger());
        queue_.grant(ref('a'), 1);
    }
}

TEST_F(HungerTest, whoever_is_slow_is_not_hungry) {
    open('a', 2);
    const std::vector<std::string> a = got('a');
    now_us_ += 100'000;
    answer('a', a);
    EXPECT_FALSE(queue_.take_hunger());
}

TEST_F(HungerTest, what_is_settled_for_a_consumer_is_no_answer) {
    open('a', 2);
    settle('a', got('a'), Outcome::accept);
    EXPECT_FALSE(queue_.take_hunger());
}

TEST_F(HungerTest, an_answer_within_a_transaction_counts_when_that_ends) {
    open('a', 2);
    const std::vector<std::uint64_t> a = ordinals(got('a'));
    queue_.stage(ref('a'), a);
    EXPECT_FALSE(queue_.take_hunger());
    queue_.commit_staged(a);
    EXPECT_TRUE(queue_.take_hunger());
}

}  // namespace
}  // namespace tern::broker
