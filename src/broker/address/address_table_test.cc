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
