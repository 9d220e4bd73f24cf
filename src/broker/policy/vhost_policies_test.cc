#include "broker/policy/vhost_policies.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

VhostPolicy policy(std::string_view prefix, std::int64_t priority, QueueTerms terms) {
    return {.vhost = "/",
            .name = std::string(prefix),
            .matches = [prefix](std::string_view name) { return name.starts_with(prefix); },
            .priority = priority,
            .terms = std::move(terms)};
}

QueueOptions plain() {
    return {.vhost = "/"};
}

TEST(VhostPoliciesTest, of_those_that_match_the_highest_priority_counts) {
    const VhostPolicies policies(
        {policy("", 0, {.message_ttl_ms = 1}), policy("a", 5, {.messages_max = 3})}, {});
    EXPECT_EQ(policies.in_force(plain(), "ab").messages_max, 3);
    EXPECT_EQ(policies.in_force(plain(), "ab").message_ttl_ms, -1);
    EXPECT_EQ(policies.in_force(plain(), "b").message_ttl_ms, 1);
    QueueOptions other = plain();
    other.vhost = "other";
    EXPECT_EQ(policies.in_force(other, "ab"), other);
    EXPECT_EQ(policies.find(plain(), "ab")->name, "a");
}

TEST(VhostPoliciesTest, of_numbers_the_smaller_holds_and_of_the_rest_the_declaration) {
    const VhostPolicies policies({policy("", 0,
                                         {.message_ttl_ms = 100,
                                          .messages_max = 10,
                                          .overflow = Overflow::reject,
                                          .dead_letter_exchange = "theirs",
                                          .dead_letter_key = "key"})},
                                 {});
    QueueOptions declared = plain();
    declared.message_ttl_ms = 50;
    declared.messages_max = 20;
    declared.dead_letter_exchange = "mine";
    const QueueOptions holds = policies.in_force(declared, "q");
    EXPECT_EQ(holds.message_ttl_ms, 50);
    EXPECT_EQ(holds.messages_max, 10);
    EXPECT_EQ(holds.overflow, Overflow::reject);
    EXPECT_EQ(holds.dead_letter_exchange, "mine");
    EXPECT_EQ(holds.dead_letter_key, "key");
}

TEST(VhostPoliciesTest, a_policy_is_for_a_type_of_queues) {
    VhostPolicy one = policy("", 0, {.deliveries_max = 3});
    one.for_classic = false;
    const VhostPolicies policies({one}, {});
    EXPECT_EQ(policies.in_force(plain(), "q"), plain());
    QueueOptions quorum = plain();
    quorum.quorum = true;
    quorum.deliveries_max = 20;
    EXPECT_EQ(policies.in_force(quorum, "q").deliveries_max, 3);
    quorum.deliveries_max = -1;
    EXPECT_EQ(policies.in_force(quorum, "q").deliveries_max, 3);
}

TEST(VhostPoliciesTest, one_for_exchanges_names_their_alternate) {
    VhostPolicy rest = policy("x", 1, {});
    rest.alternate_exchange = "rest";
    VhostPolicy queues = policy("x", 9, {.messages_max = 1});
    queues.for_exchanges = false;
    VhostPolicy first = policy("x.y", 2, {.messages_max = 5});
    const VhostPolicies policies({rest, queues, first}, {});
    EXPECT_EQ(policies.alternate_of("/", "x"), "rest");
    EXPECT_EQ(policies.alternate_of("/", "x.y"), "");  // one policy counts, whatever it says
    EXPECT_EQ(policies.alternate_of("/", "y"), "");
    EXPECT_EQ(policies.alternate_of("other", "x"), "");
}

TEST(VhostPoliciesTest, operators_can_only_take_away) {
    const VhostPolicies policies({policy("", 0, {.messages_max = 10})},
                                 {policy("", 0, {.message_ttl_ms = 7, .messages_max = 100}),
                                  policy("tight", 1, {.messages_max = 2})});
    EXPECT_EQ(policies.in_force(plain(), "q").messages_max, 10);
    EXPECT_EQ(policies.in_force(plain(), "q").message_ttl_ms, 7);
    EXPECT_EQ(policies.in_force(plain(), "tight.q").messages_max, 2);
}

}  // namespace
}  // namespace tern::broker
