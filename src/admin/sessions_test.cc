#include "admin/admin_fixture.h"

namespace tern::admin {
namespace {

TEST_F(AdminTest, a_connection_is_shown_with_its_sessions) {
    const broker::ConnectionRef ref{ShardId{1}, broker::ConnectionNumber{17}};
    broker_.connections.push_back({.ref = ref, .protocol = "openwire"});
    const auto add = [&](std::uint32_t number, const std::string& name) {
        broker_.consumers.push_back(
            {.ref = {ref.shard, ref.connection, broker::ConsumerNumber{number}},
             .queue = broker_.queues.at("ORDERS").status.info,
             .party = std::make_shared<broker::Party>(broker::Party{.name = name})});
    };
    add(3, "ID:c:1:1");
    add(4, "ID:c:1:2");
    add(5, "ID:c:2:1");
    EXPECT_EQ(get("/api/v1/connections/1-17").at("session_list"),
              json::parse(R"([{"name":"ID:c:1","consumers":["1-17-3","1-17-4"]},
                              {"name":"ID:c:2","consumers":["1-17-5"]}])"));
    broker_.connections.front().protocol = "stomp";
    EXPECT_TRUE(get("/api/v1/connections/1-17").at("session_list").as_array().empty());
}

TEST_F(AdminTest, channels_are_sessions) {
    auto portrait = std::make_shared<broker::Portrait>();
    portrait->channels = {{.number = 1},
                          {.number = 2, .consumers = {{.number = broker::ConsumerNumber{7}}}}};
    broker_.connections.push_back({.ref = {ShardId{0}, broker::ConnectionNumber{3}},
                                   .protocol = "amqp091",
                                   .portrait = std::move(portrait)});
    EXPECT_EQ(get("/api/v1/connections/0-3").at("session_list"),
              json::parse(R"([{"name":"1","consumers":[]},{"name":"2","consumers":["0-3-7"]}])"));
}

}  // namespace
}  // namespace tern::admin
