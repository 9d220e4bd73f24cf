#include "broker/api/errors.h"
#include "engine/engine_story.h"
#include "engine/operations.h"

#include <optional>

namespace tern::engine {
namespace {

using broker::BranchEnd;
using broker::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

/// Branches of distributed transactions.
class BranchesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    BranchesTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    std::vector<std::string> branches() {
        StoryClient& asks = connect();
        asks.list_branches();
        idle();
        return asks.branches();
    }
    /// Consumes "0" from `in` and publishes "1" to `out` as transaction 1 in the branch `x`.
    StoryClient& work_in_one() {
        StoryClient& a = connect();
        a.publish("in", "0");
        a.subscribe("c", "in");
        idle();
        a.join(1, "x");
        a.settle_in(1, {"0"});
        a.publish_in(1, "out", "1");
        idle();
        return a;
    }
    StoryClient& prepare_one() {
        StoryClient& a = work_in_one();
        a.prepare("x");
        idle();
        return a;
    }
    /// An operator does.
    std::error_code decide(BranchEnd end) {
        Operations operations(*engine_, [](Task task) { task(); });
        std::optional<std::error_code> answered;
        operations.decide_branch("x", end, [&](std::error_code error) { answered = error; });
        idle();
        return answered.value();
    }
    std::vector<broker::BranchStatus> listed() {
        Operations operations(*engine_, [](Task task) { task(); });
        std::vector<broker::BranchStatus> all;
        operations.list_branches([&](auto found) { all = std::move(found); });
        idle();
        return all;
    }
    StoryClient& finish(BranchEnd end) {
        StoryClient& b = connect();
        b.finish("x", end);
        idle();
        return b;
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, BranchesTest, testing::Values(1, 2, 3));

// ---- Prepared ones

TEST_P(BranchesTest, a_prepared_branch_waits_for_any_connection_to_commit_it) {
    StoryClient& a = prepare_one();
    EXPECT_TRUE(a.ok("prepare x"));
    a.disconnect();
    EXPECT_THAT(branches(), ElementsAre("x"));
    EXPECT_THAT(on("out"), IsEmpty());
    StoryClient& other = connect();
    other.subscribe("d", "in");
    idle();
    EXPECT_THAT(other.got("d"), IsEmpty());
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
    EXPECT_THAT(branches(), IsEmpty());
    EXPECT_EQ(finish(BranchEnd::commit).answer("finish x"), Errc::no_such_transaction);
    restart();
    EXPECT_THAT(branches(), IsEmpty());
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
}

TEST_P(BranchesTest, a_rolled_back_branch_gives_back_what_it_accepted) {
    prepare_one().disconnect();
    EXPECT_TRUE(finish(BranchEnd::rollback).ok("finish x"));
    EXPECT_THAT(on("in"), ElementsAre("0!"));
    EXPECT_THAT(on("out"), IsEmpty());
    restart();
    EXPECT_THAT(on("in"), ElementsAre("0!"));
    EXPECT_THAT(on("out"), IsEmpty());
    EXPECT_THAT(branches(), IsEmpty());
}

TEST_P(BranchesTest, a_rollback_leaves_messages_with_their_open_consumer) {
    StoryClient& a = prepare_one();
    EXPECT_EQ(a.ended(1), "");
    EXPECT_TRUE(finish(BranchEnd::rollback).ok("finish x"));
    EXPECT_EQ(a.ended(1), "rolled back");
    a.begin(2);
    a.settle_in(2, {"0"});
    a.commit(2);
    EXPECT_THAT(on("in"), IsEmpty());
}

TEST_P(BranchesTest, whoever_worked_in_a_branch_hears_of_its_commit) {
    StoryClient& a = prepare_one();
    EXPECT_TRUE(finish(BranchEnd::commit).ok("finish x"));
    EXPECT_EQ(a.ended(1), "committed");
}

TEST_P(BranchesTest, a_branch_survives_the_end_of_the_broker_and_then_commits) {
    prepare_one();
    for (int times = 0; times < 2; ++times) {
        restart();
        EXPECT_THAT(branches(), ElementsAre("x"));
        StoryClient& b = connect();
        b.subscribe("c", "in");
        idle();
        EXPECT_THAT(b.got("c"), IsEmpty());
        EXPECT_THAT(on("out"), IsEmpty());
    }
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
    restart();
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
    EXPECT_THAT(branches(), IsEmpty());
}

TEST_P(BranchesTest, a_branch_survives_the_end_of_the_broker_and_then_rolls_back) {
    prepare_one();
    restart();
    EXPECT_TRUE(finish(BranchEnd::rollback).ok("finish x"));
    StoryClient& b = connect();
    b.subscribe("c", "in");
    idle();
    EXPECT_THAT(b.got("c"), ElementsAre("0!"));
    restart();
    EXPECT_THAT(on("in"), ElementsAre("0!"));
    EXPECT_THAT(on("out"), IsEmpty());
}

TEST_P(BranchesTest, journal_files_stay_as_long_as_a_branch_needs_them) {
    prepare_one().disconnect();
    StoryClient& b = connect();
    b.subscribe("busy", "busy");
    for (int i = 0; i < 40; ++i) {
        const std::string name = "m" + std::to_string(i) + std::string(2000, 'x');
        b.publish("busy", name);
        idle();
        b.settle(name);
        pass(Millis{1000});
    }
    restart();
    EXPECT_THAT(branches(), ElementsAre("x"));
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    restart();
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
}

TEST_P(BranchesTest, ends_whole_whenever_power_fails) {
    int whole = 0;
    for (int steps = 0; steps < 60; ++steps) {
        const std::string number = std::to_string(steps);
        StoryClient& a = connect();
        a.publish("in" + number, "0");
        a.subscribe("c", "in" + number);
        idle();
        a.join(1, "b" + number);
        a.settle_in(1, {"0"});
        a.publish_in(1, "out" + number, "1");
        a.publish_in(1, "more" + number, "2");
        a.prepare("b" + number);
        idle();
        StoryClient& b = connect();
        b.finish("b" + number, BranchEnd::commit_prepared);
        for (int i = 0; i < steps && world_->step(); ++i) {
        }
        const bool confirmed = b.answered("finish b" + number);
        crash();
        const bool committed = branches().empty();
        EXPECT_TRUE(committed || !confirmed);
        whole += committed ? 1 : 0;
        if (!committed) {
            EXPECT_THAT(on("out" + number), IsEmpty());
            connect().finish("b" + number, BranchEnd::commit_prepared);
            idle();
        }
        EXPECT_THAT(on("in" + number), IsEmpty());
        EXPECT_THAT(on("out" + number), ElementsAre("1"));
        EXPECT_THAT(on("more" + number), ElementsAre("2"));
    }
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, 60);
}

TEST_P(BranchesTest, is_prepared_whole_or_not_at_all_whenever_power_fails) {
    int whole = 0;
    for (int steps = 0; steps < 60; ++steps) {
        const std::string number = std::to_string(steps);
        StoryClient& a = connect();
        a.publish("in" + number, "0");
        a.subscribe("c", "in" + number);
        idle();
        a.join(1, "b" + number);
        a.settle_in(1, {"0"});
        a.publish_in(1, "out" + number, "1");
        a.prepare("b" + number);
        for (int i = 0; i < steps && world_->step(); ++i) {
        }
        const bool confirmed = a.answered("prepare b" + number);
        crash();
        const bool prepared = !branches().empty();
        EXPECT_TRUE(prepared || !confirmed);
        whole += prepared ? 1 : 0;
        EXPECT_THAT(on("out" + number), IsEmpty());
        if (prepared) {
            connect().finish("b" + number, BranchEnd::rollback);
            idle();
        }
        EXPECT_THAT(on("in" + number).size(), 1U);
    }
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, 60);
}

TEST_P(BranchesTest, an_operator_may_have_said_how_prepared_ones_end) {
    for (const BranchEnd end : {BranchEnd::commit, BranchEnd::rollback}) {
        configure({.virtual_topics = {}, .policies = {}, .recovered_branches = end});
        prepare_one();
        EXPECT_THAT(branches(), ElementsAre("x"));
        restart();
        EXPECT_THAT(branches(), IsEmpty());
        const bool committed = end == BranchEnd::commit;
        EXPECT_EQ(on("in").size(), committed ? 0U : 1U);
        EXPECT_THAT(on("out"), ElementsAre("1"));
    }
}

// ---- Those that an operator ends

TEST_P(BranchesTest, an_operator_ends_what_is_in_doubt_and_who_asks_hears_how) {
    for (const BranchEnd end : {BranchEnd::commit, BranchEnd::rollback}) {
        const bool commits = end == BranchEnd::commit;
        const Errc told = commits ? Errc::branch_committed : Errc::branch_rolled_back;
        prepare_one().disconnect();
        ASSERT_EQ(listed().size(), 1U);
        EXPECT_EQ(listed()[0].state, broker::BranchStatus::State::prepared);
        EXPECT_EQ(listed()[0].publishes, 1U);
        EXPECT_EQ(listed()[0].accepts, 1U);
        EXPECT_EQ(decide(BranchEnd::forget), Errc::branch_prepared);
        EXPECT_EQ(decide(end), std::error_code());
        for (int times = 0; times < 2; ++times) {
            EXPECT_EQ(on("in").size(), commits ? 0U : 1U);
            EXPECT_EQ(on("out").size(), commits ? 1U : 0U);
            EXPECT_THAT(branches(), ElementsAre("x"));
            EXPECT_EQ(listed()[0].state, commits ? broker::BranchStatus::State::committed
                                                 : broker::BranchStatus::State::rolled_back);
            EXPECT_EQ(listed()[0].publishes, 0U);
            for (const BranchEnd again :
                 {BranchEnd::commit_prepared, BranchEnd::commit, BranchEnd::rollback}) {
                EXPECT_EQ(finish(again).answer("finish x"), told);
            }
            EXPECT_EQ(decide(BranchEnd::commit), told);
            StoryClient& late = connect();
            late.join(1, "x");
            late.prepare("x");
            idle();
            EXPECT_EQ(late.answer("join x"), Errc::branch_prepared);
            EXPECT_EQ(late.answer("prepare x"), told);
            restart();
        }
        EXPECT_TRUE(finish(BranchEnd::forget).ok("finish x"));
        EXPECT_EQ(finish(BranchEnd::forget).answer("finish x"), Errc::no_such_transaction);
        restart();
        EXPECT_THAT(branches(), IsEmpty());
        connect().remove("in");
        connect().remove("out");
        idle();
    }
}

TEST_P(BranchesTest, an_operator_forgets_what_nobody_will_ask_about) {
    prepare_one();
    EXPECT_EQ(decide(BranchEnd::commit), std::error_code());
    EXPECT_EQ(decide(BranchEnd::forget), std::error_code());
    EXPECT_EQ(decide(BranchEnd::forget), Errc::no_such_transaction);
    restart();
    EXPECT_THAT(branches(), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
}

TEST_P(BranchesTest, only_what_is_prepared_is_an_operators_to_end) {
    StoryClient& a = work_in_one();
    EXPECT_EQ(decide(BranchEnd::commit), Errc::branch_not_prepared);
    a.finish("x", BranchEnd::forget);
    idle();
    EXPECT_TRUE(a.ok("finish x"));
    EXPECT_EQ(a.ended(1), "rolled back");
    EXPECT_EQ(decide(BranchEnd::rollback), Errc::no_such_transaction);
}

TEST_P(BranchesTest, whoever_worked_in_a_branch_hears_of_an_operators_end) {
    StoryClient& a = prepare_one();
    EXPECT_EQ(decide(BranchEnd::rollback), std::error_code());
    EXPECT_EQ(a.ended(1), "rolled back");
}

TEST_P(BranchesTest, an_operators_end_is_whole_whenever_power_fails) {
    int whole = 0;
    for (int steps = 0; steps < 40; ++steps) {
        prepare_one().disconnect();
        idle();
        Operations operations(*engine_, [](Task task) { task(); });
        bool confirmed = false;
        operations.decide_branch("x", BranchEnd::commit,
                                 [&](std::error_code error) { confirmed = !error; });
        for (int i = 0; i < steps && world_->step(); ++i) {
        }
        crash();
        ASSERT_EQ(listed().size(), 1U);
        const bool decided = listed()[0].state == broker::BranchStatus::State::committed;
        EXPECT_TRUE(decided || !confirmed);
        whole += decided ? 1 : 0;
        EXPECT_EQ(on("out").size(), decided ? 1U : 0U);
        finish(decided ? BranchEnd::forget : BranchEnd::commit);
        EXPECT_THAT(on("in"), IsEmpty());
        EXPECT_THAT(on("out"), ElementsAre("1"));
        connect().remove("in");
        connect().remove("out");
        idle();
    }
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, 40);
}

// ---- Others

TEST_P(BranchesTest, commits_in_one_phase) {
    StoryClient& a = work_in_one();
    a.finish("x", BranchEnd::commit);
    idle();
    EXPECT_TRUE(a.ok("finish x"));
    EXPECT_EQ(a.ended(1), "committed");
    restart();
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
}

TEST_P(BranchesTest, rolls_back_unprepared) {
    StoryClient& a = work_in_one();
    a.finish("x", BranchEnd::rollback);
    idle();
    EXPECT_TRUE(a.ok("finish x"));
    EXPECT_EQ(a.ended(1), "rolled back");
    EXPECT_THAT(on("out"), IsEmpty());
    a.disconnect();
    EXPECT_THAT(on("in"), ElementsAre("0!"));
}

TEST_P(BranchesTest, an_unprepared_branch_ends_with_the_connection_that_began_it) {
    StoryClient& a = work_in_one();
    StoryClient& b = connect();
    b.join(1, "x");
    b.publish_in(1, "out", "2");
    idle();
    a.disconnect();
    idle();
    EXPECT_EQ(b.ended(1), "rolled back");
    EXPECT_THAT(on("in"), ElementsAre("0!"));
    EXPECT_THAT(on("out"), IsEmpty());
    EXPECT_THAT(branches(), IsEmpty());
    b.prepare("x");
    idle();
    EXPECT_EQ(b.answer("prepare x"), Errc::no_such_transaction);
}

TEST_P(BranchesTest, one_begun_under_the_name_of_one_that_goes_is_another_one) {
    StoryClient& a = work_in_one();
    StoryClient& b = connect();
    a.disconnect();
    idle();
    b.join(1, "x");
    b.publish_in(1, "out", "2");
    b.prepare("x");
    idle();
    EXPECT_TRUE(b.ok("prepare x"));
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_THAT(on("out"), ElementsAre("2"));
    EXPECT_THAT(on("in"), ElementsAre("0!"));
}

TEST_P(BranchesTest, several_connections_work_in_one_branch) {
    StoryClient& a = work_in_one();
    StoryClient& b = connect();
    StoryClient& c = connect();
    b.publish("in2", "3");
    b.subscribe("c", "in2");
    idle();
    b.join(5, "x");
    b.settle_in(5, {"3"});
    b.publish_in(5, "out2", "4");
    c.join(1, "x");
    c.publish_in(1, "out3", "5");
    idle();
    c.disconnect();  // it did its part
    a.prepare("x");
    idle();
    EXPECT_TRUE(a.ok("prepare x"));
    EXPECT_THAT(on("out2"), IsEmpty());
    restart();
    StoryClient& d = connect();
    d.subscribe("c", "in2");
    idle();
    EXPECT_THAT(d.got("c"), IsEmpty());
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("in2"), IsEmpty());
    EXPECT_THAT(on("out"), ElementsAre("1"));
    EXPECT_THAT(on("out2"), ElementsAre("4"));
    EXPECT_THAT(on("out3"), ElementsAre("5"));
}

TEST_P(BranchesTest, prepares_what_another_connection_has_not_finished_saying) {
    StoryClient& a = work_in_one();
    StoryClient& b = connect();
    b.join(1, "x");
    idle();
    b.publish_in(1, "made on demand", "2");
    b.publish_in(1, "and this", "3");
    a.prepare("x");
    idle();
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_EQ(b.ended(1), "committed");
    EXPECT_EQ(on("made on demand").size(), b.ok("2") ? 1U : 0U);
    EXPECT_EQ(on("and this").size(), b.ok("3") ? 1U : 0U);
}

TEST_P(BranchesTest, questions_about_a_branch_that_is_changing_wait) {
    StoryClient& a = work_in_one();
    StoryClient& b = connect();
    b.join(1, "x");
    idle();
    a.prepare("x");
    b.finish("x", BranchEnd::commit);
    StoryClient& c = connect();
    c.finish("x", BranchEnd::rollback);
    idle();
    EXPECT_TRUE(b.answered("finish x"));
    EXPECT_TRUE(c.answered("finish x"));
    EXPECT_NE(b.ok("finish x"), c.ok("finish x"));
    EXPECT_THAT(branches(), IsEmpty());
    EXPECT_EQ(on("out").size(), b.ok("finish x") ? 1U : 0U);
}

TEST_P(BranchesTest, what_cannot_be_done_is_refused) {
    StoryClient& a = prepare_one();
    StoryClient& b = connect();
    b.join(1, "nothing");
    b.prepare("nothing");
    b.prepare("unknown");
    b.join(2, "x");
    b.publish_in(2, "out", "2");
    b.join(3, "other");
    b.publish_in(3, "out", "3");
    b.finish("other", BranchEnd::commit_prepared);
    b.finish("nothing", BranchEnd::commit);
    a.prepare("x");
    idle();
    EXPECT_EQ(b.answer("prepare nothing"), Errc::nothing_to_prepare);
    EXPECT_EQ(b.answer("prepare unknown"), Errc::no_such_transaction);
    EXPECT_EQ(b.answer("join x"), Errc::branch_prepared);
    EXPECT_EQ(b.answer("2"), Errc::no_such_transaction);
    EXPECT_EQ(b.answer("finish other"), Errc::branch_not_prepared);
    EXPECT_EQ(b.answer("finish nothing"), Errc::no_such_transaction);
    EXPECT_TRUE(a.ok("prepare x"));
    b.finish("other", BranchEnd::commit);
    EXPECT_TRUE(finish(BranchEnd::commit_prepared).ok("finish x"));
    EXPECT_THAT(on("out"), testing::UnorderedElementsAre("1", "3"));
}

}  // namespace
}  // namespace tern::engine
