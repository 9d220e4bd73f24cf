// Named subscriptions: durable ones, shared ones, both.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using broker::NamedSubscription;
using broker::SubscriptionKey;
using testing::ElementsAre;
using testing::IsEmpty;

const SubscriptionKey kKey{"client", "s"};
const NamedSubscription kDurable{.key = kKey};
const NamedSubscription kShared{.key = kKey, .shared = true};

class SubscriptionsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    SubscriptionsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    /// Publishes and waits until all has happened.
    void publish(const std::string& topic, const std::string& name) {
        connect().publish(topic, name);
        idle();
    }
    /// What the durable subscription has for its next consumer.
    std::vector<std::string> waiting(const std::string& topic, const NamedSubscription& named) {
        StoryClient& client = connect();
        client.subscribe_named("w", topic, named);
        idle();
        EXPECT_TRUE(client.ok("subscribe w"));
        auto all = client.got("w");
        client.unsubscribe("w");
        idle();
        return all;
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, SubscriptionsTest, testing::Values(1, 2, 3));

TEST_P(SubscriptionsTest, a_durable_one_collects_while_nobody_is_there) {
    StoryClient& a = connect();
    a.subscribe_named("c", "topic t", kDurable);
    idle();
    publish("topic t", "1");
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
    a.settle("1");
    a.unsubscribe("c");
    idle();
    publish("topic t", "2");
    restart();
    publish("topic t", "3");
    EXPECT_THAT(waiting("topic t", kDurable), ElementsAre("2", "3"));
}

TEST_P(SubscriptionsTest, a_durable_one_has_one_consumer_at_a_time) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.subscribe_named("c", "topic t", kDurable);
    idle();
    b.subscribe_named("d", "topic t", kDurable);
    b.forget(kKey);
    idle();
    EXPECT_EQ(b.answer("subscribe d"), Errc::subscription_in_use);
    EXPECT_EQ(b.answer("forget s"), Errc::subscription_in_use);
    a.disconnect();
    b.subscribe_named("e", "topic t", kDurable);
    idle();
    EXPECT_TRUE(b.ok("subscribe e"));
}

TEST_P(SubscriptionsTest, who_comes_back_at_once_finds_itself_gone) {
    StoryClient& a = connect();
    a.subscribe_named("c", "topic t", kDurable);
    a.unsubscribe("c");
    a.subscribe_named("d", "topic t", kDurable);
    a.unsubscribe("d");
    a.forget(kKey);
    idle();
    EXPECT_TRUE(a.ok("subscribe d") && a.ok("forget s"));
}

TEST_P(SubscriptionsTest, another_selector_or_topic_makes_it_anew) {
    EXPECT_THAT(waiting("topic t", kDurable), IsEmpty());
    publish("topic t", "x1");
    NamedSubscription selective = kDurable;
    selective.selector = "kind = 'x'";
    EXPECT_THAT(waiting("topic t", selective), IsEmpty()) << "the old one's messages are gone";
    publish("topic t", "y2");
    publish("topic t", "x2");
    restart();
    publish("topic t", "y3");
    publish("topic t", "x3");
    EXPECT_THAT(waiting("topic t", selective), ElementsAre("x2", "x3"));
    EXPECT_THAT(waiting("topic u", selective), IsEmpty());
    publish("topic t", "x4");
    publish("topic u", "x5");
    EXPECT_THAT(waiting("topic u", selective), ElementsAre("x5"));
}

TEST_P(SubscriptionsTest, forgetting_deletes_it_with_its_messages) {
    EXPECT_THAT(waiting("topic t", kDurable), IsEmpty());
    publish("topic t", "1");
    StoryClient& a = connect();
    a.forget(kKey);
    idle();
    EXPECT_TRUE(a.ok("forget s"));
    restart();
    StoryClient& b = connect();
    b.forget(kKey);
    idle();
    EXPECT_EQ(b.answer("forget s"), Errc::no_such_subscription);
    EXPECT_THAT(waiting("topic t", kDurable), IsEmpty());
}

TEST_P(SubscriptionsTest, one_of_several_who_forget_it_at_once_succeeds) {
    for (const bool anew : {false, true}) {
        EXPECT_THAT(waiting("topic t", kDurable), IsEmpty());
        std::vector<StoryClient*> clients;
        for (int i = 0; i < 4; ++i) clients.push_back(&connect());
        for (StoryClient* client : clients) client->forget(kKey);
        if (anew) connect().subscribe_named("c", "topic t", kDurable);
        idle();
        const auto succeeded =
            std::ranges::count_if(clients, [](auto* client) { return client->ok("forget s"); });
        EXPECT_GE(succeeded, 1);
        for (StoryClient* client : clients) {
            EXPECT_TRUE(client->answered("forget s"));
            client->disconnect();
        }
        idle();
    }
}

TEST_P(SubscriptionsTest, a_durable_one_may_cover_a_pattern) {
    EXPECT_THAT(waiting("topic t.>", kDurable), IsEmpty());
    publish("topic t.1", "1");
    publish("topic u", "no");
    restart();
    publish("topic t.2.3", "2");
    EXPECT_THAT(waiting("topic t.>", kDurable), ElementsAre("1", "2"));
}

TEST_P(SubscriptionsTest, a_durable_one_may_not_want_what_its_own_client_sends) {
    NamedSubscription selfless = kDurable;
    selfless.no_local = true;
    EXPECT_THAT(waiting("topic t", selfless), IsEmpty());
    StoryClient& a = connect();
    a.identify("client", "i");
    a.publish("topic t", "mine");
    idle();
    publish("topic t", "theirs");
    EXPECT_THAT(waiting("topic t", selfless), ElementsAre("theirs"));
}

TEST_P(SubscriptionsTest, what_was_delivered_and_not_settled_comes_again) {
    StoryClient& a = connect();
    a.subscribe_named("c", "topic t", kDurable);
    idle();
    publish("topic t", "1");
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
    a.disconnect();
    idle();
    EXPECT_THAT(waiting("topic t", kDurable), ElementsAre("1!"));
}

TEST_P(SubscriptionsTest, consumers_share_a_shared_one) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.subscribe_named("c", "topic t", kShared);
    b.subscribe_named("d", "topic t", kShared);
    idle();
    EXPECT_TRUE(a.ok("subscribe c") && b.ok("subscribe d"));
    for (int i = 0; i < 10; ++i) publish("topic t", std::to_string(i));
    EXPECT_EQ(a.got("c").size() + b.got("d").size(), 10U);

    NamedSubscription other = kShared;
    other.selector = "kind = 'x'";
    StoryClient& c = connect();
    c.subscribe_named("e", "topic t", other);
    c.subscribe_named("f", "topic t", kDurable);
    idle();
    EXPECT_EQ(c.answer("subscribe e"), Errc::subscription_differs);
    EXPECT_EQ(c.answer("subscribe f"), Errc::subscription_in_use);
}

TEST_P(SubscriptionsTest, a_shared_transient_one_ends_with_its_last_consumer) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.subscribe_named("c", "topic t", kShared, true);
    b.subscribe_named("d", "topic t", kShared, true);
    idle();
    a.unsubscribe("c");
    idle();
    publish("topic t", "1");
    EXPECT_THAT(b.got("d"), ElementsAre("1"));
    b.disconnect();
    idle();
    publish("topic t", "2");
    StoryClient& c = connect();
    c.subscribe_named("e", "topic t", kShared, true);
    idle();
    EXPECT_THAT(c.got("e"), IsEmpty());
    publish("topic t", "3");
    EXPECT_THAT(c.got("e"), ElementsAre("3"));
}

TEST_P(SubscriptionsTest, a_definition_outlives_the_file_it_stood_in) {
    EXPECT_THAT(waiting("topic t", kDurable), IsEmpty());
    StoryClient& a = connect();
    a.subscribe("c", "other");
    for (int i = 0; i < 200; ++i) {
        a.publish_large("other", 1000);
        idle();
        for (const std::string& name : a.got("c")) a.settle(name);
    }
    pass(Millis{3000});
    publish("topic t", "1");
    restart();
    EXPECT_THAT(waiting("topic t", kDurable), ElementsAre("1"));
}

}  // namespace
}  // namespace tern::engine
