#include "security/scopes.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

TEST(Scopes, permit_what_they_name_and_nothing_else) {
    const Scopes scopes({"read:%2F/orders", "write:shop/amq.default", "configure:shop/orders"});
    EXPECT_TRUE(scopes.may_enter("anybody", "/"));
    EXPECT_TRUE(scopes.may_enter("anybody", "shop"));
    EXPECT_FALSE(scopes.may_enter("anybody", "shops"));
    EXPECT_TRUE(scopes.allow("anybody", Right::read, "/", "orders"));
    EXPECT_FALSE(scopes.allow("anybody", Right::read, "/", "orders.eu"));
    EXPECT_FALSE(scopes.allow("anybody", Right::read, "shop", "orders"));
    EXPECT_FALSE(scopes.allow("anybody", Right::write, "/", "orders"));
    EXPECT_FALSE(scopes.allow("anybody", Right::admin, "/", "orders"));
    EXPECT_TRUE(scopes.allow("anybody", Right::admin, "shop", "orders"));
    EXPECT_TRUE(scopes.allow("anybody", Right::write, "shop", ""));
}

TEST(Scopes, have_stars_for_anything) {
    const Scopes scopes({"read:*/*", "write:%2F/a*c*e", "configure:%2F/100%25%2a"});
    EXPECT_TRUE(scopes.allow("", Right::read, "any", "q"));
    EXPECT_TRUE(scopes.allow("", Right::read, "", "a/b"));
    for (const char* good : {"ace", "abcde", "a.c.e", "acee", "aecec.e"}) {
        EXPECT_TRUE(scopes.allow("", Right::write, "/", good)) << good;
    }
    for (const char* bad : {"", "a", "ae", "aec", "xace", "acex", "ac"}) {
        EXPECT_FALSE(scopes.allow("", Right::write, "/", bad)) << bad;
    }
    EXPECT_TRUE(scopes.allow("", Right::admin, "/", "100%*"));
    EXPECT_FALSE(scopes.allow("", Right::admin, "/", "100%x"));
}

TEST(Scopes, may_name_the_keys_of_topic_exchanges) {
    const Scopes scopes({"write:%2F/amq.topic/news.*", "read:%2F/amq.topic"});
    EXPECT_TRUE(scopes.allow("", Right::write, "/", "amq.topic"));
    EXPECT_TRUE(scopes.allow_key("", Right::write, "/", "amq.topic", "news.eu"));
    EXPECT_FALSE(scopes.allow_key("", Right::write, "/", "amq.topic", "sport.eu"));
    EXPECT_TRUE(scopes.allow_key("", Right::read, "/", "amq.topic", "sport.eu"));
    EXPECT_FALSE(scopes.allow_key("", Right::read, "/", "other", "sport.eu"));
}

TEST(Scopes, that_are_none_permit_nothing) {
    const Scopes scopes({"", "read", "read:", "read:*", "read:a/b/c/d", "READ:*/*", "delete:*/*",
                         "read:%/*", "read:%2/*", "read:%zz/*", "read:*/%2", "read:%-1/*"});
    for (const Right right : {Right::read, Right::write, Right::admin}) {
        EXPECT_FALSE(scopes.allow("", right, "/", "q"));
        EXPECT_FALSE(scopes.allow("", right, "", ""));
    }
    EXPECT_FALSE(scopes.may_enter("", "/"));
}

}  // namespace
}  // namespace tern::security
