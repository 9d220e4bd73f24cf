#include "server/vhost_policies.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

std::string problem(std::string_view definitions) {
    const auto read = read_vhost_policies(definitions);
    return read ? "" : read.error();
}

TEST(VhostPoliciesFileTest, policies_and_those_of_operators_are_read) {
    const auto read = read_vhost_policies(R"({
      "policies": [{"vhost": "/", "name": "limits", "pattern": "^work\\.", "apply-to": "queues",
                    "priority": 1, "definition": {"max-length": 5, "overflow": "reject-publish",
                                                  "dead-letter-exchange": "dead",
                                                  "consumer-timeout": 700}},
                   {"vhost": "/", "name": "alternate", "pattern": "", "apply-to": "exchanges",
                    "definition": {"alternate-exchange": "rest"}}],
      "parameters": [{"component": "operator_policy", "vhost": "/", "name": "cap",
                      "value": {"pattern": "", "apply-to": "classic_queues",
                                "definition": {"message-ttl": 1000}}},
                     {"component": "shovel", "vhost": "/", "name": "s", "value": {}}]})");
    ASSERT_TRUE(read) << read.error();
    const broker::QueueOptions declared{.vhost = "/"};
    const broker::QueueOptions work = (*read)->in_force(declared, "work.1");
    EXPECT_EQ(work.messages_max, 5);
    EXPECT_EQ(work.overflow, broker::Overflow::reject);
    EXPECT_EQ(work.dead_letter_exchange, "dead");
    EXPECT_EQ(work.message_ttl_ms, 1000);
    EXPECT_EQ((*read)->consumer_timeout_ms(declared, "work.1"), 700);
    EXPECT_EQ((*read)->in_force(declared, "other").messages_max, -1);
    EXPECT_EQ((*read)->consumer_timeout_ms(declared, "other"), std::nullopt);
    EXPECT_EQ((*read)->alternate_of("/", "any"), "rest");
    EXPECT_EQ((*read)->in_force({.quorum = true, .vhost = "/"}, "other").message_ttl_ms, -1);
}

TEST(VhostPoliciesFileTest, without_any_there_is_nothing) {
    EXPECT_EQ(*read_vhost_policies(R"({"users": []})"), nullptr);
}

TEST(VhostPoliciesFileTest, what_is_wrong_is_named) {
    EXPECT_EQ(problem(R"({"policies": [{"name": "p", "pattern": "", "definition":
                          {"max-length": "5"}}]})"),
              "policies: p: max-length is no such value");
    EXPECT_EQ(problem(R"({"policies": [{"name": "p", "pattern": "", "definition":
                          {"alternate-exchange": 5}}]})"),
              "policies: p: alternate-exchange is no such value");
    EXPECT_EQ(problem(R"({"policies": [{"name": "p", "pattern": ""}]})"),
              "policies: p: there is no definition");
    EXPECT_TRUE(problem(R"({"policies": [{"name": "p", "pattern": "(", "definition": {}}]})")
                    .starts_with("policies: p: its pattern is no expression"));
    EXPECT_EQ(problem(R"({"policies": [{"name": "p", "pattern": "", "definition":
                          {"overflow": "maybe"}}]})"),
              "policies: p: overflow is no such value");
}

}  // namespace
}  // namespace tern::server
