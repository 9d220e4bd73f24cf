#include "base/repetition.h"

#include <gtest/gtest.h>

namespace tern::log {
namespace {

TEST(repetition, limits_lines_that_differ_in_numbers_only) {
    Repetition repetition;
    for (std::uint32_t i = 0; i < LineLimit::kLinesMax; ++i) {
        EXPECT_EQ(0U, repetition.pass("gateway", "127.0.0.1:" + std::to_string(i) + ": gone", 0));
    }
    EXPECT_FALSE(repetition.pass("gateway", "10.0.0.1:77: gone", 0));
    EXPECT_EQ(0U, repetition.pass("gateway", "10.0.0.1:77: here", 0));
    EXPECT_EQ(0U, repetition.pass("engine", "10.0.0.1:77: gone", 0));
    EXPECT_EQ(1U, repetition.pass("gateway", "10.0.0.1:78: gone", LineLimit::kPeriodMs));
}

TEST(repetition, forgets_rather_than_grows) {
    Repetition repetition;
    const auto repeat = [&] { return repetition.pass("m", "again", 0); };
    for (std::uint32_t i = 0; i < LineLimit::kLinesMax; ++i) EXPECT_TRUE(repeat());
    EXPECT_FALSE(repeat());
    std::string other;
    for (std::size_t i = 0; i < Repetition::kKindsMax; ++i) {
        other += 'x';
        EXPECT_TRUE(repetition.pass("m", other, 0));
    }
    EXPECT_TRUE(repeat());
}

}  // namespace
}  // namespace tern::log
