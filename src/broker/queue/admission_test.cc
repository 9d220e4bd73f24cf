#include "broker/queue/admission.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(AdmissionTest, without_a_limit_nothing_is_refused) {
    Admission admission;
    admission.note({.messages = 1000, .bytes = 1000, .wanted = 0});
    EXPECT_TRUE(admission.admit(1'000'000));
    EXPECT_FALSE(admission.refuses());
}

TEST(AdmissionTest, what_is_on_its_way_counts_until_it_is_there) {
    Admission admission;
    admission.limit(3, Admission::kAny);
    admission.note({.messages = 1, .bytes = 0, .wanted = 0});
    EXPECT_TRUE(admission.admit(0));
    EXPECT_TRUE(admission.admit(0));
    EXPECT_FALSE(admission.admit(0));
    admission.note({.messages = 2, .bytes = 0, .wanted = 0});
    admission.arrived(0);
    EXPECT_FALSE(admission.admit(0));
    admission.note({.messages = 0, .bytes = 0, .wanted = 0});
    EXPECT_TRUE(admission.admit(0));
}

TEST(AdmissionTest, bodies_count_by_their_bytes) {
    Admission admission;
    admission.limit(Admission::kAny, 100);
    EXPECT_TRUE(admission.admit(60));
    EXPECT_FALSE(admission.admit(41));
    EXPECT_TRUE(admission.admit(40));
    admission.note({.messages = 1, .bytes = 60, .wanted = 0});
    admission.arrived(60);
    EXPECT_FALSE(admission.admit(1));
}

TEST(AdmissionTest, what_consumers_take_at_once_does_not_wait) {
    Admission admission;
    admission.limit(1, Admission::kAny);
    admission.note({.messages = 0, .bytes = 0, .wanted = 2});
    EXPECT_TRUE(admission.admit(0));
    EXPECT_TRUE(admission.admit(0));
    EXPECT_TRUE(admission.admit(0));
    EXPECT_FALSE(admission.admit(0));
}

TEST(AdmissionTest, what_came_unasked_takes_nothing_back) {
    Admission admission;
    admission.limit(1, Admission::kAny);
    admission.arrived(10);
    EXPECT_TRUE(admission.admit(0));
    EXPECT_FALSE(admission.admit(0));
}

}  // namespace
}  // namespace tern::broker
