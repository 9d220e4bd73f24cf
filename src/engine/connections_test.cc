// What belongs to a connection: its temporary destinations and its client id.

#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

class ConnectionsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    ConnectionsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}
};

INSTANTIATE_TEST_SUITE_P(Shards, ConnectionsTest, testing::Values(1, 2, 3));

// ---- temporary destinations

TEST_P(ConnectionsTest, temporary_queues_live_with_their_connection) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.identify("client", "ID:a");
    a.declare("temp r");
    idle();
    EXPECT_EQ(told_["+temp-queue://r"], shards_);
    EXPECT_THAT(b.connection().temporary_destinations(),
                ElementsAre(StoryClient::destination("temp r")));
    a.subscribe("c", "temp r");
    b.publish("temp r", "reply");
    b.subscribe("thief", "temp r");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("reply"));
    EXPECT_EQ(b.answer("subscribe thief"), Errc::not_the_owner);
    a.disconnect();
    idle();
    EXPECT_EQ(told_["-temp-queue://r"], shards_);
    EXPECT_THAT(b.connection().temporary_destinations(), IsEmpty());
    b.publish("temp r", "late");
    idle();
    EXPECT_EQ(b.answer("late"), Errc::no_such_destination);
}

TEST_P(ConnectionsTest, temporary_destinations_are_removed_on_demand_in_spite_of_consumers) {
    StoryClient& a = connect();
    for (const std::string name : {"temp r", "temp topic t"}) {
        a.declare(name);
        a.subscribe("c", name);
        a.publish(name, "1");
        idle();
        EXPECT_THAT(a.got("c"), ElementsAre("1"));
        a.remove(name);
        a.unsubscribe("c");
        idle();
        EXPECT_TRUE(a.ok("remove " + name));
        a.publish(name, "2");
        idle();
        EXPECT_EQ(a.answer("2"), Errc::no_such_destination);
    }
}

TEST_P(ConnectionsTest, a_consumer_creates_its_temporary_queue_when_it_is_restored_first) {
    StoryClient& a = connect();
    a.subscribe("c", "temp r");
    a.declare("temp r");
    a.publish("temp r", "1");
    idle();
    EXPECT_TRUE(a.ok("subscribe c") && a.ok("declare temp r"));
    EXPECT_THAT(a.got("c"), ElementsAre("1"));
}

TEST_P(ConnectionsTest, commands_behind_the_restored_consumer_of_a_temporary_queue_wait_for_it) {
    StoryClient& a = connect();
    // While the first queue is made everything else is held up, the subscription first.
    a.publish("new queue", "0");
    a.subscribe("c", "temp r");
    a.unsubscribe("c");
    a.publish("temp r", "1");
    a.subscribe("d", "temp r");
    idle();
    EXPECT_THAT(a.got("c"), IsEmpty());
    EXPECT_THAT(a.got("d"), ElementsAre("1")) << "no forgotten consumer took it";
}

TEST_P(ConnectionsTest, messages_of_temporary_queues_leave_no_trace) {
    StoryClient& a = connect();
    a.declare("temp r");
    a.publish("temp r", "1");
    idle();
    restart();
    EXPECT_FALSE(exists("temp r"));
}

// ---- client ids

TEST_P(ConnectionsTest, client_ids_are_unique) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.identify("client", "ID:a");
    idle();
    b.identify("client", "ID:b");
    idle();
    EXPECT_TRUE(a.ok("identify client"));
    EXPECT_EQ(b.answer("identify client"), Errc::client_id_in_use);
    a.disconnect();
    idle();
    StoryClient& c = connect();
    c.identify("client", "ID:c");
    idle();
    EXPECT_TRUE(c.ok("identify client"));
}

TEST_P(ConnectionsTest, a_refused_connection_does_not_free_the_client_id_when_it_goes) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    a.identify("client", "ID:a");
    idle();
    b.identify("client", "ID:b");
    idle();
    b.disconnect();
    idle();
    StoryClient& c = connect();
    c.identify("client", "ID:c");
    idle();
    EXPECT_EQ(c.answer("identify client"), Errc::client_id_in_use);
}

TEST_P(ConnectionsTest, a_reconnect_takes_over_from_the_old_connection) {
    StoryClient& old = connect();
    StoryClient& again = connect();
    old.identify("client", "ID:a");
    old.declare("temp r");
    old.publish("q", "1");
    old.subscribe("c", "q");
    idle();
    EXPECT_THAT(old.got("c"), ElementsAre("1"));
    again.identify("client", "ID:a");
    again.declare("temp r");
    again.subscribe("c", "temp r");
    again.subscribe("d", "q");
    idle();
    EXPECT_TRUE(again.ok("identify client"));
    EXPECT_EQ(broker::ConnectionEnd::taken_over, old.eviction());
    EXPECT_TRUE(again.ok("subscribe c")) << "the temporary queue has a new owner";
    EXPECT_THAT(again.got("d"), ElementsAre("1!")) << "what the old connection had is free";

    // The old socket's end is noticed whenever it is.
    old.disconnect();
    idle();
    again.publish("temp r", "reply");
    idle();
    EXPECT_THAT(again.got("c"), ElementsAre("reply"));
    StoryClient& other = connect();
    other.identify("client", "ID:b");
    idle();
    EXPECT_EQ(other.answer("identify client"), Errc::client_id_in_use);
}

TEST_P(ConnectionsTest, who_takes_over_from_nobody_gets_a_free_client_id_only) {
    StoryClient& quiet = connect();
    quiet.identify("client", "ID:a", broker::Takeover::none);
    idle();
    EXPECT_TRUE(quiet.ok("identify client"));
    StoryClient& other = connect();
    other.identify("client", "ID:a", broker::Takeover::none);
    idle();
    EXPECT_EQ(other.answer("identify client"), Errc::client_id_in_use);
    StoryClient& again = connect();
    again.identify("client", "ID:a");
    idle();
    EXPECT_TRUE(again.ok("identify client"));
    EXPECT_TRUE(quiet.was_evicted());
}

TEST_P(ConnectionsTest, who_has_left_owns_nothing_any_more) {
    StoryClient& a = connect();
    a.identify("client", "ID:a");
    a.declare("temp r");
    a.declare("temp topic t");
    a.publish("q", "1");
    a.leave();
    // Whoever was told so may rely on it, whatever else is under way.
    while (!a.answered("leave")) ASSERT_TRUE(world_->step());
    StoryClient& b = connect();
    b.identify("client", "ID:b");
    b.publish("temp r", "2");
    b.publish("temp topic t", "3");
    idle();
    EXPECT_TRUE(a.ok("1") && b.ok("identify client"));
    EXPECT_EQ(b.answer("2"), Errc::no_such_destination);
    EXPECT_EQ(b.answer("3"), Errc::no_such_destination);
}

}  // namespace
}  // namespace tern::engine
