#include "store/replay_progress.h"

#include <gtest/gtest.h>

namespace tern::store {
namespace {

using std::chrono::milliseconds;

TEST(ReplayProgressTest, says_nothing_of_nothing) {
    const ReplayProgress::Time begin{};
    EXPECT_FALSE(ReplayProgress(begin).end(begin + milliseconds(1500)));
}

TEST(ReplayProgressTest, says_of_what_is_quick_only_what_it_was) {
    const ReplayProgress::Time begin{};
    ReplayProgress progress(begin);
    EXPECT_FALSE(progress.note(journal::FileNumber(1), begin));
    EXPECT_FALSE(progress.note(journal::FileNumber(2), begin + milliseconds(999)));
    EXPECT_EQ(progress.end(begin + milliseconds(999)),
              "the journal was read: 2 records of 2 files in 1.0 s");
}

TEST(ReplayProgressTest, says_once_a_second_how_far_it_is) {
    const ReplayProgress::Time begin{};
    ReplayProgress progress(begin);
    EXPECT_FALSE(progress.note(journal::FileNumber(7), begin));
    EXPECT_EQ(progress.note(journal::FileNumber(7), begin + milliseconds(1000)),
              "reading the journal: 2 records of 1 files in 1 s");
    EXPECT_FALSE(progress.note(journal::FileNumber(8), begin + milliseconds(1900)));
    EXPECT_EQ(progress.note(journal::FileNumber(8), begin + milliseconds(3000)),
              "reading the journal: 4 records of 2 files in 3 s");
    EXPECT_EQ(progress.end(begin + milliseconds(3500)),
              "the journal was read: 4 records of 2 files in 3.5 s");
}

}  // namespace
}  // namespace tern::store
