#include "server/doorman.h"

#include "bytes/base64.h"
#include "security/simple_realm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::server {
namespace {

using admin::Request;
using admin::Response;
using security::Secret;

class QuickGatekeeper final : public security::Gatekeeper {
public:
    void admit(security::Credentials shown, Answer answer) override {
        ++asked;
        security::Verdict verdict = realm_->authenticate(shown);
        // Each login is one of its own, as with realms where it may end.
        if (verdict) {
            verdict = admitted.emplace_back(std::make_shared<const security::Identity>(**verdict));
        }
        answer(std::move(verdict));
    }

    int asked = 0;
    std::vector<security::IdentityPtr> admitted;

private:
    security::RealmPtr realm_ = security::make_simple_realm({{"eye", Secret("1"), {"viewers"}},
                                                             {"hand", Secret("2"), {"operators"}},
                                                             {"head", Secret("3"), {"admins"}},
                                                             {"none", Secret("4"), {"clerks"}}},
                                                            {});
};

class Notes final : public security::Audit {
public:
    void note(security::AuditEvent event) override {
        texts.push_back(event.user + " " + event.what + " " + event.target +
                        (event.allowed ? "" : " denied"));
    }

    std::vector<std::string> texts;
};

class DoormanTest : public testing::Test {
protected:
    Response ask(Request request) {
        Response got;
        doorman_.handle(
            std::move(request), [&got](Response response) { got = std::move(response); },
            [](const Request&, admin::Respond respond) { respond({.status = 200}); });
        return got;
    }
    int status(std::string method, std::string target, const std::string& login) {
        return ask({.method = std::move(method),
                    .target = std::move(target),
                    .authorization = "Basic " + base64(login),
                    .peer = "192.0.2.1:5"})
            .status;
    }

    static Request session(std::string method, std::string body = "") {
        return {.method = std::move(method),
                .target = "/api/v1/session",
                .content_type = "application/json",
                .body = std::move(body)};
    }
    Response log_in(const std::string& user, const std::string& password) {
        return ask(
            session("POST", "{\"user\":\"" + user + "\",\"password\":\"" + password + "\"}"));
    }

    std::int64_t now_ms_ = 1;
    std::shared_ptr<QuickGatekeeper> gatekeeper_ = std::make_shared<QuickGatekeeper>();
    std::shared_ptr<Notes> notes_ = std::make_shared<Notes>();
    Doorman doorman_{gatekeeper_, notes_, OperatorGroups(), [](Task task) { task(); },
                     [this] { return now_ms_; }};
};

TEST_F(DoormanTest, asks_who_shows_nothing_for_a_password) {
    const auto challenge = [](const Response& got) {
        EXPECT_EQ(401, got.status);
        return testing::Matches(testing::Contains(
            testing::Pair("WWW-Authenticate", testing::StartsWith("Basic"))))(got.headers);
    };
    EXPECT_TRUE(challenge(ask({.method = "GET", .target = "/metrics"})));
    EXPECT_FALSE(challenge(ask({.method = "GET", .target = "/metrics", .from_script = true})));
    EXPECT_FALSE(challenge(ask({.method = "GET", .target = "/api/v1/events?queue=q"})));
    EXPECT_EQ(401, status("GET", "/metrics", "head:guess"));
    EXPECT_EQ(401, status("GET", "/metrics", "no colon"));
    EXPECT_EQ(401,
              ask({.method = "GET", .target = "/metrics", .authorization = "Bearer x"}).status);
    EXPECT_EQ(200, ask({.method = "GET", .target = "/"}).status) << "the console's page";
    EXPECT_EQ(200, ask({.method = "GET", .target = "/health/live"}).status);
}

TEST_F(DoormanTest, lets_each_do_what_its_groups_may) {
    for (const auto& [login, look, work, change] :
         {std::tuple("none:4", 403, 403, 403), std::tuple("eye:1", 200, 403, 403),
          std::tuple("hand:2", 200, 200, 403), std::tuple("head:3", 200, 200, 200)}) {
        EXPECT_EQ(look, status("GET", "/api/v1/queues", login)) << login;
        EXPECT_EQ(work, status("POST", "/api/v1/queues/q/purge", login)) << login;
        EXPECT_EQ(change, status("DELETE", "/api/v1/queues/q", login)) << login;
    }
    EXPECT_THAT(notes_->texts, testing::IsSupersetOf({"eye POST /api/v1/queues/q/purge denied",
                                                      "hand POST /api/v1/queues/q/purge",
                                                      "head DELETE /api/v1/queues/q"}));
}

TEST_F(DoormanTest, remembers_who_showed_a_password_for_a_while) {
    const Response first =
        ask({.method = "GET", .target = "/metrics", .authorization = "Basic " + base64("eye:1")});
    ASSERT_EQ("Set-Cookie", first.headers.back().first);
    const std::string cookie = first.headers.back().second;
    EXPECT_THAT(cookie, testing::HasSubstr("HttpOnly; SameSite=Strict"));
    const auto again = [&](std::string target) {
        return ask({.method = "GET", .target = std::move(target), .cookie = "a=b; " + cookie})
            .status;
    };
    constexpr std::int64_t kMinute = 60'000;
    EXPECT_EQ(401, ask({.method = "GET", .target = "/metrics", .cookie = "tern-visit="}).status);
    EXPECT_EQ(401, ask({.method = "GET", .target = "/metrics", .cookie = "tern-visit=0"}).status);
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(200, again("/metrics")) << "for as long as it is used";
        now_ms_ += 20 * kMinute;
    }
    EXPECT_EQ(1, gatekeeper_->asked);
    now_ms_ += 20 * kMinute;
    EXPECT_EQ(401, again("/metrics"));
}

TEST_F(DoormanTest, keeps_visits_over_tls_from_those_in_the_open) {
    Request request = session("POST", R"({"user":"eye","password":"1"})");
    request.encrypted = true;
    const std::string cookie = ask(std::move(request)).headers.back().second;
    EXPECT_THAT(cookie, testing::StartsWith("__Host-tern-visit="));
    EXPECT_THAT(cookie, testing::HasSubstr("; Secure"));
    const auto status = [&](std::string shown, bool encrypted) {
        return ask({.method = "GET",
                    .target = "/metrics",
                    .cookie = std::move(shown),
                    .encrypted = encrypted})
            .status;
    };
    EXPECT_EQ(200, status(cookie, true));
    EXPECT_EQ(401, status(cookie, false));
    const std::string in_the_open = log_in("eye", "1").headers.back().second;
    EXPECT_EQ(200, status(in_the_open, false));
    EXPECT_EQ(401, status(in_the_open, true));
    EXPECT_EQ(200, status(in_the_open + "; " + cookie, true));
}

TEST_F(DoormanTest, ends_a_visit_even_if_it_is_used) {
    const std::string cookie = log_in("eye", "1").headers.back().second;
    int served = 0;
    while (ask({.method = "GET", .target = "/metrics", .cookie = cookie}).status == 200) {
        ++served;
        now_ms_ += std::int64_t{20} * 60 * 1000;
    }
    EXPECT_EQ(12 * 3 + 1, served);
}

TEST_F(DoormanTest, lets_pages_log_in_and_out) {
    EXPECT_EQ("{\"login_needed\":true}\n", ask(session("GET")).body);
    EXPECT_EQ(401, log_in("eye", "guess").status);
    EXPECT_EQ(400, ask(session("POST", "[]")).status);
    EXPECT_EQ(415, ask({.method = "POST", .target = "/api/v1/session"}).status);
    const Response in = log_in("eye", "1");
    EXPECT_EQ("{\"login_needed\":false,\"user\":\"eye\",\"role\":\"view\"}\n", in.body);
    Request who = session("GET");
    who.cookie = in.headers.back().second;
    EXPECT_EQ(in.body, ask(who).body);
    EXPECT_EQ(200, ask({.method = "GET", .target = "/metrics", .cookie = who.cookie}).status);
    Request out = session("DELETE");
    out.cookie = who.cookie;
    EXPECT_THAT(ask(out).headers,
                testing::Contains(testing::Pair("Set-Cookie", testing::HasSubstr("Max-Age=0"))));
    EXPECT_EQ(401, ask({.method = "GET", .target = "/metrics", .cookie = who.cookie}).status);
}

TEST_F(DoormanTest, forgets_everybody_when_told_to) {
    const std::string cookie = log_in("eye", "1").headers.back().second;
    doorman_.forget_visits();
    EXPECT_EQ(401, ask({.method = "GET", .target = "/metrics", .cookie = cookie}).status);
}

TEST_F(DoormanTest, ends_streams_of_events_when_it_forgets) {
    Response stream;
    doorman_.handle(
        {.method = "GET", .target = "/api/v1/events", .authorization = "Basic " + base64("eye:1")},
        [&stream](Response response) { stream = std::move(response); },
        [](const Request&, admin::Respond respond) {
            respond({.events = [](auto next) { next("news"); }});
        });
    const auto next = [&stream] {
        std::string event;
        stream.events([&event](std::string one) { event = std::move(one); });
        return event;
    };
    EXPECT_EQ("news", next());
    doorman_.forget_visits();
    EXPECT_EQ("", next());
}

TEST_F(DoormanTest, forgets_those_whose_logins_are_over) {
    const std::string cookie = log_in("eye", "1").headers.back().second;
    const std::string other = log_in("eye", "1").headers.back().second;
    Response stream;
    doorman_.handle(
        {.method = "GET", .target = "/api/v1/events", .cookie = cookie},
        [&stream](Response response) { stream = std::move(response); },
        [](const Request&, admin::Respond respond) {
            respond({.events = [](auto next) { next("news"); }});
        });
    doorman_.forget_visits({gatekeeper_->admitted.front()});
    EXPECT_EQ(401, ask({.method = "GET", .target = "/metrics", .cookie = cookie}).status);
    EXPECT_EQ(200, ask({.method = "GET", .target = "/metrics", .cookie = other}).status);
    std::string event = "none";
    stream.events([&event](std::string one) { event = std::move(one); });
    EXPECT_EQ("", event);
}

TEST_F(DoormanTest, vouches_for_who_has_shown_who_they_are) {
    const auto vouched = [this](const Request& request) {
        std::optional<bool> said;
        doorman_.vouch(request, [&said](bool good) { said = good; });
        return said.value();
    };
    const std::string cookie = log_in("eye", "1").headers.back().second;
    EXPECT_TRUE(vouched({.method = "POST", .target = "/", .cookie = cookie}));
    EXPECT_TRUE(
        vouched({.method = "POST", .target = "/", .authorization = "Basic " + base64("eye:1")}));
    EXPECT_FALSE(
        vouched({.method = "POST", .target = "/", .authorization = "Basic " + base64("eye:2")}));
    EXPECT_FALSE(vouched({.method = "POST", .target = "/api/v1/session"}));
}

TEST_F(DoormanTest, forgets_first_who_came_once) {
    const std::string cookie = log_in("eye", "1").headers.back().second;
    for (int i = 0; i < 1500; ++i) {
        ++now_ms_;
        EXPECT_EQ(200, ask({.method = "GET", .target = "/metrics", .cookie = cookie}).status);
        EXPECT_EQ(200, status("GET", "/metrics", "head:3"));
    }
}

TEST(Doorman, knows_nobody_where_there_are_no_users) {
    Doorman doorman(nullptr, nullptr, {}, [](Task task) { task(); }, [] { return 1; });
    int status = 0;
    doorman.handle(
        {.method = "DELETE", .target = "/api/v1/queues/q"},
        [&status](Response response) { status = response.status; },
        [](const Request&, admin::Respond respond) { respond({.status = 204}); });
    EXPECT_EQ(204, status);
}

}  // namespace
}  // namespace tern::server
