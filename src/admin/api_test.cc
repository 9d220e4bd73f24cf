#include "admin/admin_fixture.h"
#include "admin/openapi.h"
#include "broker/api/xid.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace tern::admin {
namespace {

using What = broker::MessageAction::What;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(AdminTest, the_openapi_file_describes_every_route_and_nothing_else) {
    const json::value file = json::parse(openapi());
    std::set<std::string> described;
    for (const auto& [path, methods] : file.at("paths").as_object()) {
        for (const auto& [method, operation] : methods.as_object()) {
            std::string name(method);
            std::ranges::transform(name, name.begin(), [](unsigned char c) {
                return static_cast<char>(std::toupper(c));
            });
            described.insert(name + " " + std::string(path));
        }
    }
    std::set<std::string> served;
    for (const auto& [method, path] : Api::routes()) served.insert(method + " " + path);
    EXPECT_EQ(described, served);
    EXPECT_EQ(ask("GET", "/api/v1/openapi.json").fixed, openapi());
}

TEST_F(AdminTest, topics_are_listed_that_nobody_uses) {
    topics_ = {"markets.eu", "news"};
    broker_.notices["ActiveMQ.Advisory.Producer.Topic.news"] = 2;
    broker_.notices["ActiveMQ.Advisory.Producer.Topic.weather"] = 1;
    const auto names = [this](const std::string& query) {
        std::vector<std::string> all;
        const json::value answer = get("/api/v1/topics" + query);
        for (const json::value& one : answer.at("items").as_array()) {
            all.emplace_back(one.at("name").as_string());
        }
        return all;
    };
    EXPECT_THAT(names(""), ElementsAre("markets.eu", "news", "weather"));
    EXPECT_THAT(names("?search=news"), ElementsAre("news"));
    EXPECT_EQ(get("/api/v1/topics?search=news").at("items").at(0).at("producers"), 2);
    EXPECT_EQ(get("/api/v1/topics?search=markets").at("items").at(0).at("subscriptions"), 0);
}

TEST_F(AdminTest, answers_what_it_says_in_the_file) {
    const json::value file = json::parse(openapi());
    const auto expect_members = [&file](const json::value& view, const std::string& schema) {
        const json::value& about = file.at("components").at("schemas").at(schema);
        for (const json::value& name : about.at("required").as_array()) {
            EXPECT_TRUE(view.as_object().contains(name.as_string())) << schema << " " << name;
        }
        for (const auto& [name, value] : view.as_object()) {
            EXPECT_TRUE(about.at("properties").as_object().contains(name)) << schema << " " << name;
        }
    };
    message::HubMessage soup = hub(std::string("soup"));
    soup.group_id = "g";
    soup.type = "t";
    put("ORDERS", soup);
    broker_.connections.push_back({.ref = {ShardId{1}, broker::ConnectionNumber{17}}});
    broker_.consumers.push_back({.queue = broker_.queues.at("ORDERS").status.info});
    auto subscription = std::make_shared<broker::QueueInfo>();
    subscription->bindings = {{broker::Domain::topic, false, "news"}};
    subscription->subscription = broker::NamedSubscription{.key = {"me", "sub"}};
    broker_.subscriptions.push_back({.info = subscription});
    expect_members(get("/api/v1/broker"), "Broker");
    expect_members(get("/api/v1/broker").at("flow"), "Flow");
    expect_members(get("/api/v1/broker").at("flow").at("store"), "Limit");
    expect_members(get("/api/v1/queues/ORDERS"), "Queue");
    expect_members(get("/api/v1/queues").at("items").at(0), "Queue");
    expect_members(get("/api/v1/subscriptions").at("items").at(0), "Subscription");
    expect_members(get("/api/v1/topics").at("items").at(0), "Topic");
    expect_members(get("/api/v1/connections").at("items").at(0), "Connection");
    expect_members(get("/api/v1/connections/1-17"), "Connection");
    expect_members(get("/api/v1/consumers").at("items").at(0), "Consumer");
    expect_members(get("/api/v1/queues/ORDERS/consumers").at("items").at(0), "Consumer");
    expect_members(get("/api/v1/queues/ORDERS/messages").at("items").at(0), "MessageRow");
    expect_members(get("/api/v1/queues/ORDERS/messages/1"), "Message");
    expect_members(get("/api/v1/health"), "Health");
    broker_.obstacles = {{.why = broker::Obstacle::Why::no_consumer, .count = 1}};
    expect_members(get("/api/v1/why/queue/ORDERS"), "Reasons");
    expect_members(get("/api/v1/why/queue/ORDERS").at("reasons").at(0), "Reason");
    expect_members(get("/api/v1/why/message/ORDERS/1"), "Reasons");
    expect_members(get("/api/v1/why/connection/1-17"), "Reasons");
    broker_.queues.at("ORDERS").status.latencies = std::make_shared<broker::Latencies>();
    expect_members(get("/api/v1/queues/ORDERS"), "Queue");
    expect_members(get("/api/v1/queues/ORDERS").at("latency").at("confirm"), "Latency");
    expect_members(post("/api/v1/queues/ORDERS/messages/delete", R"({"ids":[1]})"), "Count");
}

TEST_F(AdminTest, finds_its_routes) {
    EXPECT_EQ(refused("GET", "/nothing"), "404 no_such_path");
    EXPECT_EQ(refused("GET", "/api/v1/queues//messages"), "404 no_such_path");
    EXPECT_EQ(refused("GET", "nonsense"), "400 malformed");
    EXPECT_EQ(refused("GET", "/api/v1/queues/none"), "404 no_such_queue");
    const Response wrong = ask("DELETE", "/api/v1/queues");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_THAT(wrong.headers, ElementsAre(testing::Pair("Allow", "GET, POST")));
    EXPECT_EQ(ask("HEAD", "/api/v1/broker").status, 200);
}

TEST_F(AdminTest, lists_queues_as_it_is_asked_to) {
    broker_.notices["ActiveMQ.Advisory.Producer.Queue.ORDERS"] = 3;
    const json::value page =
        get("/api/v1/queues?search=or&sort=size&order=descending&offset=2&limit=7");
    EXPECT_EQ(page.at("total"), 1);
    EXPECT_EQ(page.at("items").at(0).at("producers"), 3);
    EXPECT_EQ(broker_.asked.search, "or");
    EXPECT_EQ(broker_.asked.sort, broker::QueueQuery::Sort::size);
    EXPECT_TRUE(broker_.asked.descending);
    EXPECT_EQ(broker_.asked.offset, 2U);
    EXPECT_EQ(broker_.asked.limit, 7U);
    EXPECT_EQ(get("/api/v1/queues?temporary=true").at("total"), 0);
    EXPECT_EQ(broker_.asked.kind, broker::QueueQuery::Kind::temporary_queues);
    EXPECT_EQ(refused("GET", "/api/v1/queues?limit=1001"), "400 malformed");
    EXPECT_EQ(refused("GET", "/api/v1/queues?sort=colour"), "400 malformed");
}

TEST_F(AdminTest, makes_and_deletes_queues) {
    post("/api/v1/queues", R"({"name":"A/B"})");
    EXPECT_TRUE(broker_.queues.contains("A/B"));
    EXPECT_EQ(get("/api/v1/queues/A%2FB").at("name"), "A/B");
    broker_.queues.at("A/B").status.counts.consumers = 1;
    EXPECT_EQ(refused("DELETE", "/api/v1/queues/A%2FB"), "409 in_use");
    broker_.queues.at("A/B").status.counts.consumers = 0;
    EXPECT_EQ(ask("DELETE", "/api/v1/queues/A%2FB").status, 200);
    EXPECT_EQ(refused("POST", "/api/v1/queues", R"({"name":"A.*"})"), "400 malformed");
    EXPECT_EQ(refused("POST", "/api/v1/queues", "{}"), "400 malformed");
    EXPECT_EQ(refused("POST", "/api/v1/queues", "[]"), "400 malformed");
    EXPECT_EQ(refused("POST", "/api/v1/queues", std::string(100, '[')), "400 malformed");
}

TEST_F(AdminTest, takes_bodies_only_as_what_foreign_pages_cannot_send) {
    std::optional<Response> answered;
    api_.handle({.method = "POST",
                 .target = "/api/v1/queues",
                 .content_type = "text/plain",
                 .body = R"({"name":"Q"})"},
                [&answered](Response response) { answered = std::move(response); });
    EXPECT_EQ(answered->status, 415);
}

TEST_F(AdminTest, pauses_and_purges) {
    EXPECT_EQ(post("/api/v1/queues/ORDERS/pause", "").at("paused"), true);
    EXPECT_EQ(get("/api/v1/queues/ORDERS").at("paused"), true);
    EXPECT_EQ(post("/api/v1/queues/ORDERS/resume", "").at("paused"), false);
    put("ORDERS", {});
    EXPECT_EQ(post("/api/v1/queues/ORDERS/purge", "").at("messages"), 1);
}

TEST_F(AdminTest, browses_in_pages) {
    for (int i = 0; i < 3; ++i) put("ORDERS", hub(std::string(1, static_cast<char>('a' + i))));
    const json::value page = get("/api/v1/queues/ORDERS/messages?limit=2");
    EXPECT_EQ(page.at("items").as_array().size(), 2U);
    EXPECT_EQ(page.at("next"), 2);
    const json::value rest = get("/api/v1/queues/ORDERS/messages?after=2");
    EXPECT_EQ(rest.at("items").at(0).at("preview"), "c");
    EXPECT_FALSE(rest.as_object().contains("next"));
    EXPECT_EQ(refused("GET", "/api/v1/queues/ORDERS/messages?selector=wrong"),
              "400 invalid_selector");
    EXPECT_EQ(refused("GET", "/api/v1/queues/ORDERS/messages/9"), "404 no_such_message");
    EXPECT_EQ(refused("GET", "/api/v1/queues/ORDERS/messages/x"), "404 no_such_message");
}

TEST_F(AdminTest, sends_what_it_is_given) {
    const json::value sent = post("/api/v1/queues/NEW/messages",
                                  R"({"body":"soup","priority":7,"type":"t","correlation_id":"c",
            "reply_to":"topic://ANSWERS","group":"g","group_sequence":2,"ttl_ms":1000,
            "properties":{"table":7,"hot":true,"price":2.5,"name":"x","large":5000000000}})");
    EXPECT_EQ(sent.at("messages"), 1);
    ASSERT_EQ(broker_.sent.size(), 1U);
    EXPECT_EQ(broker_.sent[0].first, (broker::Destination{broker::Domain::queue, false, "NEW"}));
    const auto hub = formats_.read(*broker_.sent[0].second);
    ASSERT_TRUE(hub);
    EXPECT_EQ(sent.at("message_id").as_string(), hub->message_id);
    EXPECT_EQ(std::get<std::string>(hub->body), "soup");
    EXPECT_EQ(hub->durable, Durable::yes);
    EXPECT_EQ(hub->priority, 7);
    EXPECT_EQ(hub->type, "t");
    EXPECT_EQ(hub->correlation_id, "c");
    EXPECT_EQ(hub->reply_to,
              (message::HubDestination{.topic = true, .temporary = false, .name = "ANSWERS"}));
    EXPECT_EQ(hub->group_id, "g");
    EXPECT_EQ(hub->group_sequence, 2);
    EXPECT_EQ(hub->timestamp_ms, now_ms_);
    EXPECT_EQ(hub->expires_at_ms, now_ms_ + 1000);
    EXPECT_EQ(*hub->properties.find("table"), message::HubValue{std::int32_t{7}});
    EXPECT_EQ(*hub->properties.find("large"), message::HubValue{std::int64_t{5'000'000'000}});
    EXPECT_EQ(*hub->properties.find("hot"), message::HubValue{true});
    EXPECT_EQ(*hub->properties.find("price"), message::HubValue{2.5});

    post("/api/v1/topics/news/messages", R"({"body_base64":"AAEC/w==","count":3})");
    ASSERT_EQ(broker_.sent.size(), 4U);
    EXPECT_EQ(broker_.sent[3].first.domain, broker::Domain::topic);
    const auto last = formats_.read(*broker_.sent[3].second);
    EXPECT_EQ(std::get<Buffer>(last->body).bytes().size(), 4U);
    EXPECT_EQ(*last->properties.find("JMSXMessageCounter"), message::HubValue{std::int32_t{3}});
}

TEST_F(AdminTest, says_what_is_wrong_with_a_message) {
    const std::string to = "/api/v1/queues/Q/messages";
    EXPECT_THAT(ask("POST", to, R"({"priority":11})").body, HasSubstr("'priority'"));
    EXPECT_THAT(ask("POST", to, R"({"durable":"yes"})").body, HasSubstr("'durable'"));
    EXPECT_THAT(ask("POST", to, R"({"body":5})").body, HasSubstr("'body'"));
    EXPECT_THAT(ask("POST", to, R"({"body_base64":"*"})").body, HasSubstr("'body_base64'"));
    EXPECT_THAT(ask("POST", to, R"({"properties":{"a":[]}})").body, HasSubstr("'properties'"));
    EXPECT_THAT(ask("POST", to, R"({"reply_to":"a,b"})").body, HasSubstr("'reply_to'"));
    EXPECT_THAT(ask("POST", to, R"({"count":0})").body, HasSubstr("'count'"));
    EXPECT_TRUE(broker_.sent.empty());
}

TEST_F(AdminTest, ends_transactions_that_are_in_doubt) {
    const std::string name =
        broker::branch_name({.format = 7, .global = as_bytes("g"), .qualifier = as_bytes("b")})
            .value();
    broker_.branches.push_back({.name = name, .publishes = 2, .accepts = 1});
    broker_.branches.push_back({.name = "odd"});
    const std::string path = "/api/v1/transactions/XID:%5B7,globalId=67,branchId=62%5D";
    const json::value page = get("/api/v1/transactions");
    EXPECT_EQ(page.at("total"), 2);
    EXPECT_EQ(json::serialize(page.at("items").at(0)),
              R"({"xid":"XID:[7,globalId=67,branchId=62]","state":"prepared",)"
              R"("publishes":2,"accepts":1})");
    EXPECT_EQ(page.at("items").at(1).at("xid"), "6f6464");
    EXPECT_EQ(refused("POST", path + "/forget"), "409 in_doubt");
    EXPECT_EQ(ask("POST", path + "/commit").status, 200);
    EXPECT_EQ(get("/api/v1/transactions").at("items").at(0).at("state"), "committed");
    EXPECT_EQ(refused("POST", path + "/rollback"), "409 committed");
    EXPECT_EQ(ask("POST", path + "/forget").status, 200);
    EXPECT_EQ(ask("POST", "/api/v1/transactions/6f6464/rollback").status, 200);
    EXPECT_EQ(get("/api/v1/transactions").at("items").at(0).at("state"), "rolled_back");
    EXPECT_EQ(refused("POST", path + "/commit"), "404 no_such_transaction");
    EXPECT_EQ(refused("POST", "/api/v1/transactions/nobody/commit"), "404 no_such_transaction");
}

TEST_F(AdminTest, lists_and_forgets_scheduled_messages) {
    for (int i = 0; i < 3; ++i) {
        broker_.jobs.push_back({.id = "ID:job:" + std::to_string(i),
                                .to = {broker::Domain::queue, false, "ORDERS"},
                                .schedule = {.delay_ms = 5},
                                .due_ms = 1000 + i});
    }
    broker_.numbers.scheduled = 3;
    const json::value page = get("/api/v1/scheduled?limit=2");
    EXPECT_EQ(page.at("total"), 3);
    ASSERT_EQ(page.at("items").as_array().size(), 2U);
    EXPECT_EQ(page.at("items").at(0).at("id"), "ID:job:0");
    EXPECT_EQ(page.at("items").at(0).at("destination"), "queue://ORDERS");
    EXPECT_EQ(page.at("items").at(0).at("due_at_ms"), 1000);
    EXPECT_EQ(refused("DELETE", "/api/v1/scheduled/nobody"), "404 no_such_job");
    EXPECT_EQ(ask("DELETE", "/api/v1/scheduled/ID:job:1").status, 200);
    EXPECT_EQ(broker_.jobs.size(), 2U);
    EXPECT_EQ(ask("DELETE", "/api/v1/scheduled").status, 200);
    EXPECT_TRUE(broker_.jobs.empty());
}

TEST_F(AdminTest, acts_on_messages_that_are_named) {
    const std::string base = "/api/v1/queues/ORDERS/messages/";
    EXPECT_EQ(post(base + "move", R"({"ids":[1,2],"to":"OTHER"})").at("messages"), 2);
    post(base + "copy", R"({"selector":"a = 1","to":"topic://T","limit":5})");
    post(base + "delete", R"({"all":true})");
    post(base + "retry", R"({"ids":[3]})");
    EXPECT_EQ(post(base + "delete", R"({"ids":[]})").at("messages"), 0);
    EXPECT_EQ(ask("DELETE", base + "4").status, 200);
    ASSERT_EQ(broker_.actions.size(), 5U);
    EXPECT_EQ(broker_.actions[0].what, What::move);
    EXPECT_THAT(broker_.actions[0].ordinals, ElementsAre(1, 2));
    EXPECT_EQ(broker_.actions[0].to.name, "OTHER");
    EXPECT_EQ(broker_.actions[1].what, What::copy);
    EXPECT_EQ(broker_.actions[1].selector, "a = 1");
    EXPECT_EQ(broker_.actions[1].to.domain, broker::Domain::topic);
    EXPECT_EQ(broker_.actions[1].limit, 5U);
    EXPECT_EQ(broker_.actions[2].what, What::remove);
    EXPECT_TRUE(broker_.actions[2].ordinals.empty());
    EXPECT_EQ(broker_.actions[3].what, What::retry);
    EXPECT_THAT(broker_.actions[4].ordinals, ElementsAre(4));
    // Nothing named is not everything.
    EXPECT_EQ(refused("POST", base + "delete", "{}"), "400 malformed");
    EXPECT_EQ(refused("POST", base + "delete", R"({"all":false})"), "400 malformed");
    EXPECT_EQ(refused("POST", base + "delete", R"({"ids":["1"]})"), "400 malformed");
    EXPECT_EQ(refused("POST", base + "delete", R"({"ids":[1],"all":true})"), "400 malformed");
    EXPECT_EQ(refused("POST", base + "move", R"({"all":true})"), "400 malformed");
    EXPECT_EQ(broker_.actions.size(), 5U);
}

TEST_F(AdminTest, shows_and_closes_connections) {
    broker_.connections.push_back({.ref = {ShardId{1}, broker::ConnectionNumber{17}},
                                   .protocol = "stomp",
                                   .peer = "127.0.0.1:5",
                                   .client_id = "me"});
    EXPECT_EQ(get("/api/v1/connections?search=me").at("total"), 1);
    EXPECT_EQ(get("/api/v1/connections?search=you").at("total"), 0);
    EXPECT_EQ(get("/api/v1/connections/1-17").at("client_id"), "me");
    EXPECT_EQ(ask("DELETE", "/api/v1/connections/1-17").status, 200);
    EXPECT_EQ(refused("DELETE", "/api/v1/connections/1-17"), "404 no_such_connection");
    for (const char* wrong : {"1", "x-1", "70000-1", "1-"}) {
        EXPECT_EQ(refused("GET", std::string("/api/v1/connections/") + wrong),
                  "404 no_such_connection");
    }
}

TEST_F(AdminTest, streams_the_numbers) {
    const Response response = ask("GET", "/api/v1/events?queue=ORDERS");
    EXPECT_EQ(response.content_type, "text/event-stream");
    std::string event;
    response.events([&event](std::string next) { event = std::move(next); });
    const json::value view = json::parse(event);
    EXPECT_EQ(view.at("at_ms"), now_ms_);
    EXPECT_EQ(view.at("queue").at("name"), "ORDERS");
    EXPECT_EQ(view.at("broker").at("queues"), 0);
}

TEST_F(AdminTest, serves_the_console_and_lets_it_ask_no_other_host) {
    for (const char* path : {"/", "/?x=1"}) {
        const Response page = ask("GET", path);
        EXPECT_EQ(page.fixed, "<p>page</p>") << path;
        EXPECT_THAT(page.headers, testing::Contains(testing::Pair(
                                      "Content-Security-Policy", HasSubstr("default-src 'self'"))));
    }
    const Response moved = ask("GET", "/admin/");
    EXPECT_EQ(moved.status, 302);
    EXPECT_THAT(moved.headers, ElementsAre(testing::Pair("Location", "/")));
    EXPECT_EQ(refused("POST", "/"), "404 no_such_path");
    EXPECT_EQ(refused("GET", "/other.js"), "404 no_such_path");
}

TEST_F(AdminTest, is_alive_and_ready) {
    EXPECT_EQ(get("/health/live").at("status"), "up");
    EXPECT_EQ(get("/health/ready").at("status"), "ready");
    EXPECT_EQ(get("/api/v1/health").at("status"), "good");
    EXPECT_EQ(get("/api/v1/broker").at("uptime_ms"), 60'000);
}

TEST_F(AdminTest, the_configuration_is_shown_and_read_again) {
    const json::value shown = get("/api/v1/configuration");
    EXPECT_EQ(shown.at("document").get_string(), "<broker/>");
    EXPECT_EQ(shown.at("source").get_string(), "a.xml");
    reload_ = {.taken = true, .restart_needed = true};
    EXPECT_TRUE(post("/api/v1/configuration/reload", "").at("restart_needed").as_bool());
    reload_ = {.problems = {"a.xml:1:2: broker@x: is wrong"}};
    const Response refused = ask("POST", "/api/v1/configuration/reload");
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("a.xml:1:2: broker@x: is wrong"));
}

}  // namespace
}  // namespace tern::admin
