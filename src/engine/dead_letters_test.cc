#include "engine/dead_letters.h"

#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::DeadLetters;
using broker::Death;
using broker::Destination;
using broker::Domain;
using broker::QueueInfo;

/// Where a message of the queue goes, as text; empty: nowhere.
std::string letter(const QueueInfo& queue, const DeadLetters& policy,
                   Durable durable = Durable::yes, Death::Why why = Death::Why::rejected) {
    MessageHeader header;
    header.durable = durable;
    const MessagePtr message = Message::create(header, {}, {}, {}, nullptr);
    const auto to = dead_letter_queue(queue, *message, {.why = why, .cause = {}}, policy);
    return to ? broker::to_text(to->view()) : std::string();
}

class DeadLetterPolicies : public testing::Test {
protected:
    DeadLetterPolicies() {
        queue.bindings = {Destination(Domain::queue, false, "A")};
        queue.durable = Durable::yes;
        subscription.bindings = {Destination(Domain::topic, false, "T")};
        subscription.durable = Durable::yes;
        subscription.subscription = broker::NamedSubscription{
            .key = {.client_id = "c", .name = "s"}, .shared = false, .selector = {}};
        individual.strategy = DeadLetters::Strategy::individual;
    }

    QueueInfo queue;
    QueueInfo subscription;
    DeadLetters shared;
    DeadLetters individual;
};

TEST_F(DeadLetterPolicies, shared_is_one_queue_for_all) {
    EXPECT_EQ(letter(queue, shared), "queue://ActiveMQ.DLQ");
    EXPECT_EQ(letter(subscription, shared), "queue://ActiveMQ.DLQ");
    shared.shared_queue = "A";
    EXPECT_EQ(letter(queue, shared), "");
}

TEST_F(DeadLetterPolicies, what_protocols_keep_for_themselves_has_none) {
    queue.bindings = {Destination(Domain::queue, false, "$mqtt.retained.T")};
    EXPECT_EQ(letter(queue, shared, Durable::yes, Death::Why::expired), "");
    EXPECT_EQ(letter(queue, individual, Durable::yes, Death::Why::expired), "");
    subscription.bindings = {Destination(Domain::topic, false, "$T")};
    EXPECT_EQ(letter(subscription, shared), "queue://ActiveMQ.DLQ");
}

TEST_F(DeadLetterPolicies, individual_is_a_queue_for_each) {
    EXPECT_EQ(letter(queue, individual), "queue://ActiveMQ.DLQ.Queue.A");
    EXPECT_EQ(letter(subscription, individual), "queue://ActiveMQ.DLQ.Topic.T");
    individual.queue_prefix = "DLQ.";
    individual.queue_suffix = ".dead";
    individual.per_durable_subscriber = true;
    EXPECT_EQ(letter(queue, individual), "queue://DLQ.A.dead");
    EXPECT_EQ(letter(subscription, individual), "queue://ActiveMQ.DLQ.Topic.T.c:s");
    queue.bindings = {Destination(Domain::queue, false, "DLQ.A.dead")};
    EXPECT_EQ(letter(queue, individual), "");
}

TEST_F(DeadLetterPolicies, say_which_messages_are_worth_a_letter) {
    EXPECT_EQ(letter(queue, shared, Durable::no), "");
    shared.non_persistent = true;
    EXPECT_EQ(letter(queue, shared, Durable::no), "queue://ActiveMQ.DLQ");
    EXPECT_EQ(letter(queue, shared, Durable::yes, Death::Why::expired), "queue://ActiveMQ.DLQ");
    shared.expired = false;
    EXPECT_EQ(letter(queue, shared, Durable::yes, Death::Why::expired), "");
    shared.strategy = DeadLetters::Strategy::discard;
    EXPECT_EQ(letter(queue, shared), "");
}

}  // namespace
}  // namespace tern::engine
