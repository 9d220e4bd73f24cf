#include "admin/rabbitmq/policies.h"

#include <gtest/gtest.h>

namespace tern::admin::rabbitmq {
namespace {

std::string holds(std::string_view definitions, std::string_view kind, std::string_view name) {
    const auto book = Book::read(definitions, "");
    json::object view;
    Policies(*book).add_to(view, kind, "/", name);
    return json::serialize(view);
}

constexpr std::string_view kBoth = R"({
  "policies": [{"vhost": "/", "name": "low", "pattern": "^q", "priority": 1,
                "definition": {"max-length": 5, "overflow": "drop-head"}},
               {"vhost": "/", "name": "high", "pattern": "^q1", "priority": 2,
                "apply-to": "quorum_queues", "definition": {"max-length": 9}},
               {"vhost": "other", "name": "elsewhere", "pattern": "", "priority": 9,
                "definition": {"max-length": 1}}],
  "parameters": [{"component": "operator_policy", "vhost": "/", "name": "op",
                  "value": {"pattern": "", "apply-to": "queues",
                            "definition": {"max-length": 7, "expires": 1000}}}]})";

TEST(PoliciesTest, the_one_with_the_highest_priority_holds) {
    EXPECT_EQ(holds(kBoth, "classic_queues", "q1"),
              R"({"policy":"low","operator_policy":"op","effective_policy_definition":)"
              R"({"max-length":5,"overflow":"drop-head","expires":1000}})");
    EXPECT_EQ(holds(kBoth, "quorum_queues", "q1"),
              R"({"policy":"high","operator_policy":"op","effective_policy_definition":)"
              R"({"max-length":7,"expires":1000}})");
}

TEST(PoliciesTest, where_none_matches_none_holds) {
    EXPECT_EQ(holds(kBoth, "classic_queues", "x"),
              R"({"policy":null,"operator_policy":"op","effective_policy_definition":)"
              R"({"max-length":7,"expires":1000}})");
    EXPECT_EQ(holds(kBoth, "exchanges", "x"), R"({"policy":null})");
}

std::string problem(std::string_view policy, bool of_operators = false) {
    return problem_of(json::parse(policy).as_object(), of_operators);
}

TEST(PoliciesTest, what_is_none_is_refused) {
    EXPECT_EQ(problem(R"({"pattern": "^q", "definition": {"max-length": 5}})"), "");
    EXPECT_EQ(problem(R"({"pattern": "^q", "definition": {}})"),
              "Validation failed\n\nno policy provided\n");
    EXPECT_EQ(problem(R"({"pattern": "^q", "definition": {"bogus": 5}})"),
              "Validation failed\n\n[{<<\"bogus\">>,5}] are not recognised policy settings\n");
    EXPECT_EQ(problem(R"({"pattern": "^q", "definition": {"max-length": "x"}})"),
              "Validation failed\n\n<<\"x\">> is not a valid max-length\n");
    EXPECT_NE(problem(R"({"pattern": "*", "definition": {"max-length": 5}})"), "");
    EXPECT_NE(problem(R"({"pattern": "", "apply-to": "cows", "definition": {"expires": 5}})"), "");
    constexpr std::string_view kDeadLetters =
        R"({"pattern": "", "definition": {"dead-letter-exchange": "x"}})";
    EXPECT_EQ(problem(kDeadLetters), "");
    EXPECT_EQ(problem(kDeadLetters, true),
              "Validation failed\n\n[{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not "
              "recognised policy settings\n");
}

}  // namespace
}  // namespace tern::admin::rabbitmq
