#include "config/report.h"

#include <gtest/gtest.h>

namespace tern::config {
namespace {

TEST(Report, is_a_table_with_a_sum) {
    Report report{.document = "a.xml", .findings = {}};
    report.add({1, 1}, Finding::Kind::applied, "broker");
    report.add({2, 10}, Finding::Kind::no_effect, "broker@useJmx", "there are always numbers");
    EXPECT_TRUE(report.accepted());
    report.add({3, 5}, Finding::Kind::rejected, "broker@x", "there is no such attribute");
    EXPECT_FALSE(report.accepted());
    EXPECT_EQ(to_table(report),
              "1:1      applied    broker\n"
              "2:10     no effect  broker@useJmx: there are always numbers\n"
              "3:5      rejected   broker@x: there is no such attribute\n"
              "a.xml: 1 applied, 1 without effect, 1 rejected\n");
    EXPECT_EQ(to_line(report, report.findings[2]),
              "a.xml:3:5: broker@x: there is no such attribute");
}

}  // namespace
}  // namespace tern::config
