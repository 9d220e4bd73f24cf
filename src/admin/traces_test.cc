#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

TEST_F(AdminTest, a_share_of_the_messages_is_followed) {
    EXPECT_EQ(post("/api/v1/traces", R"({"share":0.25})").at("share"), 0.25);
    EXPECT_EQ(broker_.traces.share, 0.25);
    for (const char* const wrong :
         {R"({"share":1.5})", R"({"share":-1})", R"({"share":"1"})", R"({})"}) {
        EXPECT_EQ(refused("POST", "/api/v1/traces", wrong), "400 malformed") << wrong;
    }
    using What = broker::TraceEvent::What;
    const broker::ConsumerRef taker{ShardId{1}, broker::ConnectionNumber{7},
                                    broker::ConsumerNumber{2}};
    broker_.traces.traces = {
        {.message = 9,
         .events = {{.message = 9,
                     .at_us = 5'000'100,
                     .what = What::received,
                     .at = "queue://q",
                     .who = broker::ConsumerRef{ShardId{1}, broker::ConnectionNumber{6}, {}},
                     .detail = "ID:m"},
                    {.message = 9,
                     .at_us = 5'000'350,
                     .what = What::dispatched,
                     .at = "queue://q",
                     .who = taker},
                    {.message = 9,
                     .at_us = 5'000'400,
                     .what = What::removed,
                     .at = "queue://q",
                     .detail = "by an operator"}}}};
    EXPECT_EQ(get("/api/v1/traces?search=q"),
              json::parse(R"({"share":0.25,"items":[{"id":9,"events":[
        {"event":"received","at_ms":5000,"after_us":0,"destination":"queue://q",
         "connection":"1-6","message_id":"ID:m"},
        {"event":"dispatched","at_ms":5000,"after_us":250,"destination":"queue://q",
         "connection":"1-7","consumer":"1-7-2"},
        {"event":"removed","at_ms":5000,"after_us":300,"destination":"queue://q",
         "detail":"by an operator"}]}]})"));
    EXPECT_EQ(refused("GET", "/api/v1/traces?limit=x"), "400 malformed");
}

}  // namespace
}  // namespace tern::admin
