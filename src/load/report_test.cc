#include "load/result.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace tern::load {
namespace {

Result some_result() {
    Result result;
    result.settings.destination = "a<b>&\"c\"";
    result.settings.confirmed = true;
    result.measured = {.seconds = 2, .counts = {.sent = 100, .confirmed = 90, .received = 80}};
    result.total = {.sent = 120, .confirmed = 120, .received = 118};
    result.expected = 120;
    result.complete = false;
    result.samples = {{0, {}}, {1, {50, 40, 30, 0}}, {2, {100, 90, 80, 0}}};
    for (int i = 1; i <= 1000; ++i) result.latency.add(i * 1'000'000);
    return result;
}

TEST(ReportTest, json_has_rates_and_percentiles) {
    const auto all = boost::json::parse(to_json(some_result())).as_object();
    EXPECT_EQ(all.at("settings").at("destination").as_string(), "a<b>&\"c\"");
    EXPECT_EQ(all.at("measured").at("received_per_second").to_number<double>(), 40);
    EXPECT_EQ(all.at("total").at("lost").to_number<int>(), 2);
    EXPECT_EQ(all.at("total").at("complete").as_bool(), false);
    EXPECT_NEAR(all.at("latency_us").at("p99").to_number<double>(), 990'000, 9900);
    EXPECT_FALSE(all.contains("confirm_us"));
    EXPECT_EQ(all.at("samples").as_array().size(), 3U);
}

TEST(ReportTest, a_page_has_plots_and_escapes_what_is_not_its_own) {
    const std::string page = to_html(some_result());
    EXPECT_NE(page.find("a&lt;b&gt;&amp;&quot;c&quot;"), std::string::npos);
    EXPECT_EQ(page.find("a<b>"), std::string::npos);
    EXPECT_NE(page.find("Messages a second"), std::string::npos);
    EXPECT_NE(page.find("by percentile"), std::string::npos);
    EXPECT_NE(page.find("2 lost, 0 repeated"), std::string::npos);
    EXPECT_EQ(page.find("href="), std::string::npos);
    EXPECT_EQ(page.find("src="), std::string::npos);
}

TEST(ReportTest, a_page_of_nothing_has_no_plots) {
    const std::string page = to_html({});
    EXPECT_EQ(page.find("<svg"), std::string::npos);
    EXPECT_NE(page.find("</html>"), std::string::npos);
}

TEST(ReportTest, a_log_has_a_line_for_each_interval) {
    Result result = some_result();
    result.settings.sample_interval = std::chrono::milliseconds(500);
    result.intervals = {result.latency, {}, result.latency};
    const std::string log = to_hdr_log(result);
    EXPECT_NE(log.find("\n#[Histogram log format version 1.3]\n"), std::string::npos);
    EXPECT_NE(log.find("\n0.000,0.500,1000.000,HISTFAAA"), std::string::npos) << log;
    EXPECT_NE(log.find("\n0.500,0.500,0.000,HISTFAAA"), std::string::npos) << log;
    EXPECT_NE(log.find("\n1.000,0.500,1000.000,HISTFAAA"), std::string::npos) << log;
}

}  // namespace
}  // namespace tern::load
