#include "admin/metrics.h"

#include "admin/admin_fixture.h"

#include <regex>
#include <set>
#include <sstream>

namespace tern::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The rules of the text format, as far as this page uses them.
void check_page(const std::string& page) {
    static const std::regex help("# HELP ([a-z_:][a-z0-9_:]*) \\S.*");
    static const std::regex type("# TYPE ([a-z_:][a-z0-9_:]*) (gauge|counter|summary)");
    const std::string label = R"re([a-z_]+="([^"\\\n]|\\["\\n])*")re";
    const std::regex sample("([a-z_:][a-z0-9_:]*)(\\{" + label + "(," + label +
                            ")*\\})? -?\\d+(\\.\\d+)?(e-\\d+)?");
    ASSERT_TRUE(page.ends_with('\n'));
    std::set<std::string> families;
    std::set<std::string> series;
    std::string family;
    bool counter = false;
    bool summary = false;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (std::regex_match(line, found, help)) {
            family = found[1];
            EXPECT_TRUE(families.insert(family).second) << "twice: " << line;
        } else if (std::regex_match(line, found, type)) {
            EXPECT_EQ(found[1], family);
            counter = found[2] == "counter";
            summary = found[2] == "summary";
            EXPECT_EQ(counter, family.ends_with("_total")) << line;
        } else {
            ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
            std::string name = found[1];
            for (const std::string suffix : {"_sum", "_count"}) {
                if (summary && name == family + suffix) name = family;
            }
            EXPECT_EQ(name, family) << line;
            EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
        }
    }
}

TEST_F(AdminTest, the_page_of_metrics_says_how_long_messages_took) {
    auto latencies = std::make_shared<broker::Latencies>();
    for (int i = 0; i < 99; ++i) latencies->delivery.recent.add(12);
    latencies->delivery.recent.add(1'000'000);
    latencies->delivery.count = 500;
    latencies->delivery.sum_us = 2'500'000;
    broker_.add_queue("OTHER");
    broker_.queues.at("ORDERS").status.latencies = latencies;
    const std::string page = ask("GET", "/metrics").body;
    EXPECT_TRUE(broker_.asked.with_latencies);
    check_page(page);
    EXPECT_THAT(page, HasSubstr("# TYPE tern_queue_delivery_seconds summary\n"));
    for (const char* line :
         {"tern_queue_delivery_seconds{queue=\"ORDERS\",quantile=\"0.5\"} 1.2e-05\n",
          "tern_queue_delivery_seconds{queue=\"ORDERS\",quantile=\"0.99\"} 1.2e-05\n",
          "tern_queue_delivery_seconds_sum{queue=\"ORDERS\"} 2.5\n",
          "tern_queue_delivery_seconds_count{queue=\"ORDERS\"} 500\n"}) {
        EXPECT_THAT(page, HasSubstr(line));
    }
    EXPECT_THAT(page, Not(HasSubstr("tern_queue_confirm_seconds")));
}

TEST_F(AdminTest, the_page_of_metrics_keeps_to_the_format) {
    broker_.add_queue("quoted \"name\" \\ with\na line");
    broker_.add_queue(
        "b\xff"
        "bytes");
    broker_.queues.at("ORDERS").status.counts = {.ready = 3, .unsettled = 2, .consumers = 1};
    broker_.queues.at("ORDERS").status.totals = {.enqueued = 9, .dispatched = 8, .dequeued = 4};
    broker_.numbers.published = 10;
    broker_.numbers.flow = {.memory = {5, 7}, .store = {7, 7}, .waiting_sends = 3};
    broker_.queues.at("ORDERS").status.memory_limit = 11;
    const Response response = ask("GET", "/metrics");
    EXPECT_EQ(response.content_type, kMetricsType);
    check_page(response.body);
    for (const char* line :
         {"tern_queue_messages_ready{queue=\"ORDERS\"} 3\n",
          "tern_queue_messages_unsettled{queue=\"ORDERS\"} 2\n",
          "tern_queue_messages_enqueued_total{queue=\"ORDERS\"} 9\n",
          "tern_queue_consumers{queue=\"quoted \\\"name\\\" \\\\ with\\na line\"} 0\n",
          "tern_limit_bytes{of=\"memory\"} 7\n", "tern_limit_used_bytes{of=\"memory\"} 5\n",
          "tern_limit_reached{of=\"memory\"} 0\n", "tern_limit_reached{of=\"store\"} 1\n",
          "tern_limit_reached{of=\"schedule\"} 0\n", "tern_sends_waiting 3\n",
          "tern_queue_memory_limit_bytes{queue=\"ORDERS\"} 11\n",
          "tern_messages_published_total 10\n", "tern_queues_without_series 0\n",
          "tern_build_info{version=\"1\",broker=\"b\"} 1\n", "tern_start_time_seconds 40\n"}) {
        EXPECT_THAT(response.body, HasSubstr(line));
    }
}

TEST_F(AdminTest, the_page_of_metrics_is_one_of_open_metrics_for_those_who_ask) {
    const Response response = ask(
        {.method = "GET",
         .target = "/metrics",
         .accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"});
    EXPECT_EQ(response.content_type, kOpenMetricsType);
    EXPECT_THAT(response.body, HasSubstr("# TYPE tern_queue_messages_enqueued counter\n"));
    EXPECT_THAT(response.body, HasSubstr("tern_queue_messages_enqueued_total{queue=\"ORDERS\"} "));
    EXPECT_THAT(response.body, testing::EndsWith("\n# EOF\n"));
}

TEST_F(AdminTest, the_page_of_metrics_says_what_it_leaves_out) {
    broker_.add_queue("MORE");
    const std::string page = ask("GET", "/metrics?queues=1&search=x").body;
    EXPECT_EQ(broker_.asked.search, "x");
    EXPECT_THAT(page, HasSubstr("tern_queues_without_series 1\n"));
    const std::string none = ask("GET", "/metrics?queues=0").body;
    check_page(none);
    EXPECT_THAT(none, testing::Not(HasSubstr("queue=\"MORE\"")));
}

}  // namespace
}  // namespace tern::admin
