#include "broker/plugins/plugins.h"

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

/// What becomes of messages that nobody could consume, by policies and plugins.
class EngineDeathTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    EngineDeathTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    static Settings with(const std::function<void(broker::Policy&)>& adjust) {
        broker::Policy policy;
        adjust(policy);
        Settings settings;
        settings.policies = broker::PolicyMap({}, policy);
        return settings;
    }
    /// A consumer of `from` rejects whatever comes there.
    void reject_all(const std::string& from, std::size_t times = 1) {
        StoryClient& consumer = connect();
        consumer.subscribe("c", from);
        for (std::size_t i = 0; i < times; ++i) {
            idle();
            for (const std::string& name : consumer.got("c")) {
                consumer.settle(name.substr(0, name.find('!')), Outcome::reject);
            }
        }
        idle();
        consumer.disconnect();
        idle();
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, EngineDeathTest, testing::Values(1, 3));

TEST_P(EngineDeathTest, after_too_many_failures_a_message_is_a_dead_letter) {
    configure(with([](broker::Policy& policy) { policy.delivery_attempts_max = 3; }));
    StoryClient& a = connect();
    a.publish("q", "poison");
    a.publish("q", "good");
    a.subscribe("c", "q", 1);
    for (int i = 0; i < 3; ++i) {
        idle();
        EXPECT_THAT(a.got("c"), ElementsAre(i == 0 ? "poison" : "poison!"));
        a.settle("poison", Outcome::fail);
        a.grant("c", 1);
    }
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("good"));
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("poison"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("good!"));
}

TEST_P(EngineDeathTest, a_policy_may_keep_failed_deliveries_away_for_a_time) {
    configure(with([](broker::Policy& policy) {
        policy.redelivery_ms = 1000;
        policy.redelivery_multiplier = 3;
        policy.redelivery_ms_max = 5000;
        policy.delivery_attempts_max = 4;
    }));
    StoryClient& a = connect();
    a.publish("q", "1");
    a.publish("q", "2");
    a.subscribe("c", "q", 1);
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
    a.settle("1", Outcome::fail);
    a.grant("c", 1);
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("2")) << "others do not wait";
    a.settle("2", Outcome::release);
    for (const int wait_ms : {1000, 3000, 5000}) {
        pass(Millis(wait_ms - 20));
        EXPECT_THAT(a.got("c"), IsEmpty());
        a.grant("c", 1);
        idle();
        EXPECT_THAT(a.got("c"), ElementsAre("2"));
        a.settle("2", Outcome::release);
        pass(Millis(30));
        a.grant("c", 1);
        idle();
        EXPECT_THAT(a.got("c"), ElementsAre("1!")) << "in its place again";
        a.settle("1", Outcome::fail);
    }
    idle();
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("1"));
}

TEST_P(EngineDeathTest, what_is_kept_away_is_there_after_a_restart) {
    const Settings settings = with([](broker::Policy& policy) { policy.redelivery_ms = 60'000; });
    configure(settings);
    connect().publish("q", "m");
    idle();
    StoryClient& lost = connect();
    lost.subscribe("c", "q");
    idle();
    lost.disconnect();
    idle();
    StoryClient& a = connect();
    a.subscribe("c", "q");
    idle();
    EXPECT_THAT(a.got("c"), IsEmpty());
    EXPECT_THAT(on("q"), ElementsAre("m!"));
    restart();
    configure(settings);
    StoryClient& b = connect();
    b.subscribe("c", "q");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("m!"));
}

TEST_P(EngineDeathTest, lost_consumers_count_as_failures_too) {
    configure(with([](broker::Policy& policy) { policy.delivery_attempts_max = 2; }));
    for (const char* name : {"1", "2", "3"}) connect().publish("q", name);
    for (int i = 0; i < 2; ++i) {
        StoryClient& consumer = connect();
        consumer.subscribe("c", "q");
        idle();
        consumer.disconnect();
        idle();
    }
    EXPECT_THAT(on("q"), IsEmpty());
    EXPECT_EQ(on("ActiveMQ.DLQ").size(), 3U);
}

TEST_P(EngineDeathTest, a_message_is_one_dead_letter_however_often_it_dies) {
    StoryClient& a = connect();
    for (const char* name : {"s1", "s2"}) {
        a.subscribe_named(name, "topic t", {.key = {.client_id = "c", .name = name}});
        idle();
        a.unsubscribe(name);
    }
    idle();
    a.publish_expiring("topic t", "m", Millis(100));
    idle();
    pass(Millis(200));
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("m"));
    configure(with([](broker::Policy& policy) { policy.dead_letters.audit = false; }));
    a.publish_expiring("topic t", "n", Millis(100));
    idle();
    pass(Millis(200));
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("m", "n", "n"));
}

TEST_P(EngineDeathTest, a_policy_may_name_addresses_for_the_dead_and_the_expired) {
    configure(with([](broker::Policy& policy) {
        policy.dead_letter_address = "dead";
        policy.expiry_address = "late";
    }));
    StoryClient& a = connect();
    a.publish_with("q", "poison", "", Durable::no);
    reject_all("q");
    EXPECT_THAT(on("dead"), ElementsAre("poison")) << "transient ones, too";
    a.publish_expiring("q", "old", Millis(50));
    idle();
    pass(Millis(100));
    EXPECT_THAT(on("late"), ElementsAre("old"));
    EXPECT_FALSE(exists("ActiveMQ.DLQ"));
    reject_all("dead");
    EXPECT_THAT(on("dead"), IsEmpty());
}

TEST_P(EngineDeathTest, a_policy_may_say_how_long_messages_live) {
    configure(with([](broker::Policy& policy) {
        policy.expiry_delay_min_ms = 1000;
        policy.expiry_delay_max_ms = 2000;
        policy.expiry_address = "late";
    }));
    StoryClient& a = connect();
    a.publish_expiring("q", "short", Millis(10));
    a.publish_expiring("q", "between", Millis(1500));
    a.publish_expiring("q", "long", Millis(9000));
    a.publish("q", "for ever");
    idle();
    pass(Millis(900));
    EXPECT_THAT(on("q"), ElementsAre("short", "between", "long", "for ever"));
    pass(Millis(200));
    EXPECT_THAT(on("late"), ElementsAre("short"));
    pass(Millis(500));
    EXPECT_THAT(on("late"), ElementsAre("short", "between"));
    pass(Millis(500));
    EXPECT_THAT(on("late"), ElementsAre("short", "between", "long", "for ever"));
    configure(with([](broker::Policy& policy) { policy.never_expires = true; }));
    a.publish_expiring("q", "kept", Millis(10));
    idle();
    configure(with([](broker::Policy& policy) { policy.expiry_delay_ms = 1000; }));
    a.publish("q", "ends");
    a.publish_expiring("q", "its own", Millis(5000));
    idle();
    pass(Millis(1100));
    EXPECT_THAT(on("q"), ElementsAre("kept", "its own"));
}

TEST_P(EngineDeathTest, dead_letters_may_go_to_topics_and_expire) {
    configure(with([](broker::Policy& policy) {
        policy.dead_letters.strategy = broker::DeadLetters::Strategy::individual;
        policy.dead_letters.queue_for_queues = false;
    }));
    StoryClient& watcher = connect();
    watcher.subscribe("w", "topic ActiveMQ.DLQ.Queue.q");
    connect().publish("q", "a");
    reject_all("q");
    EXPECT_THAT(watcher.got("w"), ElementsAre("a"));
    configure(with([](broker::Policy& policy) { policy.dead_letters.expiration_ms = 1000; }));
    connect().publish("q", "b");
    reject_all("q");
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("b"));
    pass(Millis(1100));
    EXPECT_THAT(on("ActiveMQ.DLQ"), IsEmpty());
}

TEST_P(EngineDeathTest, the_broker_delivers_again_what_failed) {
    Settings settings;
    settings.scheduler.enabled = true;
    broker::BrokerRedelivery redelivery;
    redelivery.otherwise =
        broker::Redelivery{.redeliveries_max = 2, .initial_delay_ms = 1000, .delay_ms = 2000};
    settings.interceptors = {make_interceptor(redelivery)};
    configure(std::move(settings));
    connect().publish("q", "a");
    reject_all("q");
    EXPECT_THAT(on("q"), IsEmpty());
    EXPECT_THAT(on("ActiveMQ.DLQ"), IsEmpty());
    restart();
    pass(Millis(1050));
    EXPECT_THAT(on("q"), ElementsAre("a"));
    reject_all("q");
    pass(Millis(1500));
    EXPECT_THAT(on("q"), IsEmpty()) << "the second time it takes longer";
    pass(Millis(600));
    EXPECT_THAT(on("q"), ElementsAre("a"));
    reject_all("q");
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("a"));
}

TEST_P(EngineDeathTest, plugins_may_drop_and_change) {
    Settings settings;
    settings.interceptors = {make_interceptor(broker::DiscardDeadLetters{}).value(),
                             make_interceptor(broker::TimeStamping{.life_ms_max = 1000}),
                             make_interceptor(broker::ForcePersistence{.persistent = true})};
    configure(std::move(settings));
    StoryClient& a = connect();
    a.publish("q", "dies");
    reject_all("q");
    EXPECT_FALSE(exists("ActiveMQ.DLQ"));
    a.publish_with("q", "kept", "", Durable::no);
    a.publish_with("q", "short", "", Durable::yes, Millis(60'000));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("kept", "short"));
    pass(Millis(1100));
    EXPECT_THAT(on("q"), ElementsAre("kept"));
}

/// What somebody may link into the daemon: it refuses some messages, changes others, and decides
/// about the dead.
class Censor final : public broker::Interceptor {
public:
    [[nodiscard]] Result<MessagePtr> sending(const broker::Sending& one) const override {
        if (one.to.name == "forbidden")
            return failure(std::make_error_code(std::errc::bad_message));
        if (one.to.name != "fading") return nullptr;
        message::Amendment change;
        change.expires_at_ms = one.now_ms + 100;
        return one.formats.amend(one.message, change);
    }
    [[nodiscard]] std::optional<broker::Fate> dying(const broker::Dying& one) const override {
        if (one.expired) return broker::Fate{.what = broker::Fate::What::drop};
        return std::nullopt;
    }
};

TEST_P(EngineDeathTest, others_may_bring_plugins_of_their_own) {
    Settings settings;
    settings.interceptors = {std::make_shared<const Censor>()};
    configure(std::move(settings));
    StoryClient& a = connect();
    a.publish("forbidden", "refused");
    a.publish("fading", "fades");
    a.publish("q", "poison");
    idle();
    EXPECT_EQ(a.answer("refused"), std::errc::bad_message);
    EXPECT_FALSE(exists("forbidden"));
    EXPECT_THAT(on("fading"), ElementsAre("fades"));
    pass(Millis(150));
    reject_all("q");
    EXPECT_THAT(on("fading"), IsEmpty());
    EXPECT_THAT(on("ActiveMQ.DLQ"), ElementsAre("poison")) << "the censor has no word on that";
}

}  // namespace
}  // namespace tern::engine
