#include "server/login_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::server {
namespace {

using security::Identity;
using security::IdentityPtr;
using security::Standing;
using testing::ElementsAre;
using testing::IsEmpty;

/// Somebody of whom the test says what has become of the login.
struct Visitor {
    std::shared_ptr<Standing> standing = std::make_shared<Standing>(Standing::good);
    IdentityPtr identity = std::make_shared<const Identity>(
        "ann", std::vector<std::string>(), [standing = standing] { return *standing; });
};

class LoginWatchTest : public testing::Test {
protected:
    LoginWatch watch_{std::chrono::milliseconds(1), [](const auto&) {}};
};

TEST_F(LoginWatchTest, says_who_is_over_once_and_after_a_second_look) {
    Visitor ann;
    Visitor bob;
    watch_.add(ann.identity);
    watch_.add(ann.identity);
    watch_.add(bob.identity);
    EXPECT_THAT(watch_.look(), IsEmpty());
    *ann.standing = Standing::over;
    EXPECT_THAT(watch_.look(), IsEmpty());
    EXPECT_THAT(watch_.look(), ElementsAre(ann.identity));
    EXPECT_THAT(watch_.look(), IsEmpty());
}

TEST_F(LoginWatchTest, lets_those_be_whose_file_was_half_written) {
    Visitor ann;
    watch_.add(ann.identity);
    for (int i = 0; i < 3; ++i) {
        *ann.standing = Standing::over;
        EXPECT_THAT(watch_.look(), IsEmpty());
        *ann.standing = Standing::good;
        EXPECT_THAT(watch_.look(), IsEmpty());
    }
}

TEST_F(LoginWatchTest, lets_those_be_of_whom_nothing_can_be_said) {
    Visitor ann;
    watch_.add(ann.identity);
    *ann.standing = Standing::unknown;
    for (int i = 0; i < 3; ++i) EXPECT_THAT(watch_.look(), IsEmpty());
    *ann.standing = Standing::over;
    EXPECT_THAT(watch_.look(), IsEmpty());
    *ann.standing = Standing::unknown;
    EXPECT_THAT(watch_.look(), IsEmpty());
    *ann.standing = Standing::over;
    EXPECT_THAT(watch_.look(), ElementsAre(ann.identity)) << "an outage in between is no pardon";
}

TEST_F(LoginWatchTest, forgets_who_has_left) {
    Visitor ann;
    watch_.add(ann.identity);
    const std::weak_ptr<const Identity> held = ann.identity;
    ann.identity = nullptr;
    EXPECT_TRUE(held.expired());
    EXPECT_THAT(watch_.look(), IsEmpty());
}

}  // namespace
}  // namespace tern::server
