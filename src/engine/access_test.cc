#include "engine/access.h"

#include "broker/api/errors.h"
#include "engine/engine_story.h"
#include "security/simple_realm.h"

namespace tern::engine {
namespace {

using broker::Domain;
using broker::Errc;
using security::Holders;
using security::Rights;
using security::Secret;
using testing::ElementsAre;
using testing::IsEmpty;

/// Says at once what a realm says.
class QuickGatekeeper final : public security::Gatekeeper {
public:
    void admit(security::Credentials shown, Answer answer) override {
        last = shown;
        answer(realm_->authenticate(shown));
    }

    security::Credentials last;

private:
    security::RealmPtr realm_ = security::make_simple_realm(
        {{"root", Secret("r"), {"admins"}}, {"ann", Secret("a"), {"users"}}}, {});
};

class Notes final : public security::Audit {
public:
    void note(security::AuditEvent event) override {
        texts.push_back(event.user + " " + event.what + " " + event.target);
    }

    std::vector<std::string> texts;
};

/// What clients are let do, where users are known.
class EngineAccessTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    EngineAccessTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) { guard(rules()); }

    static Rights::Rule rule(Domain domain, std::string name, std::string_view read,
                             std::string_view write, std::string_view admin) {
        return {{domain, false, std::move(name)}, {Holders(read), Holders(write), Holders(admin)}};
    }
    static std::vector<Rights::Rule> rules() {
        return {rule(Domain::queue, ">", "admins", "admins", "admins"),
                rule(Domain::queue, "open", "users", "users", ""),
                rule(Domain::queue, "in.>", "", "users", "users"),
                rule(Domain::topic, ">", "admins", "admins", "admins"),
                rule(Domain::topic, "t.>", "users", "users", "")};
    }
    void guard(std::vector<Rights::Rule> rules,
               std::optional<security::RightsEntry> temporary = {}) {
        Settings settings;
        settings.gatekeeper = gatekeeper_;
        settings.rights = std::make_shared<const Rights>(std::move(rules), std::nullopt, temporary);
        settings.audit = notes_;
        configure(std::move(settings));
    }
    StoryClient& connect_as(const std::string& user, const std::string& password) {
        StoryClient& client = connect();
        client.connection().describe({.protocol = "story", .peer = "here:1"});
        client.log_in(user, password);
        idle();
        return client;
    }
    StoryClient& ann() { return connect_as("ann", "a"); }
    StoryClient& root() { return connect_as("root", "r"); }

    std::shared_ptr<QuickGatekeeper> gatekeeper_ = std::make_shared<QuickGatekeeper>();
    std::shared_ptr<Notes> notes_ = std::make_shared<Notes>();
};

INSTANTIATE_TEST_SUITE_P(Shards, EngineAccessTest, testing::Values(1, 3));

TEST_P(EngineAccessTest, nobody_does_anything_before_the_login) {
    StoryClient& stranger = connect();
    stranger.publish("open", "m");
    stranger.subscribe("c", "open");
    stranger.declare("temp x");
    stranger.identify("client", "one");
    stranger.remove("open");
    stranger.finish("branch", broker::BranchEnd::commit);
    idle();
    EXPECT_FALSE(stranger.connection().admitted());
    EXPECT_THAT(stranger.connection().explain(),
                testing::ElementsAre(
                    testing::Field(&broker::Obstacle::why, broker::Obstacle::Why::not_admitted)));
    for (const char* const what :
         {"m", "subscribe c", "declare temp x", "identify client", "remove open"}) {
        EXPECT_EQ(Errc::not_authenticated, stranger.answer(what)) << what;
    }
    EXPECT_FALSE(exists("open"));
}

TEST_P(EngineAccessTest, a_failed_login_takes_along_what_came_behind_it) {
    StoryClient& stranger = connect();
    stranger.log_in("ann", "guess");
    stranger.publish("open", "m");
    idle();
    EXPECT_EQ(Errc::not_authenticated, stranger.answer("login"));
    EXPECT_FALSE(stranger.connection().admitted());
    EXPECT_FALSE(exists("open"));
}

TEST_P(EngineAccessTest, commands_wait_for_the_login) {
    StoryClient& client = connect();
    client.log_in("root", "r");
    client.publish("open", "m");
    idle();
    EXPECT_TRUE(client.ok("login"));
    EXPECT_TRUE(client.ok("m"));
    EXPECT_EQ("root", client.connection().user());
    EXPECT_THAT(on("open"), ElementsAre("m"));
}

TEST_P(EngineAccessTest, each_command_needs_its_right) {
    StoryClient& admin = root();
    admin.declare("open");
    admin.declare("closed");
    idle();
    StoryClient& user = ann();
    user.publish("open", "m");
    user.publish("closed", "n");
    user.subscribe("c", "open");
    user.subscribe("d", "closed");
    user.browse("e", "closed");
    user.remove("open");
    idle();
    EXPECT_TRUE(user.ok("m"));
    EXPECT_THAT(user.got("c"), ElementsAre("m"));
    EXPECT_EQ(Errc::may_not_write, user.answer("n"));
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe d"));
    EXPECT_EQ(Errc::may_not_remove, user.answer("remove open"));
    EXPECT_THAT(on("closed"), IsEmpty());
    EXPECT_THAT(notes_->texts, testing::Contains("ann write queue://closed"));
}

TEST_P(EngineAccessTest, making_a_queue_needs_a_right_of_its_own) {
    StoryClient& user = ann();
    user.publish("open", "m");
    user.subscribe("c", "open");
    user.publish("in.box", "n");
    idle();
    EXPECT_EQ(Errc::may_not_create, user.answer("m"));
    EXPECT_EQ(Errc::may_not_create, user.answer("subscribe c"));
    EXPECT_TRUE(user.ok("n"));
    EXPECT_THAT(on("in.box"), ElementsAre("n"));
}

TEST_P(EngineAccessTest, making_a_topic_needs_a_right_of_its_own) {
    StoryClient& user = ann();
    user.subscribe("c", "topic t.a");
    user.publish("topic t.b", "m", Durable::no);
    idle();
    EXPECT_EQ(Errc::may_not_create, user.answer("subscribe c"));
    EXPECT_EQ(Errc::may_not_create, user.answer("m"));
    StoryClient& admin = root();
    admin.publish("topic t.a", "first", Durable::no);
    idle();
    user.subscribe("d", "topic t.a");
    idle();
    user.publish("topic t.a", "second", Durable::no);
    idle();
    EXPECT_THAT(user.got("d"), ElementsAre("second"));
}

TEST_P(EngineAccessTest, a_wildcard_reads_nothing_that_is_closed) {
    root().publish("closed", "m");
    StoryClient& user = ann();
    user.subscribe("c", ">");
    user.subscribe("d", "topic >");
    user.subscribe("e", "topic t.*");
    idle();
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe c"));
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe d"));
    EXPECT_TRUE(user.ok("subscribe e"));
}

TEST_P(EngineAccessTest, a_part_of_a_composite_that_is_closed_closes_it) {
    StoryClient& user = ann();
    EXPECT_FALSE(user.connection().may_publish({Domain::queue, false, "open,in.box"}));
    EXPECT_EQ(Errc::may_not_write,
              user.connection().may_publish({Domain::queue, false, "in.box,closed"}));
    EXPECT_EQ(Errc::may_not_write,
              user.connection().may_publish({Domain::queue, false, "in.box,topic://in.box"}));
}

TEST_P(EngineAccessTest, temporary_destinations_are_for_all_but_no_others_to_take) {
    StoryClient& one = ann();
    StoryClient& other = root();
    one.declare("temp x");
    idle();
    other.publish("temp x", "m", Durable::no);
    other.subscribe("c", "temp x");
    other.remove("temp x");
    one.subscribe("d", "temp x");
    idle();
    EXPECT_TRUE(other.ok("m"));
    EXPECT_EQ(Errc::not_the_owner, other.answer("subscribe c"));
    EXPECT_EQ(Errc::not_the_owner, other.answer("remove temp x"));
    EXPECT_THAT(one.got("d"), ElementsAre("m"));
}

TEST_P(EngineAccessTest, temporary_destinations_may_be_for_some) {
    guard(rules(), security::RightsEntry{Holders("admins"), Holders("admins"), Holders("admins")});
    StoryClient& user = ann();
    user.declare("temp x");
    user.subscribe("c", "temp y");
    idle();
    EXPECT_EQ(Errc::may_not_create, user.answer("declare temp x"));
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe c"));
    StoryClient& admin = root();
    admin.declare("temp x");
    idle();
    EXPECT_TRUE(admin.ok("declare temp x"));
}

TEST_P(EngineAccessTest, other_rights_hold_at_once) {
    StoryClient& admin = root();
    admin.declare("open");
    StoryClient& user = ann();
    user.publish("open", "before");
    idle();
    EXPECT_TRUE(user.ok("before"));
    guard({});
    user.publish("open", "after");
    idle();
    EXPECT_EQ(Errc::may_not_write, user.answer("after"));
    guard(rules());
    user.publish("open", "again");
    idle();
    EXPECT_TRUE(user.ok("again"));
}

TEST_P(EngineAccessTest, consumers_end_when_their_right_is_taken) {
    StoryClient& admin = root();
    admin.publish("open", "m");
    admin.publish("topic t.a", "first", Durable::no);
    idle();
    StoryClient& user = ann();
    user.subscribe("c", "open");
    user.subscribe("d", "topic t.*");
    user.subscribe("e", "in.>");
    idle();
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe e"));
    EXPECT_THAT(user.got("c"), ElementsAre("m"));
    guard(rules());
    idle();
    EXPECT_THAT(user.closed(), IsEmpty()) << "the same rights in a new document";
    guard({rule(Domain::queue, "open", "admins", "users", "admins"),
           rule(Domain::topic, "t.a", "users", "users", "")});
    idle();
    EXPECT_THAT(user.closed(), testing::UnorderedElementsAre("c", "d"))
        << "the pattern reads more than what is left";
    EXPECT_THAT(on("open"), ElementsAre("m!")) << "what it had is back, as it may have seen it";
    EXPECT_THAT(notes_->texts, testing::Contains("ann read queue://open"));
}

TEST_P(EngineAccessTest, what_a_protocol_keeps_is_for_nobody_else) {
    StoryClient& user = ann();
    user.publish("$story.state", "m");
    user.publish("$other.state", "n");
    user.subscribe("c", "$other.state");
    user.subscribe("d", "$>");
    idle();
    EXPECT_TRUE(user.ok("m")) << "its own";
    EXPECT_EQ(Errc::may_not_write, user.answer("n"));
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe c"));
    EXPECT_EQ(Errc::may_not_read, user.answer("subscribe d"));
}

TEST_P(EngineAccessTest, what_the_connection_is_known_by_counts_at_the_login) {
    StoryClient& client = connect();
    client.connection().describe(
        {.protocol = "story", .peer = "here:1", .certificate = "CN=ann", .listener = "ssl"});
    client.log_in("ann", "a");
    idle();
    EXPECT_EQ("CN=ann", gatekeeper_->last.certificate);
    EXPECT_EQ("here:1", gatekeeper_->last.address);
    EXPECT_EQ("story", gatekeeper_->last.protocol);
    EXPECT_EQ("ssl", gatekeeper_->last.listener);
}

TEST(Access, forgets_what_was_decided_by_other_rights) {
    Access access;
    access.set_identity(
        std::make_shared<const security::Identity>("ann", std::vector<std::string>{"users"}));
    const auto everything = [](std::string_view who) {
        return std::make_shared<const Rights>(
            std::vector<Rights::Rule>(),
            security::RightsEntry{Holders(who), Holders(who), Holders(who)}, std::nullopt);
    };
    const auto open = everything("*");
    const auto closed = everything("");
    const broker::DestinationView queue{Domain::queue, false, "q"};
    EXPECT_TRUE(access.allows(open, security::Right::read, queue));
    EXPECT_FALSE(access.allows(closed, security::Right::read, queue));
    EXPECT_TRUE(access.allows(open, security::Right::read, queue));
    for (int i = 0; i < 5000; ++i) {
        const std::string name = "q" + std::to_string(i);
        EXPECT_TRUE(access.allows(open, security::Right::write, {Domain::queue, false, name}));
    }
}

}  // namespace
}  // namespace tern::engine
