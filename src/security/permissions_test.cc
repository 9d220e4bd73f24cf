#include "security/permissions.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

DefinedPermissions permissions() {
    auto made = DefinedPermissions::make({"/", "shop"},
                                         {{"ann", "/", "^ann\\.", ".*", "^(ann\\.|amq\\.topic$)"},
                                          {"ann", "shop", "", "^$", "b"},
                                          {"a.b", "/", ".*", ".*", ".*"}},
                                         {{"ann", "/", "amq.topic", "^{username}\\.", "^news\\."},
                                          {"a.b", "/", "amq.topic", "^{username}$", "^{vhost}$"}});
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
}

TEST(Permissions, are_for_users_in_virtual_hosts) {
    const DefinedPermissions some = permissions();
    EXPECT_TRUE(some.may_enter("ann", "/"));
    EXPECT_TRUE(some.may_enter("ann", "shop"));
    EXPECT_FALSE(some.may_enter("ann", "other"));
    EXPECT_FALSE(some.may_enter("a.b", "shop"));
    EXPECT_FALSE(some.allow("a.b", Right::read, "shop", "q"));
    EXPECT_EQ((std::vector<std::string>{"/", "shop"}), some.vhosts());
}

TEST(Permissions, match_a_part_of_a_name_unless_anchored) {
    const DefinedPermissions some = permissions();
    EXPECT_TRUE(some.allow("ann", Right::admin, "/", "ann.q"));
    EXPECT_FALSE(some.allow("ann", Right::admin, "/", "an.ann.q"));
    EXPECT_TRUE(some.allow("ann", Right::read, "/", "amq.topic"));
    EXPECT_FALSE(some.allow("ann", Right::read, "/", "amq.topics"));
    EXPECT_TRUE(some.allow("ann", Right::read, "shop", "abc"));
}

TEST(Permissions, of_nothing_match_nothing) {
    const DefinedPermissions some = permissions();
    for (const char* name : {"", "q", "amq.default"}) {
        EXPECT_FALSE(some.allow("ann", Right::admin, "shop", name)) << name;
        EXPECT_FALSE(some.allow("ann", Right::write, "shop", name)) << name;
    }
}

TEST(Permissions, let_some_speak_for_others) {
    const auto some = DefinedPermissions::make({"/"}, {}, {}, {"actor"});
    ASSERT_TRUE(some);
    EXPECT_TRUE(some->may_impersonate("actor"));
    EXPECT_FALSE(some->may_impersonate("ann"));
}

TEST(Permissions, know_the_default_exchange_by_a_name) {
    const auto some = DefinedPermissions::make({"/"}, {{"u", "/", "", "^amq\\.default$", ""}}, {});
    ASSERT_TRUE(some);
    EXPECT_TRUE(some->allow("u", Right::write, "/", ""));
    EXPECT_FALSE(some->allow("u", Right::read, "/", ""));
}

TEST(Permissions, for_keys_are_asked_where_there_are_any) {
    const DefinedPermissions some = permissions();
    EXPECT_TRUE(some.allow_key("ann", Right::write, "/", "amq.topic", "ann.a"));
    EXPECT_FALSE(some.allow_key("ann", Right::write, "/", "amq.topic", "kim.a"));
    EXPECT_TRUE(some.allow_key("ann", Right::read, "/", "amq.topic", "news.#"));
    EXPECT_FALSE(some.allow_key("ann", Right::read, "/", "amq.topic", "#"));
    EXPECT_TRUE(some.allow_key("ann", Right::write, "/", "other", "kim.a"));
    EXPECT_TRUE(some.allow_key("a.b", Right::write, "/", "amq.topic", "a.b"));
    EXPECT_FALSE(some.allow_key("a.b", Right::write, "/", "amq.topic", "axb"))
        << "a name is no expression";
}

TEST(Permissions, that_are_no_expressions_are_refused) {
    const auto bad = DefinedPermissions::make({"/"}, {{"ann", "/", "(", "", ""}}, {});
    ASSERT_FALSE(bad);
    EXPECT_TRUE(bad.error().starts_with("the permissions of ann: '(': ")) << bad.error();
    EXPECT_FALSE(DefinedPermissions::make({"/"}, {}, {{"ann", "/", "x", "(?=a)", ""}}))
        << "what RE2 does not know";
}

}  // namespace
}  // namespace tern::security
