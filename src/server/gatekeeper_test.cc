#include "server/gatekeeper.h"

#include "bytes/base64.h"
#include "security/crypto/password_hash.h"
#include "security/crypto/scram.h"
#include "security/simple_realm.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace tern::server {
namespace {

using security::Credentials;
using security::Secret;
using security::Verdict;

/// Remembers what was written down.
class Notes final : public security::Audit {
public:
    void note(security::AuditEvent event) override {
        const std::scoped_lock lock(mutex_);
        all_.push_back(std::move(event));
    }
    [[nodiscard]] std::vector<security::AuditEvent> all() {
        const std::scoped_lock lock(mutex_);
        return all_;
    }

private:
    std::mutex mutex_;
    std::vector<security::AuditEvent> all_;
};

class GatekeeperTest : public testing::Test {
protected:
    GatekeeperTest() { lanes_.start(); }
    ~GatekeeperTest() override { lanes_.stop(); }

    Verdict admit(const std::string& user, const std::string& password,
                  const std::string& address = "192.0.2.1:1234") {
        std::promise<Verdict> said;
        gatekeeper_->admit(
            {.user = user, .password = Secret(password), .address = address, .protocol = "stomp"},
            [&said](Verdict verdict) { said.set_value(std::move(verdict)); });
        return said.get_future().get();
    }

    LoginLanes lanes_;
    LoginWatch watch_{std::chrono::milliseconds(1), [](const auto&) {}};
    std::shared_ptr<Notes> notes_ = std::make_shared<Notes>();
    std::shared_ptr<Gatekeeper> gatekeeper_ = std::make_shared<Gatekeeper>(
        security::make_simple_realm({{"ann", Secret("secret"), {"users"}}}, {}), lanes_, watch_,
        notes_);
};

TEST_F(GatekeeperTest, asks_another_realm_from_then_on) {
    EXPECT_TRUE(admit("ann", "secret"));
    gatekeeper_->ask_from_now_on(
        security::make_simple_realm({{"bob", Secret("new-secret"), {"users"}}}, {}));
    EXPECT_FALSE(admit("ann", "secret"));
    EXPECT_TRUE(admit("bob", "new-secret"));
}

TEST_F(GatekeeperTest, lets_in_who_is_known_and_writes_that_down) {
    const Verdict verdict = admit("ann", "secret");
    ASSERT_TRUE(verdict);
    EXPECT_EQ("ann", (*verdict)->user());
    EXPECT_FALSE(admit("ann", "guess"));
    const auto notes = notes_->all();
    ASSERT_EQ(2, notes.size());
    EXPECT_TRUE(notes[0].allowed);
    EXPECT_FALSE(notes[1].allowed);
    EXPECT_EQ("login", notes[1].what);
    EXPECT_EQ("ann", notes[1].user);
    EXPECT_EQ("192.0.2.1:1234", notes[1].address);
    EXPECT_EQ("stomp", notes[1].by);
    EXPECT_EQ("wrong password", notes[1].reason);
}

TEST_F(GatekeeperTest, does_not_even_ask_for_those_who_guess) {
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(admit("ann", "guess"));
    EXPECT_EQ(security::Throttle::kFreeFailures, notes_->all().size());
    EXPECT_FALSE(admit("ann", "secret")) << "slowed, right or wrong";
    EXPECT_FALSE(admit("bob", "secret", "192.0.2.1:99")) << "the same host";
}

TEST_F(GatekeeperTest, asks_again_for_who_guesses_when_the_wait_is_over) {
    std::atomic<std::int64_t> now_ms = 1000;
    gatekeeper_ = std::make_shared<Gatekeeper>(
        security::make_simple_realm({{"ann", Secret("secret"), {"users"}}}, {}), lanes_, watch_,
        notes_, [&] { return now_ms.load(); });
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(admit("ann", "guess"));
    now_ms += security::Throttle::kFirstWaitMs;
    EXPECT_FALSE(admit("ann", "guess"));
    EXPECT_FALSE(admit("ann", "guess"));
    EXPECT_EQ(security::Throttle::kFreeFailures + 1, notes_->all().size());
    now_ms += 2 * security::Throttle::kFirstWaitMs;
    EXPECT_TRUE(admit("ann", "secret"));
}

/// Has one user, until the test removes it.
class FickleRealm final : public security::Realm {
public:
    Verdict authenticate(const Credentials& shown) override {
        return std::make_shared<const security::Identity>(
            shown.user.value_or(""), std::vector<std::string>(), [removed = removed_] {
                return *removed ? security::Standing::over : security::Standing::good;
            });
    }
    void remove() { *removed_ = true; }

private:
    std::shared_ptr<std::atomic<bool>> removed_ = std::make_shared<std::atomic<bool>>(false);
};

TEST_F(GatekeeperTest, has_those_watched_who_are_in) {
    const auto realm = std::make_shared<FickleRealm>();
    gatekeeper_->ask_from_now_on(realm);
    const Verdict verdict = admit("ann", "secret");
    ASSERT_TRUE(verdict);
    EXPECT_TRUE(watch_.look().empty());
    realm->remove();
    EXPECT_TRUE(watch_.look().empty()) << "it is looked twice";
    EXPECT_EQ(std::vector{*verdict}, watch_.look());
}

/// Knows "ann" and her password, which takes an hour to compare, by the clock of the test.
class LongRealm final : public security::Realm {
public:
    explicit LongRealm(std::atomic<std::int64_t>& now_ms) : now_ms_(now_ms) {}

    Verdict authenticate(const Credentials& shown) override {
        if (shown.user != "ann") {
            return security::refusal(security::Refusal::Why::unknown, "no such user");
        }
        pretend(shown);
        return security::refusal(security::Refusal::Why::wrong, "wrong password");
    }
    void pretend(const Credentials&) override {
        ++compared_;
        now_ms_ += 3'600'000;
    }
    [[nodiscard]] int compared() const { return compared_; }

private:
    std::atomic<std::int64_t>& now_ms_;
    std::atomic<int> compared_{0};
};

class TimedGatekeeperTest : public GatekeeperTest {
protected:
    TimedGatekeeperTest() {
        gatekeeper_ = std::make_shared<Gatekeeper>(realm_, lanes_, watch_, notes_,
                                                   [this] { return now_ms_.load(); });
    }
    /// Somebody whose answer the test does not wait for.
    void ask(const std::string& user) {
        gatekeeper_->admit({.user = user,
                            .password = Secret("guess"),
                            .address = "198.51.100.1:1",
                            .protocol = "stomp"},
                           [answered = answered_](const Verdict&) { ++*answered; });
    }
    void await_asked() {
        std::promise<void> asked;
        lanes_.submit_behind_all([&] { asked.set_value(); });
        asked.get_future().wait();
    }

    std::atomic<std::int64_t> now_ms_{1000};
    std::shared_ptr<LongRealm> realm_ = std::make_shared<LongRealm>(now_ms_);
    std::shared_ptr<std::atomic<int>> answered_ = std::make_shared<std::atomic<int>>(0);
};

TEST_F(TimedGatekeeperTest, tells_nobody_by_the_time_that_there_is_no_such_user) {
    EXPECT_FALSE(admit("ann", "guess"));
    ask("nobody");
    await_asked();
    EXPECT_EQ(1, realm_->compared()) << "names that are guessed cost no comparison";
    EXPECT_EQ(0, *answered_) << "it takes the hour that a comparison takes";
    ASSERT_EQ(2U, notes_->all().size());
    EXPECT_EQ("no such user", notes_->all().back().reason);
}

TEST_F(TimedGatekeeperTest, pretends_once_before_anything_was_compared) {
    EXPECT_FALSE(admit("nobody", "guess"));
    EXPECT_EQ(1, realm_->compared());
    ask("nobody else");
    await_asked();
    EXPECT_EQ(1, realm_->compared());
    EXPECT_EQ(0, *answered_);
}

TEST_F(TimedGatekeeperTest, takes_no_empty_password_for_a_comparison) {
    // That is refused at once by some realms: it would let unknown names be told from others.
    EXPECT_FALSE(admit("ann", ""));
    EXPECT_FALSE(admit("nobody", "guess"));
    EXPECT_EQ(2, realm_->compared());
}

/// Of whose clock the test need not be afraid.
class StillGatekeeperTest : public GatekeeperTest {
protected:
    StillGatekeeperTest() {
        gatekeeper_ = std::make_shared<Gatekeeper>(
            security::make_simple_realm({{"ann", Secret("secret"), {"users"}}}, {}), lanes_, watch_,
            notes_, [] { return 1000; });
    }
};

TEST_F(StillGatekeeperTest, lets_in_who_has_been_in_from_there_whatever_others_guess) {
    EXPECT_TRUE(admit("ann", "secret", "192.0.2.7:1"));
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(admit("ann", "guess", "203.0.113." + std::to_string(i) + ":1"));
    }
    EXPECT_FALSE(admit("ann", "secret", "203.0.113.99:1")) << "slowed: she is guessed at";
    EXPECT_TRUE(admit("ann", "secret", "192.0.2.7:2"));
}

TEST_F(StillGatekeeperTest, writes_down_no_more_refusals_than_is_good_for_all_else) {
    constexpr int kGuesses = 1100;
    for (int i = 0; i < kGuesses; ++i) {
        const std::string name = std::to_string(i);
        EXPECT_FALSE(admit("guess" + name, "guess", "a" + name + ":1"));
    }
    EXPECT_EQ(1000U, notes_->all().size());
    EXPECT_TRUE(admit("ann", "secret"));
    EXPECT_EQ(1001U, notes_->all().size()) << "who comes in is written down in any case";
}

/// Takes its time for a user of that name.
class SlowRealm final : public security::Realm {
public:
    Verdict authenticate(const Credentials& shown) override {
        if (shown.user == "slow") {
            ++waiting_;
            go_on_.wait();
        }
        if (shown.user == "ann") {
            return std::make_shared<const security::Identity>("ann", std::vector<std::string>());
        }
        return security::refusal(security::Refusal::Why::wrong, "wrong password");
    }
    void go_on() { may_.set_value(); }
    [[nodiscard]] std::size_t waiting() const { return waiting_; }

private:
    std::atomic<std::size_t> waiting_{0};
    std::promise<void> may_;
    std::shared_future<void> go_on_ = may_.get_future().share();
};

/// While strangers keep all lanes busy that are for them.
class BusyGatekeeperTest : public GatekeeperTest {
protected:
    BusyGatekeeperTest() {
        gatekeeper_ =
            std::make_shared<Gatekeeper>(realm_, lanes_, watch_, notes_, [] { return 1000; });
        EXPECT_TRUE(admit("ann", "secret", "192.0.2.7:1"));
        for (int i = 0; i < 20; ++i) EXPECT_FALSE(admit("eve", "guess"));
        // Whoever has the answer may still count as one who waits.
        std::promise<void> idle;
        lanes_.submit_behind_all([&] { idle.set_value(); });
        idle.get_future().wait();
        strangers_come(kStrangers);
    }
    ~BusyGatekeeperTest() override {
        if (!gone_on_) go_on();
    }

    void strangers_come(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            gatekeeper_->admit({.user = "slow", .address = "198.51.100.1:1"},
                               [answered = answered_](const Verdict&) { ++*answered; });
        }
    }
    void go_on() {
        gone_on_ = true;
        realm_->go_on();
    }

    static constexpr std::size_t kStrangers = 3 * LoginLanes::kLanes;
    std::shared_ptr<SlowRealm> realm_ = std::make_shared<SlowRealm>();
    std::shared_ptr<std::atomic<std::size_t>> answered_ =
        std::make_shared<std::atomic<std::size_t>>(0);
    bool gone_on_ = false;
};

TEST_F(BusyGatekeeperTest, refuses_who_guesses_without_waiting_for_others) {
    EXPECT_FALSE(admit("eve", "guess", "203.0.113.1:1")) << "by the user";
    EXPECT_FALSE(admit("ann", "secret")) << "by the address";
    std::promise<bool> challenged;
    gatekeeper_->challenge({.user = "eve", .address = "203.0.113.1:1"},
                           [&](auto challenge) { challenged.set_value(challenge.has_value()); });
    EXPECT_FALSE(challenged.get_future().get());
    EXPECT_EQ(0U, *answered_);
}

TEST_F(BusyGatekeeperTest, lets_in_from_where_somebody_came_in_before) {
    EXPECT_TRUE(admit("ann", "secret", "192.0.2.7:2"));
    EXPECT_EQ(0U, *answered_);
}

TEST_F(BusyGatekeeperTest, refuses_more_strangers_than_can_wait) {
    strangers_come(LoginLanes::kWaitingMax - kStrangers);
    const Verdict verdict = admit("bob", "secret", "198.51.100.2:1");
    ASSERT_FALSE(verdict);
    EXPECT_EQ(security::Refusal::Why::unavailable, verdict.error().why);
    EXPECT_EQ("too many logins at a time", notes_->all().back().reason);
    EXPECT_TRUE(admit("ann", "secret", "192.0.2.7:2"));
    EXPECT_EQ(0U, *answered_);
}

TEST_F(BusyGatekeeperTest, asks_nobody_for_those_who_wait_when_it_ends) {
    // One at each lane is being asked for: an answer to another one would be none of these.
    while (realm_->waiting() < LoginLanes::kLanes) std::this_thread::yield();
    lanes_.drop_waiting();
    std::promise<void> behind;
    lanes_.submit_behind_all([&] { behind.set_value(); });
    go_on();
    behind.get_future().wait();
    EXPECT_EQ(LoginLanes::kLanes, *answered_);
}

TEST_F(BusyGatekeeperTest, says_when_all_who_asked_before_have_their_answer) {
    std::promise<std::size_t> behind;
    lanes_.submit_behind_all([&] { behind.set_value(*answered_); });
    go_on();
    EXPECT_EQ(kStrangers, behind.get_future().get());
}

/// With a user of RFC 7677, 3, whose password is «pencil».
class ScramGatekeeperTest : public GatekeeperTest {
protected:
    ScramGatekeeperTest() {
        std::string salt;
        EXPECT_TRUE(decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==", salt));
        const std::string stored =
            to_text(security::make_scram_keys("pencil", salt, 4096, security::ScramHash::sha256));
        gatekeeper_ = std::make_shared<Gatekeeper>(
            security::make_simple_realm({{"user", Secret(stored), {}}}, {},
                                        {.matches = security::matches_password,
                                         .can_scram = security::can_scram,
                                         .scram_keys = security::scram_keys_of}),
            lanes_, watch_, notes_);
    }
    std::optional<broker::ScramChallenge> challenge(const std::string& user) {
        std::promise<std::optional<broker::ScramChallenge>> said;
        gatekeeper_->challenge({.user = user, .address = "192.0.2.1:1234"},
                               [&said](auto challenge) { said.set_value(std::move(challenge)); });
        return said.get_future().get();
    }
    Verdict prove(const std::string& user, std::string_view proof) {
        Credentials shown{.user = user, .address = "192.0.2.1:1234"};
        shown.proof.emplace().signed_text =
            "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i="
            "4096,"
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        EXPECT_TRUE(decode_base64(proof, shown.proof->proof));
        std::promise<Verdict> said;
        gatekeeper_->admit(std::move(shown),
                           [&said](Verdict verdict) { said.set_value(std::move(verdict)); });
        return said.get_future().get();
    }

    static constexpr std::string_view kProof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
};

TEST_F(ScramGatekeeperTest, believes_a_proof_of_the_password) {
    EXPECT_EQ(broker::LoginWays{.scram_256 = true}, gatekeeper_->login_ways());
    const Verdict verdict = prove("user", kProof);
    ASSERT_TRUE(verdict);
    EXPECT_EQ("user", (*verdict)->user());
    EXPECT_FALSE(prove("user", "AHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
    EXPECT_EQ("wrong proof of the password", notes_->all().back().reason);
    EXPECT_FALSE(prove("nobody", kProof));
}

TEST_F(ScramGatekeeperTest, challenges_anybody_and_nobody_who_guesses) {
    const auto known = challenge("user");
    ASSERT_TRUE(known);
    EXPECT_EQ("W22ZaJ0SNY7soEsUEjb6gQ==", base64(known->salt));
    EXPECT_NE(known->nonce, challenge("user")->nonce);
    const auto unknown = challenge("nobody");
    ASSERT_TRUE(unknown) << "it is not told who is known";
    EXPECT_EQ(4096U, unknown->iterations);
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(admit("user", "guess"));
    EXPECT_FALSE(challenge("user"));
}

TEST_F(GatekeeperTest, says_what_its_realm_can) {
    EXPECT_EQ(broker::LoginWays(), gatekeeper_->login_ways());
}

}  // namespace
}  // namespace tern::server
