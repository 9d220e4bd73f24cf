#include "broker/api/errors.h"
#include "engine/engine_story.h"

namespace tern::engine {
namespace {

using broker::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

/// Messages with an id of their sender's.
class DuplicatesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    DuplicatesTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    static void send(StoryClient& client, const std::string& to, const std::string& name,
                     const std::string& id, Durable durable = Durable::yes,
                     std::uint64_t transaction = 0) {
        client.publish_with(to, name, "_AMQ_DUPL_ID=" + id, durable, {}, transaction);
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, DuplicatesTest, testing::Values(1, 3));

TEST_P(DuplicatesTest, the_second_of_an_id_is_dropped_and_answered) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    send(a, "q", "first", "1");
    idle();
    send(b, "q", "again", "1");
    send(b, "q", "another", "2");
    b.publish("q", "plain");
    idle();
    EXPECT_TRUE(a.ok("first") && b.ok("again") && b.ok("another") && b.ok("plain"));
    EXPECT_THAT(on("q"), ElementsAre("first", "another", "plain"));
}

TEST_P(DuplicatesTest, one_of_two_at_the_same_time_gets_through) {
    StoryClient& a = connect();
    StoryClient& b = connect();
    send(a, "q", "x", "1");
    send(b, "q", "x", "1");
    idle();
    EXPECT_TRUE(a.ok("x") && b.ok("x"));
    EXPECT_THAT(on("q"), ElementsAre("x"));
}

TEST_P(DuplicatesTest, order_holds_while_somebody_is_asked) {
    StoryClient& a = connect();
    std::ignore = connect();
    StoryClient& c = connect();
    for (StoryClient* const client : {&a, &c}) {
        send(*client, "q", "1", client == &a ? "a" : "c");
        client->publish("q", "2");
        idle();
        EXPECT_THAT(on("q"), ElementsAre("1", "2"));
        client->remove("q");
        idle();
    }
}

TEST_P(DuplicatesTest, ids_are_those_of_an_address) {
    StoryClient& a = connect();
    send(a, "q1", "x", "1");
    send(a, "q2", "y", "1");
    idle();
    EXPECT_THAT(on("q1"), ElementsAre("x"));
    EXPECT_THAT(on("q2"), ElementsAre("y"));
}

TEST_P(DuplicatesTest, transient_messages_have_them_too) {
    StoryClient& a = connect();
    send(a, "q", "x", "1", Durable::no);
    send(a, "q", "y", "1", Durable::no);
    idle();
    EXPECT_THAT(on("q"), ElementsAre("x"));
}

TEST_P(DuplicatesTest, ids_survive_a_restart) {
    StoryClient& a = connect();
    send(a, "q", "x", "1");
    idle();
    restart();
    StoryClient& b = connect();
    send(b, "q", "y", "1");
    send(b, "q", "z", "2");
    idle();
    EXPECT_TRUE(b.ok("y"));
    EXPECT_THAT(on("q"), ElementsAre("x", "z"));
}

TEST_P(DuplicatesTest, a_transaction_with_one_is_dropped_whole) {
    StoryClient& a = connect();
    send(a, "q", "before", "1");
    a.subscribe("c", "in");
    a.publish("in", "work");
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("work"));
    a.begin(1);
    send(a, "q", "new", "2", Durable::yes, 1);
    send(a, "q", "again", "1", Durable::yes, 1);
    a.settle_in(1, {"work"});
    a.commit(1);
    idle();
    EXPECT_EQ(a.answer("commit 1"), Errc::duplicate);
    EXPECT_THAT(on("q"), ElementsAre("before"));
    a.settle("work", broker::Outcome::release);
    idle();
    EXPECT_THAT(a.got("c"), ElementsAre("work")) << "it was not accepted";
    send(a, "q", "new", "2");
    idle();
    EXPECT_THAT(on("q"), ElementsAre("before", "new")) << "its id was not used up";
}

TEST_P(DuplicatesTest, a_branch_with_one_is_dropped_whole) {
    StoryClient& a = connect();
    send(a, "q", "before", "1");
    idle();
    const auto work = [&] {
        a.join(1, "x");
        send(a, "q", "new", "2", Durable::yes, 1);
        send(a, "q", "again", "1", Durable::yes, 1);
    };
    work();
    a.prepare("x");
    idle();
    EXPECT_EQ(a.answer("prepare x"), Errc::duplicate);
    a.finish("x", broker::BranchEnd::commit_prepared);
    idle();
    EXPECT_EQ(a.answer("finish x"), Errc::no_such_transaction);
    work();
    a.finish("x", broker::BranchEnd::commit);
    idle();
    EXPECT_EQ(a.answer("finish x"), Errc::duplicate);
    EXPECT_THAT(on("q"), ElementsAre("before"));
    send(a, "q", "new", "2");
    idle();
    EXPECT_THAT(on("q"), ElementsAre("before", "new")) << "its id was not used up";
}

TEST_P(DuplicatesTest, of_a_prepared_branch_is_dropped_what_was_sent_meanwhile) {
    for (const bool commit : {true, false}) {
        const std::string id = commit ? "1" : "2";
        StoryClient& a = connect();
        a.join(1, "x");
        send(a, "q", "staged", id, Durable::yes, 1);
        a.publish_in(1, "q", "plain " + id);
        a.prepare("x");
        idle();
        EXPECT_TRUE(a.ok("prepare x"));
        restart();
        StoryClient& b = connect();
        send(b, "q", "sent " + id, id);
        idle();
        b.finish("x", commit ? broker::BranchEnd::commit_prepared : broker::BranchEnd::rollback);
        idle();
        EXPECT_TRUE(b.ok("finish x"));
    }
    EXPECT_THAT(on("q"), ElementsAre("sent 1", "plain 1", "sent 2"));
}

TEST_P(DuplicatesTest, a_branch_may_have_ids) {
    StoryClient& a = connect();
    for (const std::string id : {"1", "2"}) {
        a.join(1, "x");
        send(a, "q", "sent " + id, id, Durable::yes, 1);
        if (id == "2") a.prepare("x");
        idle();
        a.finish("x", id == "2" ? broker::BranchEnd::commit_prepared : broker::BranchEnd::commit);
        idle();
        EXPECT_TRUE(a.ok("finish x"));
        send(a, "q", "again", id);
        idle();
    }
    EXPECT_THAT(on("q"), ElementsAre("sent 1", "sent 2"));
}

TEST_P(DuplicatesTest, a_transaction_may_have_ids) {
    StoryClient& a = connect();
    a.begin(1);
    send(a, "q", "x", "1", Durable::yes, 1);
    send(a, "q", "y", "2", Durable::yes, 1);
    a.commit(1);
    idle();
    EXPECT_TRUE(a.ok("commit 1"));
    send(a, "q", "z", "2");
    idle();
    EXPECT_THAT(on("q"), ElementsAre("x", "y"));
}

}  // namespace
}  // namespace tern::engine
