#include "admin/why.h"

#include "admin/admin_fixture.h"
#include "admin/message_json.h"
#include "admin/why_words.h"

namespace tern::admin {
namespace {

using broker::Obstacle;
using testing::HasSubstr;
using testing::StartsWith;
using enum Obstacle::Why;

const broker::ConsumerRef kCook{ShardId{1}, broker::ConnectionNumber{2}, broker::ConsumerNumber{3}};
const broker::ConnectionRef kKitchen{ShardId{1}, broker::ConnectionNumber{2}};

class WhyTest : public AdminTest {
protected:
    WhyTest() {
        broker_.consumers.push_back({.ref = kCook,
                                     .queue = broker_.queues.at("ORDERS").status.info,
                                     .protocol = "stomp",
                                     .peer = "p:1",
                                     .client_id = "c"});
        broker_.connections.push_back(
            {.ref = kKitchen, .protocol = "stomp", .peer = "p:1", .client_id = "c"});
    }
    static std::string text(const json::value& view) {
        return std::string(view.at("text").as_string());
    }
    static json::value first(const json::value& view) { return view.at("reasons").at(0); }
    void schedule(const std::string& id, std::int64_t due_ms, bool again) {
        message::HubMessage waits = hub(std::string("soup"));
        if (again) waits.properties.put("redeliveryDelay", {std::int64_t{1000}});
        broker_.jobs.push_back({.id = id,
                                .to = {broker::Domain::queue, false, "ORDERS"},
                                .due_ms = due_ms,
                                .message = make(waits).value()});
    }
};

TEST_F(WhyTest, names_the_consumer_and_how_long_it_has_what) {
    broker_.obstacles = {
        {.why = credit_used_up, .consumer = kCook, .count = 5, .oldest_ms = 88'000},
        {.why = unsettled, .consumer = kCook, .count = 5}};
    const json::value view = get("/api/v1/why/queue/ORDERS");
    EXPECT_EQ(view.at("about"), "queue ORDERS");
    EXPECT_EQ(text(view),
              "consumer 1-2-3 (stomp, c at p:1) has 5 messages that it has not acknowledged, the "
              "oldest for 12 s, and takes no more (its prefetch is used up)");
    EXPECT_EQ(first(view).at("reason"), "credit_used_up");
    EXPECT_EQ(first(view).at("consumer"), "1-2-3");
    EXPECT_EQ(first(view).at("oldest_ms"), 12'000);
    EXPECT_EQ(view.at("reasons").as_array().size(), 2U);
}

TEST_F(WhyTest, shows_what_a_selector_looked_at) {
    broker_.obstacles = {{.why = selector_refuses,
                          .consumer = kCook,
                          .count = 1,
                          .detail = "table = 4",
                          .values = {{"table", "7"}}}};
    const json::value view = get("/api/v1/why/queue/ORDERS");
    EXPECT_THAT(text(view), HasSubstr("is not true for the first message that waits: table = 4, "
                                      "where table is 7"));
    EXPECT_EQ(first(view).at("values").at("table"), "7");
    EXPECT_THAT(text(get("/api/v1/why/message/ORDERS/5")), HasSubstr("is not true for it: "));
    EXPECT_EQ(broker_.asked_ordinal, 5U);
}

TEST_F(WhyTest, names_the_limit_who_waits_and_who_has_most) {
    broker_.obstacles = {{.why = limit,
                          .count = 2,
                          .detail = "queue://BIG",
                          .until_ms = 1'000,
                          .connection = kKitchen,
                          .at = {broker::Domain::queue, false, "ORDERS"},
                          .limit = broker::Limit::memory}};
    const json::value view = get("/api/v1/why/queue/ORDERS");
    EXPECT_EQ(text(view),
              "2 sends to queue://ORDERS of connection 1-2 (stomp, c at p:1) wait for space: all "
              "messages together take as much memory as they may (memoryUsage); most of it has "
              "queue://BIG; the first is given up at 1970-01-01 00:00:01 UTC");
    EXPECT_EQ(first(view).at("limit"), "memory");
    EXPECT_EQ(first(view).at("connection"), "1-2");
}

TEST_F(WhyTest, has_a_sentence_for_every_reason) {
    for (int i = 0; i <= static_cast<int>(empty); ++i) {
        const Obstacle one{.why = static_cast<Obstacle::Why>(i), .consumer = kCook, .count = 2};
        EXPECT_NE(name_of(one.why), "");
        for (const char* subject : {"queue", "message", "connection"}) {
            EXPECT_NE(sentence(one, {}, subject, 0), "") << name_of(one.why);
        }
    }
    EXPECT_EQ(duration_text(999), "999 ms");
    EXPECT_EQ(duration_text(61'000), "1 min 1 s");
    EXPECT_EQ(duration_text(7'500'000), "2 h 5 min");
    EXPECT_EQ(time_text(1'000), "1970-01-01 00:00:01 UTC");
}

TEST_F(WhyTest, what_comes_later_explains_an_empty_queue) {
    broker_.obstacles = {{.why = empty}};
    EXPECT_EQ(text(get("/api/v1/why/queue/ORDERS")), "the queue is empty");
    schedule("1", 7'000, true);
    schedule("2", 9'000, false);
    const json::value view = get("/api/v1/why/queue/ORDERS");
    EXPECT_EQ(
        text(view),
        "2 messages for it wait for their time, the first until 1970-01-01 00:00:07 UTC, when it "
        "is delivered again after a failure");
    EXPECT_EQ(first(view).at("reason"), "redelivery_delay");
    EXPECT_EQ(first(view).at("until_ms"), 7'000);
}

TEST_F(WhyTest, finds_a_message_by_its_id_and_on_its_way_too) {
    broker_.add_message("ORDERS", make(hub(std::string("a"))).value());
    broker_.obstacles = {{.why = paused, .count = 1}};
    const json::value view = get("/api/v1/why/message/ORDERS/ID:test:1:1:1:7");
    EXPECT_EQ(text(view), "the queue is paused");
    EXPECT_EQ(view.at("id"), 1);
    broker_.queues.at("ORDERS").content.clear();
    EXPECT_EQ(refused("GET", "/api/v1/why/message/ORDERS/ID:no"), "404 no_such_message");
    schedule("1", 7'000, false);
    const std::string id = message_id(*broker_.jobs.front().message, formats_);
    EXPECT_THAT(text(get("/api/v1/why/message/ORDERS/" + id)),
                StartsWith("it waits until 1970-01-01 00:00:07 UTC"));
    broker_.obstacles = {{.why = gone}};
    EXPECT_EQ(refused("GET", "/api/v1/why/message/ORDERS/9"), "404 no_such_message");
    EXPECT_EQ(refused("GET", "/api/v1/why/message/none/9"), "404 no_such_queue");
    EXPECT_EQ(refused("GET", "/api/v1/why/queue/none"), "404 no_such_queue");
    EXPECT_EQ(refused("GET", "/api/v1/why/subscription/c/n"), "404 no_such_queue");
}

TEST_F(WhyTest, says_of_a_connection_what_keeps_its_consumers) {
    broker_.obstacles = {
        {.why = selector_refuses, .consumer = kCook, .count = 1, .detail = "a = 1"},
        {.why = credit_used_up, .consumer = broker::ConsumerRef(), .count = 1},
        {.why = exclusive, .consumer = kCook}};
    json::value view = get("/api/v1/why/connection/1-2");
    EXPECT_THAT(text(view), StartsWith("queue://ORDERS: the selector of consumer 1-2-3"));
    ASSERT_EQ(view.at("consumers").as_array().size(), 1U);
    EXPECT_EQ(view.at("consumers").at(0).at("reasons").as_array().size(), 1U);
    broker_.obstacles.clear();
    EXPECT_EQ(text(get("/api/v1/why/connection/1-2")), "it gets what there is");
    broker_.consumers.push_back({.ref = {ShardId{0}, broker::ConnectionNumber{9}, {}},
                                 .queue = broker_.queues.at("ORDERS").status.info,
                                 .exclusive = true});
    EXPECT_THAT(text(get("/api/v1/why/connection/1-2")),
                HasSubstr("consumer 0-9-0 (, ) is exclusive"));
    broker_.consumers.clear();
    EXPECT_THAT(text(get("/api/v1/why/connection/1-2")), StartsWith("it is idle"));
    broker_.hindrances = {{.why = not_admitted, .count = 1}};
    EXPECT_EQ(text(get("/api/v1/why/connection/1-2")), "it has not said who it is");
    broker_.hindrances = {{.why = gone}};
    EXPECT_EQ(refused("GET", "/api/v1/why/connection/1-2"), "404 no_such_connection");
    EXPECT_EQ(refused("GET", "/api/v1/why/connection/x"), "404 no_such_connection");
}

}  // namespace
}  // namespace tern::admin
