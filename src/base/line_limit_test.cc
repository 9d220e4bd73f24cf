#include "base/line_limit.h"

#include <gtest/gtest.h>

namespace tern::log {
namespace {

TEST(line_limit, lets_some_lines_pass_and_counts_the_others) {
    LineLimit limit;
    for (std::uint32_t i = 0; i < LineLimit::kLinesMax; ++i) EXPECT_EQ(0U, limit.pass(1000));
    for (int i = 0; i < 7; ++i) EXPECT_FALSE(limit.pass(1000 + LineLimit::kPeriodMs - 1));
    EXPECT_EQ(7U, limit.pass(1000 + LineLimit::kPeriodMs)) << "told with the next line";
    EXPECT_EQ(0U, limit.pass(1000 + LineLimit::kPeriodMs)) << "once";
}

}  // namespace
}  // namespace tern::log
