#include "broker/plugins/plugins.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

using What = Fate::What;

constexpr std::int64_t kNow = 1'000'000;

class Reader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message&) const override { return {}; }
    [[nodiscard]] message::ScalarView find(const Message&, std::string_view,
                                           std::string&) const override {
        return {};
    }
};

class PluginsTest : public testing::Test {
protected:
    PluginsTest() { formats.add(Format::openwire, reader); }

    /// The message as it goes on.
    MessageHeader sent(const InterceptorPtr& by, const MessageHeader& header,
                       bool to_dead_letters = false) {
        const MessagePtr message = Message::create(header, {}, {}, {}, nullptr);
        const DestinationView to{Domain::queue, false, "q"};
        const auto other = by->sending({.message = *message,
                                        .to = to,
                                        .to_dead_letters = to_dead_letters,
                                        .now_ms = kNow,
                                        .formats = formats});
        return *other == nullptr ? header : (*other)->header();
    }
    std::optional<Fate> fate(const InterceptorPtr& by, const Destination& from,
                             std::optional<std::uint32_t> failures = 0, bool expired = false) {
        QueueInfo info;
        info.bindings = {from};
        const MessagePtr message = Message::create({}, {}, {}, {}, nullptr);
        return by->dying({.message = *message,
                          .from = info,
                          .failures = failures,
                          .expired = expired,
                          .now_ms = kNow});
    }
    static MessageHeader header(std::int64_t timestamp_ms, std::int64_t expires_at_ms) {
        MessageHeader made;
        made.timestamp_ms = timestamp_ms;
        made.expires_at_ms = expires_at_ms;
        return made;
    }
    static Destination queue(const std::string& name) { return {Domain::queue, false, name}; }

    Reader reader;
    message::Formats formats;
};

TEST_F(PluginsTest, time_stamps_are_the_brokers_and_lives_limited) {
    TimeStamping options{.zero_expiration_ms = 5000, .life_ms_max = 10'000};
    const auto stamps = make_interceptor(options);
    EXPECT_EQ(sent(stamps, header(10, 0)).timestamp_ms, kNow);
    EXPECT_EQ(sent(stamps, header(10, 0)).expires_at_ms, kNow + 5000);
    EXPECT_EQ(sent(stamps, header(10, 710)).expires_at_ms, kNow + 700);
    EXPECT_EQ(sent(stamps, header(10, 60'010)).expires_at_ms, kNow + 10'000);
    EXPECT_EQ(sent(stamps, header(0, 0)).timestamp_ms, 0) << "the sender wants none";
    EXPECT_EQ(sent(stamps, header(10, 0), true).timestamp_ms, 10) << "a dead letter";
    EXPECT_EQ(sent(make_interceptor(TimeStamping{}), header(10, 0)).expires_at_ms, 0);
}

TEST_F(PluginsTest, time_stamps_may_only_move_forward) {
    TimeStamping options{.future_only = true};
    const auto stamps = make_interceptor(options);
    EXPECT_EQ(sent(stamps, header(kNow + 10, kNow + 20)).timestamp_ms, kNow + 10);
    EXPECT_EQ(sent(stamps, header(kNow - 10, kNow + 20)).expires_at_ms, kNow + 30);
}

TEST_F(PluginsTest, persistence_is_forced_either_way) {
    MessageHeader durable;
    durable.durable = Durable::yes;
    EXPECT_EQ(sent(make_interceptor(ForcePersistence{.persistent = true}), {}).durable,
              Durable::yes);
    EXPECT_EQ(sent(make_interceptor(ForcePersistence{}), durable).durable, Durable::no);
}

TEST_F(PluginsTest, policies_rule_headers_of_their_destinations) {
    HeaderRule mortal;
    mortal.forces_expiry = true;
    mortal.zero_expiration_ms = 5000;
    HeaderRule capped;
    capped.forces_expiry = true;
    capped.life_ms_max = 1000;
    HeaderRule light;
    light.forces_persistence = true;
    light.persistent = false;
    HeaderRule idle;
    idle.zero_expiration_ms = 1;
    Policy ruled;
    ruled.header_rules.rules = {mortal, capped, light, idle};
    const auto policy = std::make_shared<const Policy>(ruled);
    MessageHeader durable = header(10, 0);
    durable.durable = Durable::yes;
    const MessageHeader found =
        sent(make_header_rules(PolicyMap({{queue("q"), policy}}, {})), durable);
    EXPECT_EQ(found.expires_at_ms, kNow + 1000) << "one rule after the other";
    EXPECT_EQ(found.durable, Durable::no);
    EXPECT_EQ(sent(make_header_rules(PolicyMap({{queue("other"), policy}}, {})), durable).durable,
              Durable::yes);
}

TEST_F(PluginsTest, dead_letters_are_dropped_by_kind_and_name) {
    EXPECT_EQ(fate(make_interceptor(DiscardDeadLetters{}).value(), queue("A"))->what, What::drop);
    DiscardDeadLetters some;
    some.all = false;
    some.temporary_topics = false;
    some.only = "A\\..* B";
    const auto by = make_interceptor(some).value();
    EXPECT_EQ(fate(by, queue("A.1"))->what, What::drop);
    EXPECT_EQ(fate(by, queue("B"))->what, What::drop);
    EXPECT_FALSE(fate(by, queue("BB")));
    EXPECT_FALSE(fate(by, queue("A")));
    EXPECT_EQ(fate(by, {Domain::queue, true, "t"})->what, What::drop);
    EXPECT_FALSE(fate(by, {Domain::topic, true, "t"}));
    some.only = "(";
    EXPECT_FALSE(make_interceptor(some));
}

TEST_F(PluginsTest, redelivers_as_often_as_the_closest_rule_says) {
    BrokerRedelivery options;
    options.rules = {{queue("A.>"), {.redeliveries_max = 2}},
                     {queue("A.B"), {.redeliveries_max = 0}}};
    const auto by = make_interceptor(options);
    EXPECT_EQ(fate(by, queue("A.1"), 0)->what, What::retry);
    EXPECT_EQ(fate(by, queue("A.1"), 1)->what, What::retry);
    EXPECT_FALSE(fate(by, queue("A.1"), 2));
    EXPECT_FALSE(fate(by, queue("A.B"), 0));
    EXPECT_FALSE(fate(by, queue("A.1"), 0, true)) << "expired";
    EXPECT_FALSE(fate(by, queue("A.1"), std::nullopt)) << "nobody counts";
    EXPECT_FALSE(fate(by, queue("B"), 0));
    options.fall_back = false;
    options.dead_letter_when_exceeded = false;
    EXPECT_EQ(fate(make_interceptor(options), queue("B"), 0)->what, What::drop);
    EXPECT_EQ(fate(make_interceptor(options), queue("A.1"), 2)->what, What::drop);
    options.otherwise = Redelivery{.redeliveries_max = -1};
    EXPECT_EQ(fate(make_interceptor(options), queue("B"), 1000)->what, What::retry);
}

TEST_F(PluginsTest, delays_grow_as_the_policy_says) {
    Redelivery policy{.initial_delay_ms = 100, .delay_ms = 200};
    EXPECT_EQ(redelivery_delay_ms(policy, 0, kNow), 100);
    EXPECT_EQ(redelivery_delay_ms(policy, 1, kNow), 200);
    EXPECT_EQ(redelivery_delay_ms(policy, 5, kNow), 200);
    policy.exponential = true;
    policy.multiplier = 3;
    EXPECT_EQ(redelivery_delay_ms(policy, 2, kNow), 900);
    policy.delay_ms_max = 500;
    EXPECT_EQ(redelivery_delay_ms(policy, 2, kNow), 500);
    policy.delay_ms_max = 50;
    EXPECT_EQ(redelivery_delay_ms(policy, 2, kNow), 200);
    policy.collision_avoidance = true;
    for (std::int64_t now = 0; now < 100; ++now) {
        EXPECT_GE(redelivery_delay_ms(policy, 2, now), 170);
        EXPECT_LE(redelivery_delay_ms(policy, 2, now), 230);
    }
}

}  // namespace
}  // namespace tern::broker
