#include "server/revoked.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

constexpr std::int64_t kAtMs = 1000;

Revoked::Who connection(std::string_view user, std::string_view protocol = "stomp") {
    return {.user = user, .protocol = protocol, .listener = "auto", .connected_at_ms = kAtMs};
}

config::Plugins document(std::vector<config::AuthenticationUser> users, bool anonymous = false) {
    config::Plugins plugins;
    plugins.simple_authentication = {.users = std::move(users), .anonymous_allowed = anonymous};
    return plugins;
}

TEST(revoked, concerns_those_who_are_gone_or_others_now) {
    Revoked revoked(kAtMs);
    revoked.add_changed(document({{"ann", "a", "users"},
                                  {"bob", "b", "users"},
                                  {"eve", "e", "users"},
                                  {"kim", "k", "users"}}),
                        document({{"ann", "a", "users"},
                                  {"eve", "other", "users"},
                                  {"kim", "k", "users,admins"},
                                  {"new", "n", "users"}}));
    EXPECT_FALSE(revoked.concerns(connection("ann")));
    EXPECT_TRUE(revoked.concerns(connection("bob"))) << "removed";
    EXPECT_TRUE(revoked.concerns(connection("eve"))) << "another password";
    EXPECT_TRUE(revoked.concerns(connection("kim"))) << "other groups";
    EXPECT_FALSE(revoked.concerns(connection("new")));
    EXPECT_FALSE(revoked.concerns(connection("")));
}

TEST(revoked, does_not_concern_who_came_later) {
    Revoked revoked(kAtMs);
    revoked.add_removed({"bob"}, {});
    Revoked::Who bob = connection("bob", "amqp091");
    EXPECT_TRUE(revoked.concerns(bob));
    ++bob.connected_at_ms;
    EXPECT_FALSE(revoked.concerns(bob));
}

TEST(revoked, concerns_all_when_others_are_asked) {
    Revoked revoked(kAtMs);
    revoked.add_changed(document({{"ann", "a", "users"}}, true), {});
    EXPECT_TRUE(revoked.concerns(connection("ann")));
    EXPECT_TRUE(revoked.concerns(connection("anonymous")));
}

TEST(revoked, concerns_the_anonymous_when_nobody_may_be_that) {
    Revoked same(kAtMs);
    same.add_changed(document({}, true), document({}, true));
    EXPECT_TRUE(same.empty());
    Revoked closed(kAtMs);
    closed.add_changed(document({}, true), document({}));
    EXPECT_TRUE(closed.concerns(connection("anonymous")));
    Revoked never(kAtMs);
    never.add_changed(document({}), document({}, true));
    EXPECT_TRUE(never.empty());
}

TEST(revoked, concerns_users_of_virtual_hosts_in_their_protocol) {
    Revoked revoked(kAtMs);
    revoked.add_removed({"ann", "bob"}, {"ann", "new"});
    EXPECT_TRUE(revoked.concerns(connection("bob", "amqp091")));
    EXPECT_FALSE(revoked.concerns(connection("bob", "stomp"))) << "another bob, of the document";
    EXPECT_FALSE(revoked.concerns(connection("ann", "amqp091")));
}

TEST(revoked, concerns_those_whose_login_is_over_and_nobody_of_their_name) {
    const auto ann = [] {
        return std::make_shared<const security::Identity>("ann", std::vector<std::string>());
    };
    Revoked::Who one = connection("ann");
    one.identity = ann();
    Revoked revoked(kAtMs);
    revoked.add_over({one.identity});
    EXPECT_TRUE(revoked.concerns(one));
    one.identity = ann();
    EXPECT_FALSE(revoked.concerns(one)) << "who has logged in anew";
    EXPECT_FALSE(revoked.concerns(connection("ann")));
}

TEST(revoked, concerns_those_who_have_been_there_long_enough) {
    constexpr std::int64_t kNowMs = kAtMs + 60'000;
    Revoked revoked(kNowMs);
    revoked.add_expired({});
    EXPECT_TRUE(revoked.empty());
    revoked.add_expired({.after_s = 60, .listeners = {"mqtt", "auto"}});
    EXPECT_TRUE(revoked.concerns(connection("ann")));
    Revoked::Who one = connection("ann");
    ++one.connected_at_ms;
    EXPECT_FALSE(revoked.concerns(one)) << "not yet";
    one = connection("ann");
    one.listener = "openwire";
    EXPECT_FALSE(revoked.concerns(one));
    revoked.add_expired({.after_s = 60});
    EXPECT_TRUE(revoked.concerns(one)) << "all listeners";
}

}  // namespace
}  // namespace tern::server
