#include "realms/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::realms {
namespace {

using security::Credentials;
using security::Right;
using security::Secret;

// As RabbitMQ 3.13 exports it; the passwords are pika-secret.
constexpr std::string_view kExport = R"({
  "rabbit_version": "3.13.7", "rabbitmq_version": "3.13.7", "product_name": "RabbitMQ",
  "users": [
    {"name": "ann", "password_hash": "HASH", "limits": {}, "tags": ["management"],
     "hashing_algorithm": "rabbit_password_hashing_sha256"},
    {"name": "root", "password_hash": "HASH", "tags": "administrator, impersonator"},
    {"name": "machine", "password_hash": "", "tags": []}],
  "vhosts": [{"name": "/"}, {"name": "shop", "limits": [], "metadata": {"tags": []}}],
  "permissions": [{"user": "ann", "vhost": "shop", "configure": "^a", "write": ".*", "read": ""}],
  "topic_permissions": [{"user": "ann", "vhost": "shop", "exchange": "amq.topic", "write": "^b",
                         "read": ".*"}],
  "parameters": [], "policies": [], "queues": [{"name": "q"}], "exchanges": [], "bindings": [],
  "global_parameters": [{"name": "g"}], "metrics_of_others": [{"name": "m"}]})";
constexpr std::string_view kHash = "AQL+//+Gpp6/J7/Kq2SvrpaVPUvGyfeOGt7QZKYnLmIUgQ4H";

std::string with_hash(std::string_view text) {
    std::string out(text);
    for (std::size_t at = 0; (at = out.find("\"HASH\"", at)) != std::string::npos;) {
        out.replace(at + 1, 4, kHash);
    }
    return out;
}

std::string ask(security::Realm& realm, const std::string& user, const std::string& password,
                const std::string& protocol = "amqp091") {
    const auto verdict =
        realm.authenticate({.user = user, .password = Secret(password), .protocol = protocol});
    if (!verdict) return verdict.error().reason;
    std::string text = (*verdict)->user() + ":";
    for (const std::string& group : (*verdict)->groups()) text += " " + group;
    return text;
}

TEST(Definitions, say_who_users_are_and_what_they_may_do) {
    auto read = Definitions::parse(with_hash(kExport));
    ASSERT_TRUE(read) << read.error();
    EXPECT_THAT(read->ignored, testing::ElementsAre("metrics_of_others"));
    EXPECT_TRUE(read->permissions->may_impersonate("root"));
    EXPECT_FALSE(read->permissions->may_impersonate("ann"));
    EXPECT_THAT(read->permissions->vhosts(), testing::ElementsAre("/", "shop"));
    EXPECT_TRUE(read->permissions->allow("ann", Right::admin, "shop", "a"));
    EXPECT_FALSE(read->permissions->allow("ann", Right::read, "shop", "a"));
    EXPECT_FALSE(read->permissions->allow_key("ann", Right::write, "shop", "amq.topic", "c"));
    EXPECT_FALSE(read->permissions->may_enter("ann", "/"));

    const auto realm = definitions_realm(std::move(read->users), {{"admins"}, {"viewers"}});
    EXPECT_EQ("ann: viewers", ask(*realm, "ann", "pika-secret"));
    EXPECT_EQ("root: admins", ask(*realm, "root", "pika-secret", "http"));
    EXPECT_EQ("wrong password", ask(*realm, "ann", "guess"));
    EXPECT_EQ("wrong password", ask(*realm, "machine", ""));
    EXPECT_EQ("no such user", ask(*realm, "kim", "pika-secret"));
    EXPECT_EQ("users of virtual hosts log in by AMQP 0-9-1",
              ask(*realm, "ann", "pika-secret", "stomp"))
        << "their permissions would not count there";
}

TEST(Definitions, that_are_none_are_refused) {
    for (const auto& [text, problem] :
         {std::pair("{", "it is no JSON: "), std::pair("[]", "it is no object"),
          std::pair(R"({"users":{}})", "users is no list"),
          std::pair(R"({"users":[7]})", "users has what is no object"),
          std::pair(R"({"users":[{"tags":[]}]})", "users: there is no text name"),
          std::pair(R"({"permissions":[{"user":"u","vhost":"/","configure":"","write":1}]})",
                    "permissions: there is no text write"),
          std::pair(R"({"permissions":[{"user":"u","vhost":"/","configure":"(","write":"",
                     "read":""}]})",
                    "the permissions of u: '(': ")}) {
        const auto read = Definitions::parse(text);
        ASSERT_FALSE(read) << text;
        EXPECT_THAT(read.error(), testing::StartsWith(problem));
    }
    EXPECT_TRUE(Definitions::parse("{}"));
}

}  // namespace
}  // namespace tern::realms
