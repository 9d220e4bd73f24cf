#include "broker/address/address_table.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

QueueInfoPtr queue(std::uint32_t id, std::vector<Destination> bindings) {
    auto info = std::make_shared<QueueInfo>();
    info->id = QueueId{id};
    info->bindings = std::move(bindings);
    return info;
}

const Destination kOrders(Domain::queue, false, "orders");
const Destination kNews(Domain::topic, false, "news");
const Destination kSport(Domain::topic, false, "sport");

TEST(AddressTable, routes_a_queue_to_itself_and_a_topic_to_its_subscriptions) {
    AddressTable table;
    table.add(queue(1, {kOrders}));
    table.add(queue(2, {kNews}));
    table.add(queue(3, {kNews, kSport}));
    EXPECT_EQ(table.route(kOrders.view()).size(), 1U);
    EXPECT_EQ(table.route(kNews.view()).size(), 2U);
    ASSERT_EQ(table.route(kSport.view()).size(), 1U);
    EXPECT_EQ(table.route(kSport.view())[0]->id, QueueId{3});
    EXPECT_TRUE(table.route({Domain::topic, false, "orders"}).empty());
}

TEST(AddressTable, a_removed_queue_leaves_every_address) {
    AddressTable table;
    table.add(queue(2, {kNews}));
    table.add(queue(3, {kNews, kSport}));
    table.remove(QueueId{3});
    table.remove(QueueId{3});
    EXPECT_EQ(table.route(kNews.view()).size(), 1U);
    EXPECT_TRUE(table.route(kSport.view()).empty());
    EXPECT_EQ(table.find(QueueId{3}), nullptr);
    EXPECT_EQ(table.size(), 1U);
}

std::vector<std::uint32_t> routed(const AddressTable& table, std::string_view topic) {
    std::vector<std::uint32_t> ids;
    for (const auto& queue : table.route({Domain::topic, false, topic})) {
        ids.push_back(queue->id.value);
    }
    return ids;
}

Destination topic(const char* name) {
    return {Domain::topic, false, name};
}

TEST(AddressTable, routes_topics_to_the_patterns_that_match_them) {
    AddressTable table;
    table.add(queue(1, {topic("a.b")}));
    table.add(queue(2, {topic("a.*")}));
    table.add(queue(3, {topic("a.>"), topic("*.b")}));
    table.add(queue(4, {topic(">")}));
    EXPECT_EQ(routed(table, "a.b"), (std::vector<std::uint32_t>{1, 2, 3, 4}));
    EXPECT_EQ(routed(table, "a"), (std::vector<std::uint32_t>{3, 4}));
    EXPECT_EQ(routed(table, "a.b.c"), (std::vector<std::uint32_t>{3, 4}));
    EXPECT_EQ(routed(table, "x.b"), (std::vector<std::uint32_t>{3, 4}));
    EXPECT_EQ(routed(table, "a."), (std::vector<std::uint32_t>{2, 3, 4}));
    EXPECT_EQ(routed(table, "a.b."), (std::vector<std::uint32_t>{3, 4}));
    EXPECT_EQ(routed(table, ".b"), (std::vector<std::uint32_t>{3, 4}));
    table.remove(QueueId{3});
    EXPECT_EQ(routed(table, "a.b"), (std::vector<std::uint32_t>{1, 2, 4}));
    table.add(queue(5, {topic("a.b")}));
    EXPECT_EQ(routed(table, "a.b"), (std::vector<std::uint32_t>{1, 2, 4, 5}));
    table.remove(QueueId{2});
    table.remove(QueueId{4});
    EXPECT_EQ(routed(table, "a.b"), (std::vector<std::uint32_t>{1, 5}));
    EXPECT_TRUE(table.route({Domain::queue, false, "a.b"}).empty());
}

TEST(AddressTable, queues_of_virtual_topics_get_what_their_topic_gets) {
    AddressTable table;
    table.add(queue(1, {Destination(Domain::queue, false, "Consumer.A.VirtualTopic.X")}));
    EXPECT_TRUE(routed(table, "VirtualTopic.X").empty());
    table.set_virtual_topics(VirtualTopics({{"VirtualTopic.>", "Consumer.*.", ""}}));
    table.add(queue(2, {Destination(Domain::queue, false, "Consumer.B.VirtualTopic.X")}));
    table.add(queue(3, {topic("VirtualTopic.*")}));
    table.add(queue(4, {Destination(Domain::queue, true, "Consumer.C.VirtualTopic.X")}));
    EXPECT_EQ(routed(table, "VirtualTopic.X"), (std::vector<std::uint32_t>{1, 2, 3}));
    table.remove(QueueId{1});
    EXPECT_EQ(routed(table, "VirtualTopic.X"), (std::vector<std::uint32_t>{2, 3}));
    table.set_virtual_topics(VirtualTopics());
    EXPECT_EQ(routed(table, "VirtualTopic.X"), (std::vector<std::uint32_t>{3}));
    EXPECT_EQ(table.route({Domain::queue, false, "Consumer.B.VirtualTopic.X"}).size(), 1U);
}

TEST(AddressTable, finds_the_queues_of_a_pattern) {
    AddressTable table;
    table.add(queue(1, {Destination(Domain::queue, false, "a.b")}));
    table.add(queue(2, {Destination(Domain::queue, false, "a.c")}));
    table.add(queue(3, {Destination(Domain::queue, true, "a.d")}));
    table.add(queue(4, {topic("a.e")}));
    EXPECT_EQ(table.queues_matching("a.*").size(), 2U);
    EXPECT_EQ(table.queues_matching("a.c").front()->id, QueueId{2});
}

TEST(AddressTable, knows_who_owns_a_temporary_destination) {
    AddressTable table;
    const Destination reply(Domain::queue, true, "ID:1:1");
    table.add_temporary(reply, {ShardId{1}, ConnectionNumber{7}});
    ASSERT_NE(table.owner(reply.view()), nullptr);
    EXPECT_EQ(table.owner(reply.view())->connection, ConnectionNumber{7});
    EXPECT_EQ(table.temporary_destinations(), std::vector{reply});
    table.remove_temporary(reply.view());
    EXPECT_EQ(table.owner(reply.view()), nullptr);
}

}  // namespace
}  // namespace tern::broker
