#include "protocol/amqp10/session_story.h"

namespace tern::amqp10 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SessionTest : public SessionStory {
protected:
    SessionTest() { open(); }

    /// The name of a new transaction.
    std::string declare(std::uint32_t id) {
        ask_coordinator(0, id, Descriptor::declare, {});
        const auto answer = hear<Disposition>();
        if (!answer) return {};
        return std::string(as_text(decode_state(answer->state)->transaction));
    }
    void settle_within(const std::string& transaction, const DeliveryState& outcome) {
        ByteWriter inner;
        encode(outcome, inner);
        DeliveryState state;
        state.type = DeliveryState::Type::transactional;
        state.transaction = as_bytes(transaction);
        state.outcome = inner.bytes();
        ByteWriter encoded;
        encode(state, encoded);
        say(Disposition{
            .role = Role::receiver, .first = 0, .settled = true, .state = encoded.bytes()});
    }
    DeliveryState::Type commit(std::uint32_t id, const std::string& transaction) {
        ask_coordinator(0, id, Descriptor::discharge, transaction);
        const auto answer = hear<Disposition>();
        return answer ? decode_state(answer->state)->type : DeliveryState::Type::none;
    }
};

TEST_F(SessionTest, outcomes_within_a_transaction_take_effect_with_its_end) {
    attach_coordinator(0);
    const std::string transaction = declare(0);
    attach_receiver(1, "q", 1);
    deliver();
    settle_within(transaction, {.type = DeliveryState::Type::released});
    EXPECT_THAT(broker_.settled, IsEmpty());
    EXPECT_EQ(commit(1, transaction), DeliveryState::Type::accepted);
    EXPECT_THAT(broker_.settled, ElementsAre(broker::Outcome::release));
}

TEST_F(SessionTest, a_link_may_be_gone_when_a_transaction_ends) {
    attach_coordinator(0);
    const std::string transaction = declare(0);
    attach_receiver(1, "q", 1);
    deliver();
    settle_within(transaction, {.type = DeliveryState::Type::released});
    say(Detach{.handle = 1, .closed = true});
    EXPECT_EQ(commit(1, transaction), DeliveryState::Type::accepted);
    EXPECT_THAT(broker_.settled, IsEmpty()) << "the broker has it back already";
}

TEST_F(SessionTest, a_consumer_that_the_broker_closed_settles_nothing) {
    attach_receiver(1, "q", 2);
    deliver();
    say(Disposition{.role = Role::receiver, .first = 0, .settled = true, .state = kAccepted});
    deliver();
    session_->cancelled(broker_.consumer);
    turn();
    const auto detach = hear<Detach>();
    ASSERT_TRUE(detach && detach->error);
    EXPECT_EQ(detach->error->condition, "amqp:resource-deleted");
    EXPECT_THAT(broker_.settled, SizeIs(1));
}

TEST_F(SessionTest, an_address_without_a_name_is_refused) {
    for (const std::string_view address : {"?x=y", "queue://", "topic://?consumer.priority=1"}) {
        attach_sender(0, address);
        EXPECT_FALSE(hear<Attach>()->target) << address;
        EXPECT_EQ(hear<Detach>()->error->condition, "amqp:invalid-field");
        say(Detach{.handle = 0, .closed = true});
    }
}

// ---- Credit counts messages and, behind that, bytes

constexpr std::uint32_t kLarge = 100'000;

Options with_credit(std::uint32_t messages) {
    Options options;
    options.producer_credit = messages;
    return options;
}

TEST_F(SessionTest, producers_of_small_messages_get_all_of_the_credit) {
    attach_sender(0, "q");
    EXPECT_EQ(hear<Flow>()->link_credit, 1000U);
    for (std::uint32_t id = 0; id < 700; ++id) send(0, id, as_bytes(data_message(100)));
    const auto flow = hear<Flow>();
    ASSERT_TRUE(flow);
    EXPECT_EQ(flow->link_credit, 1000U);
}

class LittleCreditTest : public SessionStory {
protected:
    LittleCreditTest() : SessionStory(with_credit(200)) { open(); }
};

TEST_F(LittleCreditTest, producers_of_large_messages_get_less) {
    attach_sender(0, "q");
    EXPECT_EQ(hear<Flow>()->link_credit, 200U);
    const std::string message = data_message(kLarge);
    for (std::uint32_t id = 0; id < 200; ++id) send(0, id, as_bytes(message));
    std::uint32_t last = 200;
    while (const auto flow = hear<Flow>()) last = *flow->link_credit;
    EXPECT_LT(last, 100U) << "8 MiB of them at most are on their way";
    EXPECT_GT(last, 50U);
}

TEST_F(SessionTest, consumers_of_large_messages_get_few_at_a_time) {
    attach_receiver(0, "q", 10'000);
    EXPECT_EQ(broker_.granted, 256U) << "nobody knows yet how large they are";
    for (int i = 0; i < 256; ++i) deliver(kLarge);
    for (int i = 0; i < 20; ++i) deliver(kLarge);
    EXPECT_LE(broker_.granted, 256U + 20U + 41U) << "4 MiB of them are on their way at most";
}

TEST_F(SessionTest, consumers_of_small_messages_get_many) {
    attach_receiver(0, "q", 10'000);
    for (int i = 0; i < 256; ++i) deliver(10);
    EXPECT_GT(broker_.granted, 1000U);
}

}  // namespace
}  // namespace tern::amqp10
