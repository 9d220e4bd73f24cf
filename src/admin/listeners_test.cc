#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(AdminTest, listeners_are_listed_opened_and_closed) {
    EXPECT_EQ(get("/api/v1/listeners").at("items").at(0).at("uri"), "stomp://127.0.0.1:61613");
    EXPECT_EQ(post("/api/v1/listeners", R"({"uri":"stomp://127.0.0.1:0"})"),
              json::parse(R"({"name":"stomp-2","address":"127.0.0.1:7",
                              "uri":"stomp://127.0.0.1:7","connections":0,
                              "connections_max":0,"connections_refused":0})"));
    EXPECT_EQ(get("/api/v1/broker").at("listeners").as_array().size(), 3U);
    EXPECT_EQ(refused("POST", "/api/v1/listeners", R"({"uri":"x"})"), "409 refused");
    EXPECT_EQ(refused("POST", "/api/v1/listeners", R"({"where":"x"})"), "400 malformed");
    EXPECT_EQ(ask("DELETE", "/api/v1/listeners/stomp-2").status, 200);
    EXPECT_EQ(refused("DELETE", "/api/v1/listeners/stomp-2"), "404 no_such_listener");
}

TEST_F(AdminTest, a_listener_that_goes_takes_its_connections_along) {
    const broker::ConnectionRef its{ShardId{0}, broker::ConnectionNumber{1}};
    const broker::ConnectionRef other{ShardId{0}, broker::ConnectionNumber{2}};
    broker_.connections.push_back({.ref = its, .listener = "stomp"});
    broker_.connections.push_back({.ref = other, .listener = "openwire"});
    EXPECT_EQ(ask("DELETE", "/api/v1/listeners/stomp").status, 200);
    ASSERT_THAT(broker_.connections, SizeIs(1));
    EXPECT_EQ(broker_.connections.front().ref, other);
}

TEST_F(AdminTest, operators_do_not_lock_themselves_out) {
    EXPECT_EQ(refused("DELETE", "/api/v1/listeners/http"), "404 no_such_listener");
    EXPECT_THAT(removed_, IsEmpty());
}

TEST_F(AdminTest, connectors_are_added_and_removed_by_mbeans) {
    const auto run = [this](const std::string& more) {
        return post(
            "/api/jolokia",
            R"({"type":"exec","mbean":"org.apache.activemq:type=Broker,brokerName=b)" + more + "}");
    };
    EXPECT_EQ(
        run(R"(","operation":"addConnector","arguments":["stomp://127.0.0.1:0"])").at("value"),
        "stomp-2");
    EXPECT_EQ(run(R"(","operation":"addConnector","arguments":["x"])").at("status"), 500);
    const std::string bean = ",connector=clientConnectors,connectorName=stomp-2\"";
    EXPECT_EQ(run(bean + R"(,"operation":"connectionCount")").at("status"), 200)
        << "one that was added has a view";
    EXPECT_EQ(run(R"(","operation":"removeConnector","arguments":["stomp-2"])").at("value"), true);
    EXPECT_EQ(run(R"(","operation":"removeConnector","arguments":["stomp-2"])").at("value"), false);
    EXPECT_EQ(
        run(R"(,connector=clientConnectors,connectorName=stomp","operation":"stop")").at("status"),
        200);
    EXPECT_THAT(removed_, ElementsAre("stomp-2", "stomp"));
}

}  // namespace
}  // namespace tern::admin
