#include "engine/callers.h"

#include "broker/api/errors.h"
#include "engine/engine_story.h"

#include <optional>

namespace tern::engine {
namespace {

using broker::Errc;
using broker::Reception;
using testing::ElementsAre;
using testing::IsEmpty;

/// Calls are made and answered on the spot; messages go by their names.
class CallersStory : public EngineStory, public testing::WithParamInterface<int> {
protected:
    CallersStory() : EngineStory(static_cast<std::uint16_t>(GetParam())) {
        callers_ = std::make_unique<Callers>(*engine_, [](Task task) { task(); });
    }
    ~CallersStory() override { callers_->stop(); }

    /// What has come of a call: nothing yet, a message's name, "none", or "!" and why not.
    using Answer = std::shared_ptr<std::optional<std::string>>;

    Answer receive(Reception what) {
        auto answer = std::make_shared<std::optional<std::string>>();
        callers_->receive(std::move(what), [answer](const Result<MessagePtr>& got) {
            if (!got) {
                *answer = "!" + got.error().message();
            } else {
                *answer = *got == nullptr ? "none" : std::string(as_text((*got)->body().bytes()));
            }
        });
        idle();
        return answer;
    }
    static Reception from(const std::string& destination, const std::string& caller = {},
                          std::int64_t wait_ms = 1000) {
        return {
            .caller = caller, .from = StoryClient::destination(destination), .wait_ms = wait_ms};
    }
    static std::string text(Errc why) { return "!" + make_error_code(why).message(); }
    bool dismiss(const std::string& caller) {
        bool any = false;
        callers_->dismiss(caller, [&any](bool were) { any = were; });
        idle();
        return any;
    }

    std::unique_ptr<Callers> callers_;
};

TEST_P(CallersStory, take_what_is_there_one_by_one) {
    StoryClient& client = connect();
    client.publish("q", "a");
    client.publish("q", "b");
    idle();
    EXPECT_EQ(*receive(from("q")), "a");
    EXPECT_EQ(*receive(from("q")), "b");
    const Answer none = receive(from("q"));
    EXPECT_EQ(*none, std::nullopt);
    pass(Millis(1100));
    EXPECT_EQ(*none, "none");
    // What was received is gone for good.
    callers_->stop();
    idle();
    callers_.reset();
    restart();
    callers_ = std::make_unique<Callers>(*engine_, [](Task task) { task(); });
    StoryClient& later = connect();
    later.subscribe("c", "q");
    idle();
    EXPECT_THAT(later.got("c"), IsEmpty());
}

TEST_P(CallersStory, wait_until_something_comes) {
    const Answer first = receive(from("q"));
    StoryClient& client = connect();
    client.publish("q", "a");
    idle();
    EXPECT_EQ(*first, "a");
    // Nobody waits, so nothing is taken.
    client.publish("q", "b");
    client.subscribe("c", "q");
    idle();
    EXPECT_THAT(client.got("c"), ElementsAre("b"));
}

TEST_P(CallersStory, keep_a_topic_for_who_comes_back) {
    StoryClient& client = connect();
    EXPECT_EQ(*receive(from("topic t", "cook", 0)), "none");
    client.publish("topic t", "a");
    client.publish("topic t", "b");
    idle();
    EXPECT_EQ(*receive(from("topic t", "cook")), "a");
    EXPECT_EQ(*receive(from("topic t", "cook")), "b");
    client.publish("topic t", "c");
    idle();
    EXPECT_TRUE(dismiss("cook"));
    EXPECT_FALSE(dismiss("cook"));
    const Answer anew = receive(from("topic t", "cook"));
    EXPECT_EQ(*anew, std::nullopt) << "its consumer ended, and with it what waited";
    EXPECT_EQ(*receive(from("topic t", "cook")), text(Errc::subscription_in_use));
}

TEST_P(CallersStory, are_forgotten_after_a_while) {
    StoryClient& client = connect();
    receive(from("topic t", "cook", 0));
    pass(Millis(Callers::kIdleMs + 1000));
    client.publish("topic t", "a");
    idle();
    EXPECT_EQ(*receive(from("topic t", "cook")), std::nullopt);
}

TEST_P(CallersStory, are_refused_for_a_reason) {
    Reception wrong = from("q");
    wrong.selector = "a =";
    EXPECT_EQ(*receive(wrong), text(Errc::invalid_selector));
    const Answer waits = receive(from("q"));
    callers_->stop();
    EXPECT_EQ(*waits, text(Errc::stopping));
    EXPECT_EQ(*receive(from("q")), text(Errc::stopping));
}

TEST_P(CallersStory, select) {
    StoryClient& client = connect();
    client.publish("q", "a");
    client.publish("q", "b");
    idle();
    Reception second = from("q");
    second.selector = "kind = 'b'";
    EXPECT_EQ(*receive(second), "b");
    EXPECT_EQ(*receive(from("q")), "a");
}

TEST_P(CallersStory, make_durable_subscriptions) {
    const auto make = [this](const std::string& selector) {
        std::optional<std::error_code> answer;
        callers_->make_subscription({.key = {"id", "daily"}, .selector = selector},
                                    StoryClient::destination("topic news"),
                                    [&answer](std::error_code error) { answer = error; });
        idle();
        return answer.value();
    };
    EXPECT_EQ(make(""), std::error_code());
    EXPECT_EQ(make(""), std::error_code());
    EXPECT_EQ(make("a ="), make_error_code(Errc::invalid_selector));
    StoryClient& client = connect();
    client.publish("topic news", "n");
    idle();
    client.subscribe_named("c", "topic news", {.key = {"id", "daily"}});
    idle();
    EXPECT_THAT(client.got("c"), ElementsAre("n"));
}

INSTANTIATE_TEST_SUITE_P(Shards, CallersStory, testing::Values(1, 3));

}  // namespace
}  // namespace tern::engine
