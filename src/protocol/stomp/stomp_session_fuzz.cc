// Whatever a client sends, what it gets is a stream of frames, and the session never asks the
// broker for what makes no sense.

#include "base/assert.h"
#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/room.h"

#include <cstdlib>
#include <deque>
#include <set>

namespace tern::stomp {
namespace {

class FuzzWire final : public protocol::Wire {
public:
    [[nodiscard]] Output& output() override { return out; }
    void close(std::string_view) override { closed = true; }
    [[nodiscard]] std::string_view peer() const override { return "fuzz"; }
    void tick_by(std::int64_t) override {}
    [[nodiscard]] std::int64_t now_ms() const override { return now; }

    Output out;
    bool closed = false;
    std::int64_t now = 0;
};

/// Takes everything and sends every message to every consumer.
class FuzzBroker final : public broker::Broker {
public:
    void publish(broker::Publish command) override {
        TERN_ASSERT(!command.to.name.empty() && command.message != nullptr);
        TERN_ASSERT(!command.transaction || open.contains(command.transaction));
        messages.push_back(command.message);
        answer(command.token);
    }
    void subscribe(broker::Subscribe command) override {
        TERN_ASSERT(!command.destinations.empty());
        TERN_ASSERT(consumers.insert(command.consumer).second);
        answer(command.token);
    }
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag>,
                     broker::Token token) override {
        TERN_ASSERT(consumers.erase(consumer) == 1);
        answer(token);
    }
    void grant(broker::ConsumerNumber consumer, std::uint32_t credit) override {
        TERN_ASSERT(consumers.contains(consumer) && credit > 0);
    }
    void drain(broker::ConsumerNumber, broker::Token token) override { answer(token); }
    void settle(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                broker::Outcome, broker::TransactionNumber transaction) override {
        TERN_ASSERT(consumers.contains(consumer) && !tags.empty());
        TERN_ASSERT(!transaction || open.contains(transaction));
    }
    void reject(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                std::string_view) override {
        TERN_ASSERT(consumers.contains(consumer) && !tags.empty());
    }
    void forget_subscription(const broker::SubscriptionKey&, broker::Token token) override {
        answer(token);
    }
    [[nodiscard]] std::string selector_problem(std::string_view) const override { return {}; }
    void begin(broker::TransactionNumber transaction) override {
        TERN_ASSERT(open.insert(transaction).second);
    }
    void commit(broker::TransactionNumber transaction, broker::Token token) override {
        TERN_ASSERT(open.erase(transaction) == 1);
        answer(token);
    }
    void rollback(broker::TransactionNumber transaction, broker::Token token) override {
        commit(transaction, token);
    }
    void declare(const broker::Destination& destination, broker::Token token) override {
        TERN_ASSERT(destination.temporary);
        answer(token);
    }
    void remove(const broker::Destination&, broker::Token token) override { answer(token); }
    [[nodiscard]] bool exists(const broker::DestinationView&) const override { return true; }
    [[nodiscard]] std::vector<broker::Destination> temporary_destinations() const override {
        return {};
    }
    void identify(std::string_view, std::string_view, broker::Token token) override {
        answer(token);
    }
    broker::QueueInfoPtr find_subscription(const broker::SubscriptionKey&) const override {
        return nullptr;
    }
    /// STOMP knows no exchanges.
    broker::ExchangeBroker& exchanges() override { std::abort(); }
    [[nodiscard]] std::int64_t wall_ms() const override { return 1; }

    void answer(broker::Token token) {
        if (token) answers.push_back(token);
    }

    std::deque<broker::Token> answers;
    std::vector<MessagePtr> messages;
    std::set<broker::ConsumerNumber> consumers;
    std::set<broker::TransactionNumber> open;
};

class Story {
public:
    Story() {
        queue_.id = broker::QueueId{1};
        queue_.bindings = {{broker::Domain::queue, false, "q"}};
    }

    void run(Bytes input) {
        std::string rest;
        std::uint64_t turn = 0;
        while (!input.empty() && !wire_.closed) {
            // The first byte of a piece says how long it is, and what happens behind it.
            const std::uint8_t control = input[0];
            const Bytes piece = input.subspan(1, std::min<std::size_t>(control, input.size() - 1));
            input = input.subspan(1 + piece.size());
            rest.append(as_text(piece));
            const std::size_t taken = session_->receive(as_bytes(rest), nullptr);
            TERN_ASSERT(taken <= rest.size());
            rest.erase(0, taken);
            settle();
            deliver(++turn);
            wire_.now += control;
            std::ignore = session_->tick(wire_.now);
            check_output();
        }
        session_->ended();
    }

private:
    static Options options() {
        Options made;
        made.broker_id = "ID:fuzz";
        return made;
    }
    void settle() {
        while (!broker_.answers.empty()) {
            const broker::Token token = broker_.answers.front();
            broker_.answers.pop_front();
            session_->completed(token, {});
        }
    }
    void deliver(std::uint64_t turn) {
        if (broker_.messages.empty()) return;
        broker::Delivery delivery;
        delivery.tag = {broker::QueueId{1}, turn, {}};
        delivery.message = broker_.messages.back();
        const auto consumers = broker_.consumers;
        for (const broker::ConsumerNumber one : consumers) {
            session_->deliver(one, queue_, {&delivery, 1});
        }
    }
    void check_output() {
        std::array<Bytes, 4096> pieces;
        const std::size_t count = wire_.out.gather(pieces);
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += as_text(pieces[i]);
        wire_.out.consume(wire_.out.size());
        Decoder decoder(Limits{.headers = SIZE_MAX});
        for (Bytes left = as_bytes(text); !left.empty();) {
            if (left.front() == '\n') {
                left = left.subspan(1);
                continue;
            }
            const auto end = decoder.find_end(left);
            TERN_ASSERT(end && *end > 0);
            const std::string_view command =
                decoder.decode(left.first(*end), Version::v1_2).command;
            TERN_ASSERT(command == "CONNECTED" || command == "MESSAGE" || command == "RECEIPT" ||
                        command == "ERROR");
            left = left.subspan(*end);
        }
    }

    message::Formats formats_;
    Room room_{options(), formats_};
    FuzzWire wire_;
    FuzzBroker broker_;
    broker::QueueInfo queue_;
    std::unique_ptr<protocol::Session> session_ = room_.make_session(wire_, broker_);
};

}  // namespace
}  // namespace tern::stomp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::stomp::Story().run({data, size});
    return 0;
}
