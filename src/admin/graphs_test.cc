#include "admin/graphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

broker::QueueInfoPtr queue(const std::string& name, bool temporary = false) {
    auto info = std::make_shared<broker::QueueInfo>();
    info->bindings = {{broker::Domain::queue, temporary, name}};
    return info;
}

TEST(Graphs, destinations_are_a_tree_of_the_parts_of_their_names) {
    Snapshot now;
    now.queues = {{.info = queue("a.b")}, {.info = queue("a")}, {.info = queue(R"(odd"\)")}};
    now.temporary_queues = {{.info = queue("passing", true)}};
    now.topic_producers = {{"news.eu", 1}};
    const std::string drawn = destinations_graph({}, now);
    EXPECT_THAT(drawn, HasSubstr("digraph \"ActiveMQ Destinations\" {\n"));
    EXPECT_THAT(drawn, HasSubstr("\"Queues:a\" [label=\"a\", fillcolor=lightsalmon];\n"
                                 "\"Queues\" -> \"Queues:a\";\n"
                                 "\"Queues:a.b\" [label=\"b\", fillcolor=lightsalmon];\n"
                                 "\"Queues:a\" -> \"Queues:a.b\";\n"));
    EXPECT_THAT(drawn, HasSubstr("\"Topics:news\" [label=\"news\", fillcolor=white];\n"));
    EXPECT_THAT(drawn, HasSubstr("\"Topics:news\" -> \"Topics:news.eu\";\n"));
    EXPECT_THAT(drawn, HasSubstr(R"(label="odd\"\\")"));
    EXPECT_THAT(drawn, Not(HasSubstr("passing")));
}

TEST(Graphs, connections_are_behind_what_they_consume) {
    Snapshot now;
    now.connections = {{.ref = {ShardId{0}, broker::ConnectionNumber{7}},
                        .protocol = "openwire",
                        .peer = "127.0.0.1:9",
                        .client_id = "client"}};
    now.consumers = {{.ref = {ShardId{0}, broker::ConnectionNumber{7}, broker::ConsumerNumber{1}},
                      .queue = queue("work")}};
    const std::string drawn = connections_graph({.broker_name = "b"}, now);
    EXPECT_THAT(drawn, HasSubstr("\"Broker\" [label=\"b\", fillcolor=deepskyblue];\n"));
    EXPECT_THAT(drawn, HasSubstr("\"Connection:0-7\" [label=\"client, openwire 127.0.0.1:9\""));
    EXPECT_THAT(drawn, HasSubstr("\"Queues:work\" -> \"Connection:0-7\";\n"));
}

}  // namespace
}  // namespace tern::admin
