// What policies and interceptors of the configuration say of queues: who gets what, what else gets
// it, and what goes when nobody uses it.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PoliciesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    PoliciesTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    void set_policy(const std::function<void(broker::Policy&)>& adjust, Settings settings = {}) {
        broker::Policy policy;
        adjust(policy);
        settings.policies = broker::PolicyMap({}, policy);
        configure(std::move(settings));
    }
    void publish(const std::string& to, const std::vector<std::string>& names) {
        StoryClient& client = connect();
        for (const std::string& name : names) client.publish(to, name);
        idle();
    }
    static broker::Destination queue(std::string name) {
        return {broker::Domain::queue, false, std::move(name)};
    }
    static broker::Destination topic(std::string name) {
        return {broker::Domain::topic, false, std::move(name)};
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, PoliciesTest, testing::Values(1, 3));

TEST_P(PoliciesTest, dispatch_waits_for_time_or_consumers) {
    set_policy([](broker::Policy& policy) {
        policy.consumers_before_dispatch = 2;
        policy.dispatch_after_ms = 5000;
    });
    publish("q", {"1", "2"});
    StoryClient& a = connect();
    a.subscribe("a", "q", 1);
    pass(Millis(4900));
    EXPECT_THAT(a.got("a"), IsEmpty());
    pass(Millis(200));
    EXPECT_THAT(a.got("a"), ElementsAre("1"));

    publish("p", {"1"});
    a.subscribe("b", "p");
    idle();
    EXPECT_THAT(a.got("b"), IsEmpty());
    connect().subscribe("c", "p", 0);
    idle();
    EXPECT_THAT(a.got("b"), ElementsAre("1"));
}

TEST_P(PoliciesTest, a_ring_holds_so_many_also_without_consumers) {
    set_policy([](broker::Policy& policy) { policy.ring_size = 2; });
    publish("q", {"1", "2", "3", "4"});
    EXPECT_THAT(on("q"), ElementsAre("3", "4"));
    restart();
    EXPECT_THAT(on("q"), ElementsAre("3", "4"));
}

TEST_P(PoliciesTest, nothing_waits_where_nobody_may_be_waited_for) {
    set_policy([](broker::Policy& policy) { policy.purge_on_no_consumers = true; });
    publish("q", {"1"});
    EXPECT_THAT(on("q"), IsEmpty());
    StoryClient& a = connect();
    a.subscribe("a", "q", 0);
    idle();
    publish("q", {"2"});
    EXPECT_THAT(on("q"), ElementsAre("2"));
    a.unsubscribe("a");
    idle();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(PoliciesTest, there_may_be_so_many_queues_and_no_more) {
    set_policy([](broker::Policy& policy) { policy.destinations_max = 2; });
    publish("a", {"1"});
    publish("b", {"1"});
    StoryClient& client = connect();
    client.publish("c", "refused");
    client.publish("a", "taken");
    client.subscribe("x", "d");
    idle();
    EXPECT_EQ(client.answer("refused"), broker::Errc::too_many_destinations);
    EXPECT_EQ(client.answer("subscribe x"), broker::Errc::too_many_destinations);
    EXPECT_TRUE(client.ok("taken"));
    EXPECT_FALSE(exists("c"));
    client.remove("b");
    idle();
    publish("c", {"1"});
    EXPECT_THAT(on("c"), ElementsAre("1"));
}

TEST_P(PoliciesTest, an_unused_queue_goes) {
    Settings settings;
    settings.sweep = {.period_ms = 1000, .removed_max = 0};
    set_policy(
        [](broker::Policy& policy) {
            policy.collect_inactive = true;
            policy.inactive_ms_max = 3000;
        },
        std::move(settings));
    publish("full", {"1"});
    StoryClient& client = connect();
    client.declare("empty");
    client.declare("used");
    client.declare("consumed");
    client.subscribe("c", "consumed");
    idle();
    for (int second = 0; second < 3; ++second) {
        pass(Millis(1000));
        publish("used", {"x"});
        client.subscribe("u", "used");
        idle();
        for (const std::string& name : client.got("u")) client.settle(name);
        client.unsubscribe("u");
        idle();
    }
    pass(Millis(1100));
    EXPECT_TRUE(exists("full") && exists("used") && exists("consumed"));
    EXPECT_FALSE(exists("empty"));
    pass(Millis(3000));
    EXPECT_FALSE(exists("used"));
    EXPECT_TRUE(exists("full") && exists("consumed"));
    publish("empty", {"again"});
    EXPECT_THAT(on("empty"), ElementsAre("again"));
}

TEST_P(PoliciesTest, not_all_unused_queues_go_at_once) {
    Settings settings;
    settings.sweep = {.period_ms = 1000, .removed_max = 1};
    set_policy(
        [](broker::Policy& policy) {
            policy.collect_inactive = true;
            policy.inactive_ms_max = 0;
        },
        std::move(settings));
    StoryClient& client = connect();
    client.declare("a");
    client.declare("b");
    idle();
    const auto left = [this] { return int{exists("a")} + int{exists("b")}; };
    EXPECT_EQ(left(), 2);
    pass(Millis(1050));
    EXPECT_GE(left(), GetParam() == 1 ? 1 : 0);
    pass(Millis(1000));
    EXPECT_EQ(left(), 0);
}

TEST_P(PoliciesTest, composites_forward_durably) {
    Settings settings;
    settings.composites = {
        {.from = queue("in"), .to = {{queue("a")}, {topic("t")}, {queue("b"), "name = 'x'"}}}};
    configure(settings);
    StoryClient& client = connect();
    client.subscribe("t", "topic t");
    idle();
    client.publish("in", "1");
    client.begin(1);
    client.publish_in(1, "in", "2");
    client.commit(1);
    idle();
    EXPECT_THAT(client.got("t"), ElementsAre("1", "2"));
    EXPECT_FALSE(exists("in"));
    restart();
    configure(settings);
    EXPECT_THAT(on("a"), ElementsAre("1", "2"));
    EXPECT_THAT(on("b"), IsEmpty());
}

TEST_P(PoliciesTest, a_mirror_shows_what_is_sent_to_queues) {
    Settings settings;
    settings.mirror = Mirror{.prefix = "Mirror.", .postfix = ""};
    configure(std::move(settings));
    StoryClient& client = connect();
    client.subscribe("tap", "topic Mirror.q");
    idle();
    publish("q", {"1", "2"});
    EXPECT_THAT(client.got("tap"), ElementsAre("1", "2"));
    EXPECT_THAT(on("q"), ElementsAre("1", "2"));
}

TEST_P(PoliciesTest, a_queue_has_no_more_consumers_than_it_may) {
    set_policy([](broker::Policy& policy) { policy.consumers_max = 2; });
    StoryClient& client = connect();
    client.subscribe("a", "q");
    client.subscribe("b", "q");
    idle();
    client.subscribe("c", "q");
    idle();
    EXPECT_EQ(client.answer("subscribe c"), broker::Errc::too_many_consumers);
    client.unsubscribe("a");
    idle();
    client.subscribe("d", "q");
    client.browse("look", "q");
    idle();
    EXPECT_TRUE(client.ok("subscribe d"));
    EXPECT_THAT(client.got("look"), ElementsAre("(end)"));
}

TEST_P(PoliciesTest, of_several_that_come_at_once_one_is_closed) {
    set_policy([](broker::Policy& policy) { policy.consumers_max = 1; });
    connect().declare("q");
    idle();
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.subscribe("a", "q");
    b.subscribe("b", "q");
    idle();
    const std::size_t closed = a.closed().size() + b.closed().size();
    const auto refused = (a.ok("subscribe a") ? 0U : 1U) + (b.ok("subscribe b") ? 0U : 1U);
    EXPECT_EQ(closed + refused, 1U);
}

TEST_P(PoliciesTest, what_is_read_may_stay) {
    set_policy([](broker::Policy& policy) { policy.non_destructive = true; });
    publish("q", {"1", "2"});
    StoryClient& client = connect();
    client.subscribe("a", "q");
    client.subscribe("b", "q");
    idle();
    EXPECT_THAT(client.got("a"), ElementsAre("1", "2"));
    EXPECT_THAT(client.got("b"), ElementsAre("1", "2"));
    client.settle("1");
    client.begin(1);
    client.settle_in(1, {"2"});
    client.commit(1);
    idle();
    EXPECT_TRUE(client.ok("commit 1"));
    EXPECT_THAT(on("q"), ElementsAre("1", "2"));
    restart();
    EXPECT_EQ(on("q").size(), 2U);
}

TEST_P(PoliciesTest, a_temporary_destination_may_be_anothers) {
    const auto steal = [this] {
        StoryClient& owner = connect();
        StoryClient& thief = connect();
        owner.declare("temp x" + std::to_string(clients_.size()));
        idle();
        thief.subscribe("c", "temp x" + std::to_string(clients_.size()));
        idle();
        return thief.answer("subscribe c");
    };
    EXPECT_EQ(steal(), broker::Errc::not_the_owner);
    set_policy([](broker::Policy& policy) { policy.temp_destination_stealing = true; });
    EXPECT_FALSE(steal());
}

TEST_P(PoliciesTest, a_temporary_destination_that_is_gone_may_be_made_again) {
    StoryClient& client = connect();
    client.publish("temp x", "1", Durable::no);
    idle();
    EXPECT_EQ(client.answer("1"), broker::Errc::no_such_destination);
    configure({.virtual_topics = {}, .policies = {}, .temporary_made_on_send = true});
    client.publish("temp x", "2", Durable::no);
    idle();
    EXPECT_TRUE(client.ok("2"));
    client.subscribe("c", "temp x");
    idle();
    EXPECT_THAT(client.got("c"), ElementsAre("2"));
}

TEST_P(PoliciesTest, destinations_may_have_another_separator) {
    configure({.virtual_topics = {}, .policies = {}, .names = {.separator = "/"}});
    StoryClient& client = connect();
    client.subscribe("q", "a.b");
    client.subscribe("t", "topic x/>");
    idle();
    publish("a/b", {"1"});
    publish("topic x.y", {"2"});
    publish("topic x/y/z", {"3"});
    EXPECT_THAT(client.got("q"), ElementsAre("1"));
    EXPECT_THAT(client.got("t"), ElementsAre("2", "3"));
    client.remove("topic x/y");
    idle();
    EXPECT_FALSE(exists("a/b"));
}

TEST_P(PoliciesTest, a_qualified_name_is_a_queue_of_a_topic) {
    configure({.virtual_topics = broker::VirtualTopics({}, true),
               .policies = {},
               .names = {.qualified = true}});
    StoryClient& client = connect();
    client.subscribe("a", "topic t::one");
    client.subscribe("b", "t::one");
    client.subscribe("c", "t::two");
    idle();
    publish("topic t", {"1", "2"});
    publish("topic t::two", {"3"});
    EXPECT_EQ(client.got("a").size() + client.got("b").size(), 2U);
    EXPECT_THAT(client.got("c"), ElementsAre("1", "2", "3"));
}

TEST_P(PoliciesTest, a_queue_gets_what_its_filter_takes) {
    set_policy([](broker::Policy& policy) { policy.filter = "kind = 'a'"; },
               {.virtual_topics = broker::VirtualTopics({{"t", "q.*.", ""}}), .policies = {}});
    StoryClient& client = connect();
    client.declare("q.x.t");
    client.subscribe("s", "topic t");
    idle();
    publish("q", {"a1", "b1", "a2"});
    publish("topic t", {"a3", "b2"});
    EXPECT_THAT(on("q"), ElementsAre("a1", "a2"));
    EXPECT_THAT(on("q.x.t"), ElementsAre("a3"));
    EXPECT_THAT(client.got("s"), ElementsAre("a3", "b2")) << "it is for queues";
    client.begin(1);
    client.publish_in(1, "q", "a4");
    client.publish_in(1, "q", "b3");
    client.commit(1);
    idle();
    EXPECT_TRUE(client.ok("commit 1"));
    EXPECT_THAT(on("q"), ElementsAre("a1", "a2", "a4"));
    // Other policies hold at once.
    set_policy([](broker::Policy& policy) { policy.filter = "kind = 'b'"; });
    publish("q", {"a5", "b4"});
    EXPECT_THAT(on("q"), ElementsAre("a1", "a2", "a4", "b4"));
}

TEST_P(PoliciesTest, a_queue_that_is_not_enabled_gives_and_does_not_take) {
    publish("q", {"1"});
    set_policy([](broker::Policy& policy) { policy.enabled = false; });
    StoryClient& client = connect();
    client.publish("q", "2");
    client.subscribe("c", "q");
    client.declare("temp t");
    idle();
    client.publish("temp t", "3", Durable::no);
    idle();
    EXPECT_TRUE(client.ok("2"));
    EXPECT_THAT(client.got("c"), ElementsAre("1"));
    EXPECT_THAT(on("temp t"), ElementsAre("3"));
}

TEST_P(PoliciesTest, nobody_makes_a_queue_by_using_it) {
    connect().declare("there");
    idle();
    set_policy([](broker::Policy& policy) { policy.auto_create = false; });
    StoryClient& client = connect();
    client.publish("there", "1");
    client.publish("absent", "2");
    client.subscribe("c", "absent");
    client.subscribe("t", "topic t");
    client.declare("temp x");
    idle();
    EXPECT_TRUE(client.ok("1"));
    EXPECT_EQ(client.answer("2"), broker::Errc::no_such_destination);
    EXPECT_EQ(client.answer("subscribe c"), broker::Errc::no_such_destination);
    EXPECT_TRUE(client.ok("subscribe t") && client.ok("declare temp x"));
    EXPECT_FALSE(exists("absent"));
}

TEST_P(PoliciesTest, a_queue_may_go_with_its_last_consumer) {
    set_policy([](broker::Policy& policy) { policy.auto_delete = true; });
    publish("q", {"1", "2"});
    StoryClient& client = connect();
    client.subscribe("a", "q");
    client.subscribe("b", "q", 0);
    idle();
    client.settle("1");
    client.unsubscribe("b");
    idle();
    client.unsubscribe("a");
    idle();
    EXPECT_THAT(on("q"), ElementsAre("2")) << "it is not empty";
    client.subscribe("c", "q");
    idle();
    client.settle("2");
    client.unsubscribe("c");
    idle();
    EXPECT_FALSE(exists("q"));
    publish("q", {"3"});
    EXPECT_THAT(on("q"), ElementsAre("3")) << "it is made again";
}

}  // namespace
}  // namespace tern::engine
