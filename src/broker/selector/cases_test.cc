// The table of tests/conformance/selector/cases.txt, which ActiveMQ Classic is asked about, too.

#include "broker/selector/testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <tuple>

namespace tern::selector {
namespace {

/// Calls `check` for each case, with its line in the failure message.
template <class Check>
int for_each_case(Check check) {
    std::ifstream file(TERN_SELECTOR_CASES);
    int count = 0;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        Case test;
        if (!read_case(line, test)) continue;
        SCOPED_TRACE("line " + std::to_string(number) + ": " + line);
        check(test);
        ++count;
    }
    return count;
}

TEST(SelectorCases, AllHold) {
    const int count =
        for_each_case([](const Case& test) { EXPECT_EQ(verdict_on(test), test.verdict); });
    EXPECT_GE(count, 600);
}

TEST(SelectorCases, TheCanonicalTextMeansTheSame) {
    for_each_case([](const Case& test) {
        const auto selector = Selector::parse(test.selector);
        if (!selector) return;
        const auto again = Selector::parse(selector->text());
        ASSERT_TRUE(again.has_value()) << selector->text() << " " << again.error().text();
        EXPECT_EQ(again->text(), selector->text());
        Case printed = test;
        printed.selector = selector->text();
        EXPECT_EQ(verdict_on(printed), test.verdict) << selector->text();
    });
}

TEST(SelectorCases, EachIdentifierIsAskedForOnceAtMost) {
    for_each_case([](const Case& test) {
        const auto selector = Selector::parse(test.selector);
        if (!selector) return;
        Properties properties(test.properties);
        std::ignore = selector->evaluate(properties);
        const auto identifiers = selector->identifiers();
        for (const auto& [name, count] : properties.asked) {
            EXPECT_EQ(count, 1) << name;
            EXPECT_NE(std::ranges::find(identifiers, name), identifiers.end()) << name;
        }
    });
}

TEST(SelectorCases, EqualitiesAreNecessary) {
    for_each_case([](const Case& test) {
        const auto selector = Selector::parse(test.selector);
        if (!selector || test.verdict != "true") return;
        Properties properties(test.properties);
        for (const Equality& required : selector->equalities()) {
            EXPECT_FALSE(properties.find(required.identifier).is_null()) << required.identifier;
        }
    });
}

}  // namespace
}  // namespace tern::selector
