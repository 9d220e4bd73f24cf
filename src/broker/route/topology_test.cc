#include "broker/route/topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace tern::broker {
namespace {

/// The headers of a message, for those who ask by its format.
class Headers final : public message::FormatReader {
public:
    std::vector<std::pair<std::string, message::ScalarView>> all;

    [[nodiscard]] Result<message::HubMessage> read(const Message&) const override {
        return message::HubMessage();
    }
    [[nodiscard]] message::ScalarView find(const Message&, std::string_view name,
                                           std::string&) const override {
        for (const auto& [key, value] : all) {
            if (key == name) return value;
        }
        return {};
    }
};

struct TopologyTest : ::testing::Test {
    TopologyTest() {
        topology.add_vhost("/");
        formats.add(Format::amqp091, headers);
    }

    QueueInfoPtr queue(const std::string& name) {
        auto info = std::make_shared<QueueInfo>();
        info->id = QueueId{++last_id};
        info->bindings = {Destination(Domain::queue, false, name)};
        return queues[name] = info;
    }
    void exchange(const std::string& name, ExchangeType type, const std::string& alternate = "") {
        topology.add({.vhost = "/", .name = name, .type = type, .alternate = alternate});
    }
    Binding binding(const std::string& source, const std::string& destination,
                    const std::string& key, const HeaderMatch& match = {}) {
        return {.vhost = "/",
                .source = source,
                .to_exchange = !queues.contains(destination),
                .destination = destination,
                .key = key,
                .match = match};
    }
    void bind(const std::string& source, const std::string& destination, const std::string& key,
              const HeaderMatch& match = {}) {
        const Binding made = binding(source, destination, key, match);
        topology.bind(made, made.to_exchange ? nullptr : queues[destination]);
    }
    std::multiset<std::string> routed(std::string_view to, std::vector<std::string_view> keys,
                                      const Topology::AlternateOf& alternate_of = nullptr) {
        MessageHeader header;
        header.format = Format::amqp091;
        const MessagePtr message = Message::create(header, {}, {}, {}, nullptr);
        std::vector<QueueInfoPtr> found;
        topology.route({"/", to, keys}, *message, formats, alternate_of, found);
        std::multiset<std::string> names;
        for (const QueueInfoPtr& one : found) names.insert(one->bindings.front().name);
        return names;
    }

    using Names = std::multiset<std::string>;
    Topology topology;
    Headers headers;
    message::Formats formats;
    std::map<std::string, QueueInfoPtr> queues;
    std::uint32_t last_id = 0;
};

TEST_F(TopologyTest, DirectWantsTheVeryKey) {
    queue("q");
    bind("amq.direct", "q", "k");
    EXPECT_EQ(routed("amq.direct", {"k"}), Names{"q"});
    EXPECT_EQ(routed("amq.direct", {"other"}), Names{});
}

TEST_F(TopologyTest, AQueueGetsAMessageOnceHoweverManyWaysLeadThere) {
    queue("q");
    bind("amq.topic", "q", "a.#");
    bind("amq.topic", "q", "*.b");
    exchange("x", ExchangeType::fanout);
    bind("x", "amq.topic", "");
    bind("x", "q", "");
    EXPECT_EQ(routed("x", {"a.b"}), Names{"q"});
}

TEST_F(TopologyTest, SeveralKeysReachTheQueuesOfAll) {
    queue("q");
    queue("r");
    bind("amq.direct", "q", "1");
    bind("amq.direct", "r", "2");
    EXPECT_EQ(routed("amq.direct", {"1", "2", "3"}), (Names{"q", "r"}));
}

TEST_F(TopologyTest, ExchangesInACircleEnd) {
    queue("q");
    exchange("a", ExchangeType::fanout);
    exchange("b", ExchangeType::fanout);
    bind("a", "b", "");
    bind("b", "a", "");
    bind("b", "q", "");
    EXPECT_EQ(routed("a", {""}), Names{"q"});
}

TEST_F(TopologyTest, TheAlternateTakesWhatGoesNowhere) {
    queue("q");
    queue("rest");
    exchange("ae", ExchangeType::fanout);
    exchange("x", ExchangeType::direct, "ae");
    bind("x", "q", "k");
    bind("ae", "rest", "");
    EXPECT_EQ(routed("x", {"k"}), Names{"q"});
    EXPECT_EQ(routed("x", {"other"}), Names{"rest"});
}

TEST_F(TopologyTest, AnAlternateIsSaidFromOutsideWhereTheExchangeDoesNotSayIt) {
    queue("q");
    queue("own");
    queue("said");
    exchange("own.ae", ExchangeType::fanout);
    exchange("said.ae", ExchangeType::fanout);
    exchange("x", ExchangeType::direct);
    exchange("y", ExchangeType::direct, "own.ae");
    bind("x", "q", "k");
    bind("own.ae", "own", "");
    bind("said.ae", "said", "");
    const Topology::AlternateOf says = [](const Exchange& one) {
        return std::string_view(one.name.ends_with(".ae") ? "" : "said.ae");
    };
    EXPECT_EQ(routed("x", {"k"}, says), Names{"q"});
    EXPECT_EQ(routed("x", {"other"}, says), Names{"said"});
    EXPECT_EQ(routed("y", {"other"}, says), Names{"own"});
    EXPECT_EQ(routed("", {"nowhere"}, says), Names{});  // of that one nothing can be said
    EXPECT_EQ(routed("x", {"other"}), Names{});
}

TEST_F(TopologyTest, WhatSubscribersOfTopicsGotDoesNotGoToTheAlternate) {
    queue("rest");
    exchange("ae", ExchangeType::fanout);
    bind("ae", "rest", "");
    const Topology::AlternateOf says = [](const Exchange& one) {
        return std::string_view(one.name == kTopicTree ? "ae" : "");
    };
    EXPECT_EQ(routed(kTopicTree, {"a"}, says), Names{"rest"});
    MessageHeader header;
    header.format = Format::amqp091;
    const MessagePtr message = Message::create(header, {}, {}, {}, nullptr);
    std::vector<QueueInfoPtr> found{queue("subscription")};
    const std::array<std::string_view, 1> keys{"a"};
    topology.route({"/", kTopicTree, keys}, *message, formats, says, found);
    EXPECT_EQ(found.size(), 1U);
}

TEST_F(TopologyTest, HeadersAllAndAny) {
    queue("all");
    queue("any");
    queue("none");
    const std::vector<std::pair<std::string, HeaderValue>> wanted{
        {"n", std::int64_t{1}}, {"t", std::string("x")}, {"there", std::monostate()}};
    bind("amq.headers", "all", "", {.any = false, .headers = wanted});
    bind("amq.headers", "any", "", {.any = true, .headers = wanted});
    bind("amq.headers", "none", "", {.any = true, .headers = {}});
    headers.all = {{"n", std::int8_t{1}}, {"t", std::string_view("x")}, {"there", false}};
    EXPECT_EQ(routed("amq.headers", {""}), (Names{"all", "any"}));
    headers.all = {{"n", std::string_view("1")}, {"t", std::string_view("x")}};
    EXPECT_EQ(routed("amq.headers", {""}), Names{"any"});
    headers.all = {{"n", 1.0}};
    EXPECT_EQ(routed("amq.headers", {""}), Names{});
}

TEST_F(TopologyTest, HashingGoesToOneQueueByWeight) {
    queue("light");
    queue("heavy");
    exchange("h", ExchangeType::consistent_hash);
    bind("h", "light", "1");
    bind("h", "heavy", "9");
    std::map<std::string, int> counts;
    for (int i = 0; i < 1000; ++i) {
        const std::string key = std::to_string(i);
        const Names names = routed("h", {key});
        ASSERT_EQ(names.size(), 1U);
        ASSERT_EQ(routed("h", {key}), names);
        ++counts[*names.begin()];
    }
    EXPECT_GT(counts["heavy"], 4 * counts["light"]);
    EXPECT_GT(counts["light"], 20);
}

TEST_F(TopologyTest, BindingTwiceIsBindingOnce) {
    queue("q");
    bind("amq.fanout", "q", "");
    bind("amq.fanout", "q", "");
    topology.unbind(binding("amq.fanout", "q", ""));
    EXPECT_EQ(routed("amq.fanout", {""}), Names{});
    EXPECT_FALSE(topology.is_source("/", "amq.fanout"));
}

TEST_F(TopologyTest, WhatGoesTakesItsBindingsWithIt) {
    queue("q");
    exchange("x", ExchangeType::direct);
    bind("x", "q", "k");
    bind("amq.topic", "x", "#");
    EXPECT_TRUE(topology.tree_has_bindings());
    topology.remove("/", "x");
    EXPECT_FALSE(topology.tree_has_bindings());
    EXPECT_TRUE(topology.to_queue(queues["q"]->id).empty());
    bind("amq.topic", "q", "#");
    topology.forget(queues["q"]->id);
    EXPECT_EQ(routed("amq.topic", {"a"}), Names{});
}

}  // namespace
}  // namespace tern::broker
