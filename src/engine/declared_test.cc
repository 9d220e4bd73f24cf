// Queues that were declared with options, as the whole broker treats them.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Outcome;
using broker::Overflow;
using broker::QueueOptions;
using testing::ElementsAre;
using testing::IsEmpty;

/// What goes to an exchange is the message as it is.
class PlainLetters final : public broker::LetterWriter {
public:
    [[nodiscard]] Result<broker::ExchangeLetter> write(
        const Message& dead, const broker::ExchangeDeath& death) const override {
        return broker::ExchangeLetter{
            .message = MessagePtr(&dead),
            .keys = {std::string(death.key.value_or(death.queue))},
            .deaths = {{std::string(death.queue), death.reason == "rejected"}}};
    }
};

class DeclaredTest : public EngineStory, public testing::WithParamInterface<std::uint16_t> {
protected:
    DeclaredTest() : EngineStory(GetParam()) {
        engine_options_.letters = &letters_;
        restart();
    }
    static QueueOptions options() { return {.vhost = "/"}; }
    static QueueOptions with_letters_to(const std::string& queue) {
        QueueOptions options{.vhost = "/"};
        options.dead_letter_exchange = "";
        options.dead_letter_key = queue;
        return options;
    }
    void make(StoryClient& client, const std::string& name, const QueueOptions& wanted) {
        client.declare_queue(name, wanted);
        idle();
        EXPECT_TRUE(client.ok("declare " + name));
    }

    const PlainLetters letters_;
};

INSTANTIATE_TEST_SUITE_P(Shards, DeclaredTest, testing::Values(1, 3));

TEST_P(DeclaredTest, messages_live_as_long_as_the_queue_says_over_restarts) {
    QueueOptions wanted = options();
    wanted.message_ttl_ms = 5000;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    a.publish("q", "a");
    a.publish("q", "t", Durable::no);
    a.publish_expiring("q", "sooner", Millis(1000));
    pass(Millis(2000));
    EXPECT_THAT(on("q"), ElementsAre("a", "t"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("a"));
    pass(Millis(4000));
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(DeclaredTest, the_oldest_go_when_too_many_wait) {
    QueueOptions wanted = options();
    wanted.messages_max = 2;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    for (const char* name : {"a", "b", "c"}) a.publish("q", name);
    idle();
    EXPECT_THAT(on("q"), ElementsAre("b", "c"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("b", "c"));
}

TEST_P(DeclaredTest, what_waits_is_counted_by_its_bytes) {
    QueueOptions wanted = options();
    wanted.bytes_max = 5;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    for (const char* name : {"aa", "bb", "cc"}) a.publish("q", name);
    idle();
    EXPECT_THAT(on("q"), ElementsAre("bb", "cc"));
}

TEST_P(DeclaredTest, no_more_is_taken_than_may_wait_however_fast_it_comes) {
    QueueOptions wanted = options();
    wanted.messages_max = 2;
    wanted.overflow = Overflow::reject;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    StoryClient& b = connect();
    for (const char* name : {"a", "b", "c"}) {
        a.publish("q", name);
        b.publish("q", std::string(name) + "2", Durable::no);
    }
    idle();
    EXPECT_EQ(on("q").size(), 2U);
    EXPECT_EQ(a.answer("c"), make_error_code(broker::Errc::no_space));
    a.subscribe("s", "q");
    idle();
    EXPECT_EQ(a.got("s").size(), 2U);
    a.publish("q", "d");
    idle();
    EXPECT_TRUE(a.ok("d"));
    EXPECT_THAT(a.got("s"), ElementsAre("d"));
}

TEST_P(DeclaredTest, what_is_refused_may_be_a_dead_letter) {
    make(connect(), "dead", options());
    QueueOptions wanted = with_letters_to("dead");
    wanted.messages_max = 1;
    wanted.overflow = Overflow::reject_dead_letter;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    a.publish("q", "a");
    idle();
    a.publish("q", "b");
    idle();
    EXPECT_THAT(on("q"), ElementsAre("a"));
    EXPECT_THAT(on("dead"), ElementsAre("b"));
}

TEST_P(DeclaredTest, the_queue_goes_when_nobody_used_it_for_so_long) {
    QueueOptions wanted = options();
    wanted.expires_ms = 10'000;
    StoryClient& a = connect();
    make(a, "q", wanted);
    a.subscribe("s", "q");
    pass(Millis(30'000));
    EXPECT_TRUE(exists("q"));
    a.unsubscribe("s");
    pass(Millis(9'000));
    EXPECT_TRUE(exists("q"));
    pass(Millis(2'000));
    EXPECT_FALSE(exists("q"));
}

TEST_P(DeclaredTest, dead_letters_go_to_the_exchange_and_are_never_in_two_places) {
    make(connect(), "dead", options());
    QueueOptions wanted = with_letters_to("dead");
    wanted.messages_max = 2;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    for (const char* name : {"a", "b", "c"}) a.publish("q", name);
    idle();
    EXPECT_THAT(on("dead"), ElementsAre("a"));
    a.subscribe("s", "q", 1);
    idle();
    ASSERT_THAT(a.got("s"), ElementsAre("b"));
    a.settle("b", Outcome::reject);
    idle();
    EXPECT_THAT(on("dead"), ElementsAre("a", "b"));
    crash();
    EXPECT_THAT(on("dead"), ElementsAre("a", "b"));
    EXPECT_EQ(on("q").size(), 1U);
}

TEST_P(DeclaredTest, without_an_exchange_what_dies_is_gone) {
    make(connect(), "q", options());
    StoryClient& a = connect();
    a.publish("q", "a");
    a.subscribe("s", "q");
    idle();
    a.settle("a", Outcome::reject);
    idle();
    EXPECT_FALSE(exists("ActiveMQ.DLQ"));
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(DeclaredTest, a_letter_that_must_arrive_waits_for_its_queue) {
    QueueOptions wanted = with_letters_to("dead");
    wanted.dead_letter_at_least_once = true;
    wanted.overflow = Overflow::reject;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    a.publish("q", "a");
    a.subscribe("s", "q");
    idle();
    a.settle("a", Outcome::reject);
    pass(Millis(3000));
    make(connect(), "dead", options());
    pass(Millis(3000));
    EXPECT_THAT(on("dead"), ElementsAre("a"));
    restart();
    EXPECT_THAT(on("dead"), ElementsAre("a"));
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(DeclaredTest, a_letter_that_waits_is_not_lost_with_the_power) {
    QueueOptions wanted = with_letters_to("dead");
    wanted.dead_letter_at_least_once = true;
    wanted.overflow = Overflow::reject;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    a.publish("q", "a");
    a.subscribe("s", "q");
    idle();
    a.settle("a", Outcome::reject);
    idle();
    EXPECT_THAT(on("q"), IsEmpty());
    crash();
    EXPECT_THAT(on("q"), ElementsAre("a!"));
}

TEST_P(DeclaredTest, one_consumer_has_it_until_it_leaves) {
    QueueOptions wanted = options();
    wanted.single_active_consumer = true;
    make(connect(), "q", wanted);
    StoryClient& a = connect();
    a.subscribe("first", "q");
    idle();
    a.subscribe_as("second", "q", [](broker::Subscribe& command) { command.priority = 5; });
    a.publish("q", "a");
    idle();
    EXPECT_THAT(a.got("first"), ElementsAre("a"));
    a.unsubscribe("first");
    idle();
    EXPECT_THAT(a.got("second"), ElementsAre("a"));
}

}  // namespace
}  // namespace tern::engine
