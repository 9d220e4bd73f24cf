// What policies say of topics: their past, their order, and whom a message is for.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::TopicHistory;
using broker::TopicOrder;
using testing::ElementsAre;
using testing::IsEmpty;

class TopicsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    TopicsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    void set_policy(const std::function<void(broker::Policy&)>& adjust, Settings settings = {}) {
        broker::Policy policy;
        adjust(policy);
        settings.policies = broker::PolicyMap({}, policy);
        configure(std::move(settings));
    }
    void keep(TopicHistory::Kind kind, std::int32_t most = 0) {
        set_policy([&](broker::Policy& policy) {
            policy.history.kind = kind;
            policy.history.count = most;
            policy.history.bytes = most;
            policy.history.time_ms = most;
        });
    }
    void publish(const std::string& to, const std::vector<std::string>& names,
                 Durable durable = Durable::no) {
        StoryClient& client = connect();
        for (const std::string& name : names) client.publish(to, name, durable);
        idle();
    }
    /// What somebody gets who comes now and asks for the past.
    std::vector<std::string> past(const std::string& topics, const std::string& selector = {}) {
        StoryClient& client = connect();
        client.subscribe_as("late", topics, [&](broker::Subscribe& command) {
            command.retroactive = true;
            command.selector = selector;
            command.credit = 100;
        });
        idle();
        return client.got("late");
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, TopicsTest, testing::Values(1, 2, 3));

TEST_P(TopicsTest, so_many_of_the_past_come_first) {
    keep(TopicHistory::Kind::count, 3);
    publish("topic t", {"1", "2", "3", "4", "5"});
    EXPECT_THAT(past("topic t"), ElementsAre("3", "4", "5"));
    StoryClient& plain = connect();
    plain.subscribe("plain", "topic t");
    idle();
    EXPECT_THAT(plain.got("plain"), IsEmpty());
    publish("topic t", {"6"}, Durable::yes);
    EXPECT_THAT(plain.got("plain"), ElementsAre("6"));
    EXPECT_THAT(past("topic t"), ElementsAre("4", "5", "6"));
}

TEST_P(TopicsTest, what_comes_later_comes_behind_it_and_once) {
    keep(TopicHistory::Kind::count, 100);
    StoryClient& sender = connect();
    StoryClient& late = connect();
    for (const char* name : {"1", "2"}) sender.publish("topic t", name, Durable::no);
    late.subscribe_as("late", "topic t", [](broker::Subscribe& command) {
        command.retroactive = true;
        command.credit = 100;
    });
    for (const char* name : {"3", "4"}) sender.publish("topic t", name, Durable::yes);
    idle();
    for (const char* name : {"5", "6"}) sender.publish("topic t", name, Durable::no);
    idle();
    EXPECT_THAT(late.got("late"), ElementsAre("1", "2", "3", "4", "5", "6"));
}

TEST_P(TopicsTest, a_pattern_gets_the_past_of_all_topics_and_a_selector_chooses) {
    keep(TopicHistory::Kind::last);
    publish("topic a.x", {"p1", "q2"});
    pass(Millis(10));
    publish("topic a.y", {"p3"});
    publish("topic b", {"p4"});
    EXPECT_THAT(past("topic a.>"), ElementsAre("q2", "p3"));
    EXPECT_THAT(past("topic a.>", "kind = 'p'"), ElementsAre("p3"));
}

TEST_P(TopicsTest, the_past_ends_after_its_time) {
    keep(TopicHistory::Kind::time, 5000);
    publish("topic t", {"1"});
    pass(Millis(3000));
    publish("topic t", {"2"});
    EXPECT_THAT(past("topic t"), ElementsAre("1", "2"));
    pass(Millis(3000));
    EXPECT_THAT(past("topic t"), ElementsAre("2"));
    pass(Millis(6000));
    EXPECT_THAT(past("topic t"), IsEmpty());
}

TEST_P(TopicsTest, the_past_takes_so_many_bytes) {
    keep(TopicHistory::Kind::bytes, 100'000);
    StoryClient& sender = connect();
    for (int i = 0; i < 5; ++i) sender.publish_large("topic t", 30'000);
    idle();
    EXPECT_EQ(past("topic t").size(), 3U);
    keep(TopicHistory::Kind::none);
    EXPECT_THAT(past("topic t"), IsEmpty());
}

TEST_P(TopicsTest, everybody_may_be_told_of_the_past) {
    set_policy([](broker::Policy& policy) {
        policy.history.kind = TopicHistory::Kind::last;
        policy.always_retroactive = true;
    });
    publish("topic t", {"1", "2"});
    StoryClient& plain = connect();
    plain.subscribe("plain", "topic t");
    idle();
    EXPECT_THAT(plain.got("plain"), ElementsAre("2"));
}

TEST_P(TopicsTest, ones_own_past_is_not_wanted) {
    keep(TopicHistory::Kind::count, 10);
    StoryClient& client = connect();
    client.publish("topic t", "own", Durable::no);
    publish("topic t", {"other"});
    client.subscribe_as("late", "topic t", [](broker::Subscribe& command) {
        command.retroactive = true;
        command.no_local = true;
        command.credit = 100;
    });
    idle();
    EXPECT_THAT(client.got("late"), ElementsAre("other"));
}

TEST_P(TopicsTest, who_goes_before_the_past_has_come_leaves_nothing) {
    keep(TopicHistory::Kind::count, 10);
    publish("topic t", {"1"});
    StoryClient& client = connect();
    client.subscribe_as("late", "topic t",
                        [](broker::Subscribe& command) { command.retroactive = true; });
    client.disconnect();
    idle();
    EXPECT_EQ(engine_->shard(ShardId{0}).table().size(), 0U);
}

TEST_P(TopicsTest, a_message_may_be_kept_without_any_policy) {
    StoryClient& client = connect();
    client.publish("topic t", "before");
    client.publish_with("topic t", "1", "ActiveMQ.Retain=true");
    client.publish_with("topic t", "2", "ActiveMQ.Retain=true");
    client.publish_with("topic t", "3", "ActiveMQ.Retain=false");
    client.publish_with("t", "on a queue", "ActiveMQ.Retain=true");
    idle();
    EXPECT_THAT(past("topic t"), ElementsAre("2"));
    EXPECT_THAT(past("topic >"), ElementsAre("2"));
    pass(Millis(100'000));
    EXPECT_THAT(past("topic t"), ElementsAre("2"));
    client.publish_with("topic t", "", "ActiveMQ.Retain=true");
    idle();
    EXPECT_THAT(past("topic t"), IsEmpty());
}

TEST_P(TopicsTest, what_is_kept_for_two_reasons_comes_once) {
    keep(TopicHistory::Kind::count, 2);
    StoryClient& client = connect();
    client.publish_with("topic t", "1", "ActiveMQ.Retain=true");
    client.publish("topic t", "2");
    idle();
    EXPECT_THAT(past("topic t"), ElementsAre("1", "2"));
    client.publish("topic t", "3");
    idle();
    EXPECT_THAT(past("topic t"), ElementsAre("1", "2", "3"));
}

/// Queues of virtual topics, and those with a qualified name.
Settings with_queues_of_topics() {
    return {.virtual_topics = broker::VirtualTopics({{"t.>", "q.*.", ""}}, true),
            .policies = {},
            .names = {.qualified = true}};
}

TEST_P(TopicsTest, a_late_queue_holds_so_many_and_keeps_them) {
    set_policy([](broker::Policy& policy) { policy.retroactive_count = 2; },
               with_queues_of_topics());
    publish("topic t.a", {"1", "2", "3"}, Durable::yes);
    StoryClient& client = connect();
    client.declare("q.x.t.a");
    client.declare("t.a::late");
    client.declare("q.x.other");
    idle();
    publish("topic t.a", {"4"}, Durable::yes);
    EXPECT_THAT(on("q.x.t.a"), ElementsAre("2", "3", "4"));
    EXPECT_THAT(on("t.a::late"), ElementsAre("2", "3", "4"));
    EXPECT_THAT(on("q.x.other"), IsEmpty());
    client.subscribe("s", "topic t.a");
    idle();
    EXPECT_THAT(client.got("s"), ElementsAre("3", "4"));
    restart();
    EXPECT_THAT(on("q.x.t.a"), ElementsAre("2", "3", "4"));
}

TEST_P(TopicsTest, the_first_retroactive_consumer_of_a_queue_brings_the_past) {
    set_policy(
        [](broker::Policy& policy) {
            policy.history.kind = TopicHistory::Kind::count;
            policy.history.count = 2;
        },
        with_queues_of_topics());
    publish("topic t.a", {"1", "2", "3"}, Durable::yes);
    StoryClient& client = connect();
    const auto retroactive = [](broker::Subscribe& command) {
        command.retroactive = true;
        command.credit = 100;
    };
    client.subscribe("plain", "q.x.t.a");
    idle();
    publish("topic t.a", {"4"}, Durable::yes);
    EXPECT_THAT(client.got("plain"), ElementsAre("4"));
    client.unsubscribe("plain");
    idle();
    client.subscribe_as("late", "q.x.t.a", retroactive);
    idle();
    // What the queue had got itself it does not get again.
    EXPECT_THAT(client.got("late"), testing::UnorderedElementsAre("3", "4"));
    client.subscribe_as("later", "q.x.t.a", retroactive);
    idle();
    EXPECT_THAT(client.got("later"), IsEmpty());
}

TEST_P(TopicsTest, in_strict_order_all_see_the_same) {
    set_policy([](broker::Policy& policy) { policy.topic_dispatch.order = TopicOrder::strict; });
    std::vector<StoryClient*> readers;
    for (int i = 0; i < 3; ++i) {
        readers.push_back(&connect());
        readers.back()->subscribe("c", "topic t", 1000);
    }
    idle();
    std::vector<StoryClient*> senders;
    for (int i = 0; i < 4; ++i) senders.push_back(&connect());
    for (int i = 0; i < 20; ++i) {
        for (std::size_t s = 0; s < senders.size(); ++s) {
            const auto durable = (i + s) % 3 == 0 ? Durable::yes : Durable::no;
            senders[s]->publish("topic t", std::to_string(s) + "." + std::to_string(i), durable);
        }
    }
    idle();
    const auto seen = readers[0]->got("c");
    EXPECT_EQ(seen.size(), 80U);
    EXPECT_EQ(readers[1]->got("c"), seen);
    EXPECT_EQ(readers[2]->got("c"), seen);
}

TEST_P(TopicsTest, a_message_may_be_for_one_client_id) {
    set_policy(
        [](broker::Policy& policy) { policy.topic_dispatch.order = TopicOrder::client_id_filter; });
    StoryClient& a = connect();
    a.identify("a", "1");
    a.subscribe("c", "topic x.>");
    a.subscribe_named("d", "topic x.PTP", {.key = {"a", "d"}});
    StoryClient& b = connect();
    b.identify("b", "2");
    b.subscribe("c", "topic x.>");
    idle();
    StoryClient& sender = connect();
    sender.publish_with("topic x.PTP", "one", "PTP_CLIENTID=a");
    sender.publish_with("topic x.PTP", "all", "other=a");
    sender.publish_with("topic x.other", "nobody", "PTP_CLIENTID=a");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("one", "all"));
    EXPECT_THAT(a.got("d"), ElementsAre("one", "all"));
    EXPECT_THAT(b.got("c"), ElementsAre("all"));
}

TEST_P(TopicsTest, durable_subscriptions_end_when_nobody_comes_back) {
    configure(
        {.virtual_topics = {}, .policies = {}, .offline = {.ms_max = 10'000, .period_ms = 1000}});
    StoryClient& client = connect();
    client.subscribe_named("used", "topic t", {.key = {"c", "used"}});
    client.subscribe_named("left", "topic t", {.key = {"c", "left"}});
    idle();
    client.unsubscribe("left");
    pass(Millis(9000));
    EXPECT_NE(client.connection().find_subscription({"c", "left"}), nullptr);
    pass(Millis(3000));
    EXPECT_EQ(client.connection().find_subscription({"c", "left"}), nullptr);
    EXPECT_NE(client.connection().find_subscription({"c", "used"}), nullptr);
    restart();
    pass(Millis(9000));
    EXPECT_NE(connect().connection().find_subscription({"c", "used"}), nullptr);
    pass(Millis(3000));
    EXPECT_EQ(connect().connection().find_subscription({"c", "used"}), nullptr);
}

TEST_P(TopicsTest, durable_subscriptions_may_be_refused) {
    configure({.virtual_topics = {}, .policies = {}, .durable_refused = true});
    StoryClient& client = connect();
    client.subscribe_named("d", "topic t", {.key = {"c", "d"}});
    client.subscribe_named("t", "topic t", {.key = {"c", "t"}}, true);
    idle();
    EXPECT_EQ(client.answer("subscribe d"), broker::Errc::durable_refused);
    EXPECT_TRUE(client.ok("subscribe t"));
}

}  // namespace
}  // namespace tern::engine
