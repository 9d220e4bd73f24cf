#include "admin/rest.h"

#include "admin/admin_fixture.h"
#include "broker/api/errors.h"

namespace tern::admin {
namespace {

using broker::Destination;
using broker::Domain;
using message::HubValue;
using testing::Contains;
using testing::Pair;

class RestTest : public AdminTest {
protected:
    Response form(const std::string& target, const std::string& body) {
        return ask({.method = "POST",
                    .target = target,
                    .content_type = "application/x-www-form-urlencoded",
                    .body = body});
    }
    const message::HubMessage& last_sent() {
        sent_ = formats_.read(*broker_.sent.back().second).value();
        return sent_;
    }

    message::HubMessage sent_;
};

TEST_F(RestTest, sends_what_a_form_or_a_body_says) {
    const Response sent =
        form("/api/message/A/B?type=queue",
             "body=soup+%26+tea&JMSPriority=7&JMSType=meal&JMSDeliveryMode=persistent&table=4");
    EXPECT_EQ(sent.status, 200) << sent.body;
    EXPECT_EQ(sent.body, "Message sent");
    EXPECT_THAT(sent.headers, Contains(Pair("messageID", "ID:test:1:1:7")));
    EXPECT_EQ(broker_.sent.back().first, Destination(Domain::queue, false, "A.B"));
    EXPECT_EQ(std::get<std::string>(last_sent().body), "soup & tea");
    EXPECT_EQ(last_sent().priority, 7);
    EXPECT_EQ(last_sent().type, "meal");
    EXPECT_EQ(last_sent().durable, Durable::yes);
    EXPECT_EQ(*last_sent().properties.find("table"), HubValue{std::string("4")});
    EXPECT_EQ(last_sent().properties.find("type"), nullptr);

    EXPECT_EQ(ask({.method = "POST", .target = "/api/message/t", .body = "<p/>"}).status, 200);
    EXPECT_EQ(broker_.sent.back().first, Destination(Domain::topic, false, "t"));
    EXPECT_EQ(std::get<std::string>(last_sent().body), "<p/>");
    EXPECT_EQ(ask({.method = "POST", .target = "/api/message?destination=queue://Q&body=b"}).status,
              200);
    EXPECT_EQ(broker_.sent.back().first, Destination(Domain::queue, false, "Q"));
    EXPECT_EQ(std::get<std::string>(last_sent().body), "b");
}

TEST_F(RestTest, receives_one_message) {
    message::HubMessage soup = hub(std::string("soup"));
    soup.properties.put("table", {std::int32_t{4}});
    callers_.message = make(soup).value();
    Response got = ask({.method = "GET",
                        .target = "/api/message/Q?type=queue&clientId=cook&readTimeout=70000",
                        .selector = "table = 4"});
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "soup");
    EXPECT_EQ(got.content_type, "text/plain;charset=utf-8");
    EXPECT_THAT(got.headers, Contains(Pair("destination", "queue://Q")));
    EXPECT_THAT(got.headers, Contains(Pair("id", "ID:test:1:1:7")));
    EXPECT_THAT(got.headers, Contains(Pair("table", "4")));
    EXPECT_EQ(callers_.asked.caller, "cook");
    EXPECT_EQ(callers_.asked.selector, "table = 4");
    EXPECT_EQ(callers_.asked.wait_ms, 20'000);
    EXPECT_EQ(callers_.asked.from, Destination(Domain::queue, false, "Q"));

    callers_.message = make(hub(std::string("<p/>"))).value();
    EXPECT_EQ(ask("GET", "/api/message/Q").content_type, "application/xml;charset=utf-8");
    callers_.message = nullptr;
    got =
        ask({.method = "DELETE", .target = "/api/message/t?readTimeout=5&clientId=c&oneShot=true"});
    EXPECT_EQ(got.status, 204);
    EXPECT_EQ(callers_.asked.caller, "") << "it does not come back";
    EXPECT_EQ(callers_.asked.wait_ms, 5);
}

TEST_F(RestTest, ends_what_somebody_came_back_to) {
    callers_.asked.caller = "cook";
    EXPECT_EQ(ask("POST", "/api/message?action=unsubscribe&clientId=cook").status, 200);
    EXPECT_EQ(ask("GET", "/api/message?action=unsubscribe&clientId=other").status, 404);
}

TEST_F(RestTest, refuses) {
    EXPECT_EQ(ask({.method = "POST",
                   .target = "/api/message/Q",
                   .body = std::string(Rest::kBodyBytesMax + 1, 'x')})
                  .status,
              413);
    EXPECT_EQ(ask("POST", "/api/message").status, 400);
    EXPECT_EQ(ask("POST", "/api/message/A//B").status, 400);
    EXPECT_EQ(ask("POST", "/api/message/A?type=heap").status, 400);
    EXPECT_EQ(ask("PUT", "/api/message/A").status, 405);
    EXPECT_EQ(form("/api/message/A", "body=%zz").status, 400);
    EXPECT_EQ(form("/api/message/A", "JMSPriority=12").status, 400);
    EXPECT_EQ(ask("GET", "/api/message/A?readTimeout=soon").status, 400);
    EXPECT_EQ(ask({.method = "GET", .target = "/api/message/A", .from_other_site = true}).status,
              403);
    callers_.error = make_error_code(broker::Errc::invalid_selector);
    EXPECT_EQ(ask("GET", "/api/message/A").status, 400);
    callers_.error = make_error_code(broker::Errc::subscription_in_use);
    EXPECT_EQ(ask("GET", "/api/message/A").status, 409);
    EXPECT_TRUE(broker_.sent.empty());
}

TEST_F(RestTest, is_off_unless_somebody_wants_it) {
    Api off(broker_, formats_, {},
            {.wall_ms = [] { return 0; }, .make_message = make, .callers = &callers_});
    std::optional<Response> answered;
    off.handle({.method = "GET", .target = "/api/message/Q"},
               [&answered](Response response) { answered = std::move(response); });
    EXPECT_EQ(answered.value().status, 404);
    EXPECT_THAT(answered->body, testing::HasSubstr("http.rest"));
}

TEST(RestHeaders, cannot_be_forged_by_properties) {
    const auto header = [](std::string_view name, const char* value) {
        return header_of(name, {std::string(value)});
    };
    EXPECT_EQ(header("table", "a\r\nX: y"),
              std::pair(std::string("table"), std::string("a  X: y")));
    for (const char* name : {"Content-Length", "Set-Cookie", "Location", "refresh", "a b", "",
                             "a:", "\xC3\xBC", "id", "destination"}) {
        EXPECT_EQ(header(name, "x"), std::nullopt) << name;
    }
    EXPECT_EQ(header("long", std::string(5000, 'x').c_str())->second.size(), 1024U);
}

}  // namespace
}  // namespace tern::admin
