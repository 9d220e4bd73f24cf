#include "client/inactivity.h"

#include <gtest/gtest.h>

namespace tern::client {
namespace {

using std::chrono::seconds;
using Verdict = Inactivity::Verdict;

class InactivityTest : public ::testing::Test {
protected:
    static Inactivity::Instant at(int second) { return Inactivity::Instant(seconds(second)); }

    Inactivity inactivity{seconds(30), seconds(10), at(0)};
};

TEST_F(InactivityTest, KeepsTheLineAliveEachThirdOfThePeriod) {
    EXPECT_EQ(inactivity.next_check(), at(20));
    EXPECT_EQ(inactivity.check(at(19)), Verdict::fine);
    EXPECT_EQ(inactivity.check(at(20)), Verdict::send_keep_alive);
    EXPECT_EQ(inactivity.next_check(), at(30));
    inactivity.sent();
    EXPECT_EQ(inactivity.check(at(30)), Verdict::fine);
    EXPECT_EQ(inactivity.check(at(39)), Verdict::fine);
}

TEST_F(InactivityTest, SilenceForAPeriodIsDeath) {
    inactivity.received();
    EXPECT_EQ(inactivity.check(at(20)), Verdict::send_keep_alive);
    EXPECT_EQ(inactivity.check(at(40)), Verdict::send_keep_alive);
    EXPECT_EQ(inactivity.check(at(69)), Verdict::send_keep_alive);
    EXPECT_EQ(inactivity.check(at(70)), Verdict::peer_is_dead);
}

TEST_F(InactivityTest, AnyByteIsLife) {
    for (int second = 1; second < 500; ++second) {
        inactivity.received();
        inactivity.sent();
        EXPECT_EQ(inactivity.check(at(second)), Verdict::fine);
    }
}

TEST(InactivityOffTest, APeriodOfZeroSwitchesItOff) {
    Inactivity off(seconds(0), seconds(0), Inactivity::Instant());
    EXPECT_EQ(off.next_check(), Inactivity::Instant::max());
    EXPECT_EQ(off.check(Inactivity::Instant(seconds(1000))), Verdict::fine);
}

}  // namespace
}  // namespace tern::client
