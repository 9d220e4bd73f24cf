#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(AdminTest, lists_queues_as_classics_xml_view) {
    broker_.add_queue("A & <B>\"\x01");
    broker_.queues.at("ORDERS").status.counts = {.ready = 3, .unsettled = 2, .consumers = 1};
    broker_.queues.at("ORDERS").status.totals = {.enqueued = 9, .dequeued = 4};
    const Response page = ask("GET", "/admin/xml/queues.jsp");
    EXPECT_EQ(page.content_type, "text/xml; charset=utf-8");
    EXPECT_THAT(page.body,
                HasSubstr("<queue name=\"ORDERS\">\n"
                          "  <stats size=\"5\" consumerCount=\"1\" enqueueCount=\"9\" "
                          "dequeueCount=\"4\"/>\n"
                          "  <feed>\n"
                          "    <atom>queueBrowse/ORDERS?view=rss&amp;feedType=atom_1.0</atom>\n"
                          "    <rss>queueBrowse/ORDERS?view=rss&amp;feedType=rss_2.0</rss>\n"
                          "  </feed>\n"
                          "</queue>\n"));
    EXPECT_THAT(page.body, HasSubstr("<queue name=\"A &amp; &lt;B&gt;&quot;\">"));
    EXPECT_THAT(page.body, Not(HasSubstr("\x01")));
}

TEST_F(AdminTest, lists_topics_and_subscribers_as_classics_xml_views) {
    auto info = std::make_shared<broker::QueueInfo>();
    info->bindings = {{broker::Domain::topic, false, "news"}};
    info->durable = Durable::yes;
    info->subscription = broker::NamedSubscription{.key = {"me", "sub"}, .selector = "a < 1"};
    broker_.subscriptions.push_back(
        {.info = info, .counts = {.ready = 2}, .totals = {.enqueued = 7, .dequeued = 5}});
    EXPECT_THAT(ask("GET", "/admin/xml/topics.jsp").body,
                HasSubstr("<topics>\n<topic name=\"news\">\n  <stats size=\"2\" "));
    EXPECT_THAT(ask("GET", "/admin/xml/subscribers.jsp").body,
                HasSubstr("<subscriber clientId=\"me\" subscriptionName=\"sub\" connectionId=\"\" "
                          "destinationName=\"news\" selector=\"a &lt; 1\" active=\"no\">\n"
                          "  <stats pendingQueueSize=\"2\" dispatchedQueueSize=\"0\" "
                          "dispatchedCounter=\"0\" enqueueCounter=\"7\" dequeueCounter=\"5\"/>\n"
                          "</subscriber>\n"));
}

TEST_F(AdminTest, feeds_show_messages) {
    put("ORDERS", hub(std::string("soup & bread")));
    EXPECT_THAT(ask("GET", "/admin/queueBrowse/ORDERS?view=rss&feedType=rss_2.0").body,
                HasSubstr("<description>soup &amp; bread</description></item>"));
    EXPECT_THAT(ask("GET", "/admin/queueBrowse/ORDERS?view=rss&feedType=atom_1.0").body,
                HasSubstr("<updated>1970-01-01T00:00:00Z</updated>"
                          "<summary>soup &amp; bread</summary></entry>"));
    EXPECT_EQ(refused("GET", "/admin/queueBrowse/none"), "404 no_such_queue");
}

TEST_F(AdminTest, levels_of_the_log_change_while_it_runs) {
    EXPECT_EQ(get("/api/v1/log").at("level"), "info");
    EXPECT_EQ(
        post("/api/v1/log", R"({"level":"debug","module":"engine"})").at("modules").at("engine"),
        "debug");
    EXPECT_EQ(refused("POST", "/api/v1/log", R"({"level":"loud"})"), "400 malformed");
    EXPECT_EQ(refused("POST", "/api/v1/log", R"({"module":"engine"})"), "400 malformed");
    const json::value last = post("/api/v1/log", R"({"level":"info","module":"engine"})");
    EXPECT_TRUE(last.at("modules").as_object().empty());
}

}  // namespace
}  // namespace tern::admin
