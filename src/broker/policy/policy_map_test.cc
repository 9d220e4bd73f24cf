#include "broker/policy/policy_map.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

/// Each entry's memory limit tells it apart.
PolicyMap map(const std::vector<std::pair<Destination, std::int64_t>>& entries) {
    std::vector<PolicyMap::Entry> made;
    for (const auto& [pattern, limit] : entries) {
        Policy policy;
        policy.memory_limit = limit;
        made.push_back({pattern, std::make_shared<const Policy>(policy)});
    }
    Policy otherwise;
    otherwise.memory_limit = 1000;
    return {std::move(made), otherwise};
}

Destination queue(std::string name) {
    return {Domain::queue, false, std::move(name)};
}

std::int64_t found(const PolicyMap& policies, const Destination& destination) {
    return policies.find(destination.view())->memory_limit;
}

TEST(PolicyMap, the_exact_name_decides_then_the_closest_pattern) {
    const PolicyMap policies = map({{queue(">"), 1},
                                    {queue("A.>"), 2},
                                    {queue("A.B.>"), 3},
                                    {queue("A.*.C"), 4},
                                    {queue("A.B.C"), 5}});
    EXPECT_EQ(found(policies, queue("A.B.C")), 5);
    EXPECT_EQ(found(policies, queue("A.B.D")), 3);
    EXPECT_EQ(found(policies, queue("A.B")), 3);
    EXPECT_EQ(found(policies, queue("A.X.C")), 4);
    EXPECT_EQ(found(policies, queue("A.X")), 2);
    EXPECT_EQ(found(policies, queue("X")), 1);
}

TEST(PolicyMap, unrelated_patterns_tie_break_by_name) {
    const PolicyMap policies = map({{queue("A.*.C"), 1}, {queue("*.B.C"), 2}});
    EXPECT_EQ(found(policies, queue("A.B.C")), 2);
}

TEST(PolicyMap, queues_topics_and_temporary_ones_have_their_own) {
    const PolicyMap policies =
        map({{{Domain::topic, false, ">"}, 1}, {{Domain::queue, true, ">"}, 2}});
    EXPECT_EQ(found(policies, {Domain::topic, false, "A"}), 1);
    EXPECT_EQ(found(policies, {Domain::queue, true, "ID:1:1"}), 2);
    EXPECT_EQ(found(policies, queue("A")), 1000);
    EXPECT_EQ(found(policies, {Domain::topic, true, "ID:1:2"}), 1000);
}

TEST(PolicyMap, entries_of_one_pattern_do_not_merge_the_last_counts) {
    const PolicyMap policies = map({{queue("A"), 1}, {queue("A"), 2}, {queue(">"), 3}});
    EXPECT_EQ(found(policies, queue("A")), 2);
}

TEST(PolicyMap, without_entries_everything_is_as_classic_has_it) {
    const PolicyPtr policy = PolicyMap().find({Domain::topic, false, "A"});
    EXPECT_EQ(*policy, Policy());
    EXPECT_EQ(policy->topic_prefetch, 32767);
}

TEST(Policy, says_how_long_messages_live) {
    constexpr std::int64_t kNow = 1000;
    Policy policy;
    EXPECT_EQ(policy.expiry_of(0, kNow), 0);
    EXPECT_EQ(policy.expiry_of(1001, kNow), 1001);
    policy.expiry_delay_min_ms = 10;
    EXPECT_EQ(policy.expiry_of(0, kNow), 1010);
    EXPECT_EQ(policy.expiry_of(1001, kNow), 1010);
    EXPECT_EQ(policy.expiry_of(5000, kNow), 5000);
    policy.expiry_delay_max_ms = 20;
    EXPECT_EQ(policy.expiry_of(0, kNow), 1020);
    EXPECT_EQ(policy.expiry_of(5000, kNow), 1020);
    policy.expiry_delay_ms = 30;
    EXPECT_EQ(policy.expiry_of(0, kNow), 1030);
    EXPECT_EQ(policy.expiry_of(5000, kNow), 5000) << "its sender has said so";
    policy.expiry_delay_ms = INT64_MAX;
    EXPECT_EQ(policy.expiry_of(0, kNow), INT64_MAX);
    policy.expiry_delay_ms = -1;
    policy.expiry_delay_max_ms = INT64_MAX;
    EXPECT_EQ(policy.expiry_of(5000, kNow), 5000);
    policy.never_expires = true;
    EXPECT_EQ(policy.expiry_of(5000, kNow), 0);
}

TEST(PolicyMap, knows_what_any_of_its_policies_says) {
    const PolicyMap plain({}, {});
    EXPECT_FALSE(plain.changes_expiry() || plain.drops_when_full());
    EXPECT_EQ(plain.store_high_water_percent(), 100);
    EXPECT_EQ(plain.slow_check_ms(), 0);
    Policy policy;
    policy.expiry_delay_ms = 5;
    policy.when_full = WhenFull::drop;
    policy.store_high_water_percent = 60;
    policy.consumer_rate_min = 1;
    policy.dead_letter_address = "dead";
    const PolicyMap policies({{queue("A"), std::make_shared<const Policy>(policy)}}, {});
    EXPECT_TRUE(policies.changes_expiry() && policies.drops_when_full());
    EXPECT_EQ(policies.store_high_water_percent(), 60);
    EXPECT_EQ(policies.slow_check_ms(), 5000);
    EXPECT_TRUE(policies.keeps_dead_letters(queue("dead").view()));
    EXPECT_FALSE(policies.keeps_dead_letters(queue("alive").view()));
}

}  // namespace
}  // namespace tern::broker
