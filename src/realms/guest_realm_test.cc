#include "realms/guest_realm.h"

#include "realms/files_fixture.h"

namespace tern::realms {
namespace {

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
