// Whatever a client sends, what it gets is a stream of packets, and the session never asks the
// broker for what makes no sense. What lasts of one connection, the next one finds.

#include "broker/route/exchange_broker.h"
#include "protocol/fuzz_peers.h"
#include "protocol/mqtt/codec/frame.h"
#include "protocol/mqtt/room.h"

#include <cstdlib>
#include <map>

namespace tern::mqtt {
namespace {

/// Of exchanges the session uses one thing only.
class FuzzExchanges final : public broker::ExchangeBroker {
public:
    [[nodiscard]] const broker::Topology& topology() const override { std::abort(); }
    [[nodiscard]] broker::QueueInfoPtr find_queue(std::string_view) const override { std::abort(); }
    [[nodiscard]] bool is_mine(const broker::QueueInfo&) const override { std::abort(); }
    void publish(broker::PublishToExchange) override { std::abort(); }
    void declare_exchange(const broker::Exchange&, broker::Token) override { std::abort(); }
    void remove_exchange(std::string_view, std::string_view, bool, broker::Token) override {
        std::abort();
    }
    void bind(const broker::Binding&, broker::Token) override { std::abort(); }
    void unbind(const broker::Binding&, broker::Token) override { std::abort(); }
    void declare_queue(std::string_view, const broker::QueueOptions&, broker::Token) override {
        std::abort();
    }
    void remove_queue(std::string_view, broker::RemoveCondition, broker::Token) override {
        std::abort();
    }
    void remove_exclusive(broker::Token) override { std::abort(); }
    void purge(std::string_view address, broker::Token token) override {
        TERN_ASSERT(!address.empty() && !token);
    }
    void count(std::string_view, broker::Token) override { std::abort(); }
    void retire(broker::ConsumerNumber, broker::Token) override { std::abort(); }
    void open_getter(broker::ConsumerNumber, std::string_view) override { std::abort(); }
    void get(broker::ConsumerNumber, broker::Token) override { std::abort(); }
};

/// Sends each message for a topic to all consumers, and keeps what goes to queues.
class QueueBroker final : public protocol::FuzzBroker {
public:
    QueueBroker() { queue_.id = broker::QueueId{1}; }

    void publish(broker::Publish command) override {
        if (command.to.domain == broker::Domain::topic) {
            published_ = command.message;
        } else {
            queues_[std::string(command.to.name)].push_back(command.message);
        }
        FuzzBroker::publish(command);
    }
    void subscribe(broker::Subscribe command) override {
        Consumer consumer{.from = command.destinations.front()};
        consumer.browses = command.mode == broker::Subscribe::Mode::browse;
        consumers_.emplace(command.consumer, std::move(consumer));
        FuzzBroker::subscribe(std::move(command));
    }
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> failed,
                     broker::Token token) override {
        consumers_.erase(consumer);
        FuzzBroker::unsubscribe(consumer, failed, token);
    }
    void declare(const broker::Destination& queue, broker::Token token) override {
        queues_[queue.name];
        FuzzBroker::declare(queue, token);
    }
    void remove(const broker::Destination& queue, broker::Token token) override {
        queues_.erase(queue.name);
        FuzzBroker::remove(queue, token);
    }
    [[nodiscard]] bool exists(const broker::DestinationView& queue) const override {
        return queues_.contains(std::string(queue.name));
    }
    void identify(std::string_view client_id, std::string_view instance, broker::Takeover takeover,
                  broker::Token token) override {
        TERN_ASSERT(!client_id.empty());
        FuzzBroker::identify(client_id, instance, takeover, token);
    }
    [[nodiscard]] broker::ExchangeBroker& exchanges() override { return exchanges_; }

    /// Answers and delivers until there is nothing more to be said.
    void play(broker::Listener& listener) {
        const MessagePtr published = std::exchange(published_, nullptr);
        do {
            answer_all(listener);
        } while (play_queues(listener));
        if (published == nullptr) return;
        for (const auto number : numbers()) {
            const auto found = consumers_.find(number);
            if (found == consumers_.end() || found->second.from.domain != broker::Domain::topic) {
                continue;
            }
            listener.deliver(number, queue_, {{delivery(published)}});
        }
    }
    void lose_connection() {
        consumers_.clear();
        disconnected();
    }

private:
    struct Consumer {
        broker::Destination from;
        bool browses = false;
        std::size_t seen = 0;  ///< of the queue's messages
        bool finished = false;
    };

    [[nodiscard]] std::vector<broker::ConsumerNumber> numbers() const {
        std::vector<broker::ConsumerNumber> all;
        for (const auto& [number, consumer] : consumers_) all.push_back(number);
        return all;
    }
    [[nodiscard]] broker::Delivery delivery(const MessagePtr& message) {
        ++ordinal_;
        return {.tag = {queue_.id, ordinal_, {ordinal_}}, .message = message};
    }
    bool play_queues(broker::Listener& listener) {
        bool some = false;
        for (const auto number : numbers()) {
            const auto found = consumers_.find(number);
            if (found == consumers_.end()) continue;
            Consumer& consumer = found->second;
            if (consumer.from.domain == broker::Domain::topic || consumer.finished) continue;
            const auto queue = queues_.find(consumer.from.name);
            std::vector<broker::Delivery> content;
            if (queue != queues_.end()) {
                for (; consumer.seen < queue->second.size(); ++consumer.seen) {
                    content.push_back(delivery(queue->second[consumer.seen]));
                }
            }
            if (consumer.browses) {
                consumer.finished = some = true;
                listener.browsed(number, queue_, content, true);
            } else if (!content.empty()) {
                some = true;
                listener.deliver(number, queue_, content);
            }
        }
        return some;
    }

    FuzzExchanges exchanges_;
    broker::QueueInfo queue_;
    std::map<broker::ConsumerNumber, Consumer> consumers_;
    std::map<std::string, std::vector<MessagePtr>> queues_;
    MessagePtr published_;
    std::uint64_t ordinal_ = 0;
};

class Story {
public:
    void run(Bytes input) {
        while (!input.empty()) input = connection(input);
    }

private:
    /// Returns what is left when it has ended.
    [[nodiscard]] Bytes connection(Bytes input) {
        protocol::FuzzWire wire;
        const auto session = room_.make_session(wire, broker_);
        std::string rest;
        while (!input.empty() && !wire.closed()) {
            // The first byte of a piece says how long it is, and what happens behind it.
            const std::uint8_t control = input[0];
            const Bytes piece = input.subspan(1, std::min<std::size_t>(control, input.size() - 1));
            input = input.subspan(1 + piece.size());
            rest.append(as_text(piece));
            const std::size_t taken = session->receive(as_bytes(rest), nullptr);
            TERN_ASSERT(taken <= rest.size());
            rest.erase(0, taken);
            broker_.play(*session);
            wire.pass(control);
            std::ignore = session->tick(wire.now_ms());
            check(wire.take());
        }
        if (session->lingers()) {
            broker_.play(*session);
            wire.pass(std::int64_t{1} << 40);
            std::ignore = session->tick(wire.now_ms());
            broker_.play(*session);
        }
        session->ended();
        broker_.lose_connection();
        return input;
    }
    static void check(std::string_view output) {
        for (Bytes left = as_bytes(output); !left.empty();) {
            const auto frame = next_frame(left, SIZE_MAX);
            TERN_ASSERT(frame && frame->bytes > 0 && frame->bytes <= left.size());
            left = left.subspan(frame->bytes);
        }
    }

    message::Formats formats_;
    NoMethods methods_;
    Room room_{Options(), methods_, formats_};
    QueueBroker broker_;
};

}  // namespace
}  // namespace tern::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::mqtt::Story().run({data, size});
    return 0;
}
