#include "realms/simple_realm.h"

#include "realms/files_fixture.h"
#include "realms/guest_realm.h"

namespace tern::realms {
namespace {

SimpleOptions options() {
    return {.users = {{"system", "manager", {"admins", "users"}},
                      {"kim",
                       "$y$j9T$abcdefghijklmnop$3dL1LkYnZM.OVXuVdnnaKVDlLYT92dRwOzDZ5XiVCe.",
                       {"users"}}}};
}

TEST(simple_realm, users_of_the_configuration) {
    const auto realm = simple_realm(options());
    EXPECT_EQ("system: admins users", outcome(realm->authenticate(login("system", "manager"))));
    EXPECT_EQ("kim: users", outcome(realm->authenticate(login("kim", "secret"))));
    EXPECT_EQ("wrong: wrong password", outcome(realm->authenticate(login("kim", "manager"))));
    EXPECT_EQ("wrong: wrong password", outcome(realm->authenticate({.user = "system"})));
    EXPECT_EQ("wrong: no such user in the configuration",
              outcome(realm->authenticate(login("ann", "manager"))));
    EXPECT_EQ("wrong: no user name", outcome(realm->authenticate({})));
}

TEST(simple_realm, anonymous_only_when_allowed_and_nothing_is_shown) {
    SimpleOptions allowed = options();
    allowed.anonymous = true;
    const auto realm = simple_realm(allowed);
    EXPECT_EQ("anonymous: anonymous", outcome(realm->authenticate({})));
    EXPECT_EQ("wrong: no user name",
              outcome(realm->authenticate({.password = security::Secret("manager")})));
    EXPECT_EQ("wrong: no such user in the configuration",
              outcome(realm->authenticate(login("anonymous", ""))));
}

TEST(guest_realm, everybody_is_the_guest) {
    const auto realm = guest_realm({});
    EXPECT_EQ("guest: guests", outcome(realm->authenticate({})));
    EXPECT_EQ("guest: guests", outcome(realm->authenticate(login("ann", "x"))));
    const auto shy = guest_realm({.user = "foo", .group = "bar", .credentials_invalidate = true});
    EXPECT_EQ("foo: bar", outcome(shy->authenticate({.user = "ann"})));
    EXPECT_EQ("abstains: who shows a password is no guest",
              outcome(shy->authenticate(login("ann", ""))));
}

}  // namespace
}  // namespace tern::realms
