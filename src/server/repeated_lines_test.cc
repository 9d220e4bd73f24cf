#include "server/repeated_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::server {
namespace {

using log::Level;
using testing::IsEmpty;

class RepeatedLinesTest : public testing::Test {
protected:
    static constexpr std::string_view kGone = "{}: gone";

    bool passes(std::string_view text, std::string_view format = kGone,
                std::string_view module = "gateway", Level level = Level::warning) {
        return lines_.pass({.level = level, .module = module, .format = format, .text = text});
    }

    RepeatedLines lines_{3};
};

TEST_F(RepeatedLinesTest, counts_what_one_place_writes_too_often) {
    for (const char* const text : {"1: gone", "2: gone", "3: gone"}) EXPECT_TRUE(passes(text));
    EXPECT_FALSE(passes("ann: gone"));
    EXPECT_FALSE(passes("bob: gone"));
    EXPECT_TRUE(passes("1: came", "{}: came")) << "another place";
    EXPECT_TRUE(passes("1: gone", kGone, "engine")) << "another module";
    const auto withheld = lines_.end_period();
    ASSERT_EQ(withheld.size(), 1U);
    EXPECT_EQ(withheld.front().level, Level::warning);
    EXPECT_EQ(withheld.front().module, "gateway");
    EXPECT_EQ(withheld.front().count, 2U);
    EXPECT_EQ(withheld.front().last, "bob: gone");
}

TEST_F(RepeatedLinesTest, begins_anew_with_each_period) {
    for (int period = 0; period < 2; ++period) {
        for (int line = 0; line < 3; ++line) EXPECT_TRUE(passes("1: gone"));
        EXPECT_FALSE(passes("1: gone"));
        EXPECT_EQ(lines_.end_period().size(), 1U);
        EXPECT_THAT(lines_.end_period(), IsEmpty()) << "told once";
    }
}

TEST_F(RepeatedLinesTest, lets_all_pass_that_somebody_wants) {
    RepeatedLines unlimited{0};
    for (int line = 0; line < 10; ++line) {
        EXPECT_TRUE(passes("1: gone", kGone, "gateway", Level::debug));
        EXPECT_TRUE(
            unlimited.pass({.level = Level::error, .module = "m", .format = "x", .text = "x"}));
    }
    EXPECT_THAT(lines_.end_period(), IsEmpty());
    EXPECT_THAT(unlimited.end_period(), IsEmpty());
}

}  // namespace
}  // namespace tern::server
