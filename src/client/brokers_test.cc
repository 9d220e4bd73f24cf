#include "client/brokers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tern::client {
namespace {

using Names = std::vector<std::string>;

Brokers brokers(const std::string& url, std::uint32_t seed = 1) {
    auto parsed = parse_url(url);
    if (!parsed) throw std::runtime_error(parsed.error().message());
    return {std::move(*parsed), seed};
}
Names names(const std::vector<Endpoint>& round) {
    Names found;
    std::ranges::transform(round, std::back_inserter(found), &Endpoint::host);
    return found;
}
Endpoint at(const std::string& host) {
    return {.host = host};
}

TEST(BrokersTest, InOrderOrNot) {
    auto ordered = brokers("failover:(tcp://a,tcp://b,tcp://c)?randomize=false");
    EXPECT_EQ(names(ordered.round()), (Names{"a", "b", "c"}));
    std::set<Names> orders;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        orders.insert(names(brokers("failover:(tcp://a,tcp://b,tcp://c)", seed).round()));
    }
    EXPECT_EQ(orders.size(), 6U);
}

TEST(BrokersTest, TheOneThatWasLostComesLast) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        auto random = brokers("failover:(tcp://a,tcp://b,tcp://c)", seed);
        random.connecting(at("b"));
        random.connected();
        random.lost();
        EXPECT_EQ(names(random.round()).back(), "b");
    }
}

TEST(BrokersTest, DelaysGrowUpToTheirLimit) {
    auto growing = brokers("failover:(tcp://a)?initialReconnectDelay=10&maxReconnectDelay=35");
    std::vector<int> delays;
    for (int i = 0; i < 4; ++i) delays.push_back(static_cast<int>(growing.round_failed()->count()));
    EXPECT_EQ(delays, (std::vector<int>{10, 20, 35, 35}));
    growing.connecting(at("a"));
    growing.connected();
    EXPECT_EQ(growing.round_failed(), milliseconds(10));

    auto steady = brokers("failover:(tcp://a)?initialReconnectDelay=7&useExponentialBackOff=false");
    for (int i = 0; i < 4; ++i) EXPECT_EQ(steady.round_failed(), milliseconds(7));
    auto quick = brokers("failover:(tcp://a)?initialReconnectDelay=2&backOffMultiplier=5");
    EXPECT_EQ(quick.round_failed(), milliseconds(2));
    EXPECT_EQ(quick.round_failed(), milliseconds(10));
}

TEST(BrokersTest, AttemptsEnd) {
    auto limited = brokers("failover:(tcp://a)?maxReconnectAttempts=3");
    EXPECT_TRUE(limited.round_failed());
    EXPECT_TRUE(limited.round_failed());
    EXPECT_FALSE(limited.round_failed());
    auto once = brokers("failover:(tcp://a)?maxReconnectAttempts=0");
    EXPECT_FALSE(once.may_try());
    auto patient =
        brokers("failover:(tcp://a)?maxReconnectAttempts=2&startupMaxReconnectAttempts=1");
    EXPECT_FALSE(patient.round_failed());
    patient.connecting(at("a"));
    patient.connected();
    EXPECT_TRUE(patient.round_failed());
    EXPECT_FALSE(patient.round_failed());
}

TEST(BrokersTest, TheBrokerKnowsOthers) {
    auto all = brokers("failover:(tcp://a)?randomize=false");
    all.connecting(at("a"));
    all.connected();
    EXPECT_FALSE(all.should_move());
    EXPECT_TRUE(all.learn("tcp://b:61616,kafka://c,tcp://a:61616"));
    EXPECT_FALSE(all.learn("tcp://b:61616,tcp://a:61616"));
    EXPECT_FALSE(all.learn(""));
    EXPECT_EQ(names(all.round()), (Names{"b", "a"}));
    EXPECT_TRUE(all.should_move());

    EXPECT_TRUE(all.prefer("ssl://d:1"));
    EXPECT_EQ(names(all.round()), (Names{"d", "b", "a"}));
    EXPECT_TRUE(all.round_failed());
    EXPECT_EQ(names(all.round()), (Names{"b", "a"}));
    EXPECT_FALSE(all.prefer("tcp://a"));
    EXPECT_FALSE(all.prefer("nonsense"));

    auto deaf = brokers("failover:(tcp://a)?reconnectSupported=false&updateURIsSupported=false");
    EXPECT_FALSE(deaf.learn("tcp://b"));
    EXPECT_FALSE(deaf.prefer("tcp://b"));
}

TEST(BrokersTest, SomeHavePriority) {
    auto first = brokers("failover:(tcp://a,tcp://b)?priorityBackup=true");
    EXPECT_EQ(names(first.round()), (Names{"a", "b"}));
    EXPECT_EQ(names(first.better()), Names());
    first.connecting(at("b"));
    first.connected();
    EXPECT_EQ(names(first.better()), Names{"a"});
    first.connecting(at("a"));
    first.connected();
    EXPECT_EQ(names(first.better()), Names());

    auto listed = brokers(
        "failover:(tcp://a,tcp://b,tcp://c)"
        "?randomize=false&priorityBackup=true&priorityURIs=tcp://b,tcp://c");
    EXPECT_EQ(names(listed.round()), (Names{"b", "c", "a"}));
    listed.connecting(at("a"));
    listed.connected();
    EXPECT_EQ(names(listed.better()), (Names{"b", "c"}));
    listed.connecting(at("c"));
    listed.connected();
    EXPECT_EQ(names(listed.better()), Names());
}

}  // namespace
}  // namespace tern::client
