#include "protocol/mqtt/sys_tree.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tern::mqtt {
namespace {

TEST(SysTree, tells_what_there_is) {
    SysTree tree(1000);
    const auto topics = tree.update(
        {.version = "TernMQ version 1",
         .now_ms = 66'000,
         .figures = {.packets_received = 7, .publishes_sent = 3, .publishes_dropped = 8},
         .connected = 2,
         .sessions = 5,
         .connections = 9,
         .expired = 1,
         .subscriptions = 4,
         .shared = 1,
         .retained = 6,
         .stored = 12,
         .stored_bytes = 4096,
         .heap_bytes = 5000});
    const auto text = [&topics](const std::string& name) {
        return topics.at("$SYS/broker/" + name);
    };
    EXPECT_EQ(text("version"), "TernMQ version 1");
    EXPECT_EQ(text("uptime"), "65 seconds");
    EXPECT_EQ(text("clients/total"), "5");
    EXPECT_EQ(text("clients/connected"), "2");
    EXPECT_EQ(text("clients/disconnected"), "3");
    EXPECT_EQ(text("clients/maximum"), "5");
    EXPECT_EQ(text("clients/expired"), "1");
    EXPECT_EQ(text("subscriptions/count"), "4");
    EXPECT_EQ(text("retained messages/count"), "6");
    EXPECT_EQ(text("messages/received"), "7");
    EXPECT_EQ(text("publish/messages/sent"), "3");
    EXPECT_EQ(text("publish/messages/dropped"), "8");
    EXPECT_EQ(text("store/messages/count"), "12");
    EXPECT_EQ(text("messages/stored"), "12");
    EXPECT_EQ(text("store/messages/bytes"), "4096");
    EXPECT_EQ(text("heap/current"), "5000");
    EXPECT_EQ(text("heap/maximum"), "5000");
}

TEST(SysTree, says_nothing_of_what_it_does_not_know) {
    SysTree tree(0);
    EXPECT_FALSE(tree.update({.version = "", .now_ms = 1, .figures = {}})
                     .contains("$SYS/broker/heap/current"));
}

TEST(SysTree, loads_are_averages_per_minute) {
    SysTree tree(0);
    const auto load = [&tree](std::int64_t now_ms, std::uint64_t received) {
        const auto topics =
            tree.update({.version = "", .now_ms = now_ms, .figures = {.bytes_received = received}});
        return std::stod(topics.at("$SYS/broker/load/bytes/received/1min"));
    };
    // A hundred each second: after a long time the average is what it always was.
    std::uint64_t received = 0;
    double last = 0;
    for (std::int64_t second = 10; second <= 600; second += 10) {
        last = load(second * 1000, received += 1000);
    }
    EXPECT_NEAR(last, 6000, 6000 * std::exp(-10.0) + 0.01);
    EXPECT_NEAR(load(660'000, received), 6000 / std::exp(1.0), 1);
}

TEST(SysTree, the_maximum_stays) {
    SysTree tree(0);
    std::ignore = tree.update({.version = "", .now_ms = 1, .figures = {}, .connected = 10});
    EXPECT_EQ(tree.update({.version = "", .now_ms = 2, .figures = {}, .connected = 1})
                  .at("$SYS/broker/clients/maximum"),
              "10");
}

TEST(Count, is_added_and_taken_back) {
    Traffic traffic;
    {
        Count count(traffic);
        count.packets_sent += 3;
        count.connected();
        count.subscribed(true);
        count.subscribed(false);
        count.unsubscribed(false);
        EXPECT_EQ(traffic.connected, 1U);
        EXPECT_EQ(traffic.subscriptions, 1U);
        EXPECT_EQ(traffic.shared, 1U);
        EXPECT_EQ(traffic.figures().packets_sent, 0U);
        count.flush();
        count.flush();
        EXPECT_EQ(traffic.figures().packets_sent, 3U);
    }
    EXPECT_EQ(traffic.connected, 0U);
    EXPECT_EQ(traffic.subscriptions, 0U);
    EXPECT_EQ(traffic.shared, 0U);
    EXPECT_EQ(traffic.connections, 1U);
}

}  // namespace
}  // namespace tern::mqtt
