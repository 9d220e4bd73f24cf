// A connection that is open, and then frames of any content: each is a byte that says its type and
// channel, two of length, and its payload. Whatever comes, what the session answers are frames with
// methods that decode, and it never asks the broker for what makes no sense.

#include "broker/route/exchange_broker.h"
#include "bytes/byte_reader.h"
#include "protocol/amqp091/codec/frame.h"
#include "protocol/amqp091/codec/method_codec.h"
#include "protocol/amqp091/room.h"
#include "protocol/fuzz_peers.h"

#include <algorithm>
#include <array>
#include <map>

namespace tern::amqp091 {
namespace {

class QueueBroker;

/// What exists is what was declared.
class FuzzExchanges final : public broker::ExchangeBroker {
public:
    explicit FuzzExchanges(QueueBroker& broker) : broker_(broker) {
        topology_.add_vhost(broker::kDefaultVhost);
    }

    [[nodiscard]] const broker::Topology& topology() const override { return topology_; }
    [[nodiscard]] broker::QueueInfoPtr find_queue(std::string_view address) const override {
        const auto found = queues_.find(address);
        return found == queues_.end() ? nullptr : found->second;
    }
    [[nodiscard]] bool is_mine(const broker::QueueInfo&) const override { return true; }
    void publish(broker::PublishToExchange command) override;
    void declare_exchange(const broker::Exchange& exchange, broker::Token token) override;
    void remove_exchange(std::string_view vhost, std::string_view name, bool if_unused,
                         broker::Token token) override;
    void bind(const broker::Binding& binding, broker::Token token) override;
    void unbind(const broker::Binding& binding, broker::Token token) override;
    void declare_queue(std::string_view address, const broker::QueueOptions& options,
                       broker::Token token) override;
    void remove_queue(std::string_view address, broker::RemoveCondition condition,
                      broker::Token token) override;
    void remove_exclusive(broker::Token token) override;
    void purge(std::string_view address, broker::Token token) override;
    void count(std::string_view address, broker::Token token) override;
    void retire(broker::ConsumerNumber consumer, broker::Token token) override;
    void open_getter(broker::ConsumerNumber consumer, std::string_view address) override;
    void get(broker::ConsumerNumber consumer, broker::Token token) override;

private:
    QueueBroker& broker_;
    broker::Topology topology_;
    std::map<std::string, broker::QueueInfoPtr, std::less<>> queues_;
    std::uint32_t last_queue_ = 0;
};

class QueueBroker final : public protocol::FuzzBroker {
public:
    [[nodiscard]] broker::ExchangeBroker& exchanges() override { return exchanges_; }

    using FuzzBroker::answer;
    using FuzzBroker::last;
    using FuzzBroker::set_last;

    void answer_count(broker::Token token) {
        if (!token) return;
        answer_with([token](broker::Listener& listener) { listener.counted(token, {}, {}); });
    }
    /// What was published last is what a get finds.
    void answer_get(broker::ConsumerNumber consumer, broker::Token token) {
        answer_with([this, consumer, token](broker::Listener& listener) {
            const broker::Delivery delivery{.tag = {from_.id, ++got_, {}},
                                            .message = last(),
                                            .failures = static_cast<std::uint32_t>(got_ % 2)};
            if (last() != nullptr) listener.deliver(consumer, from_, {&delivery, 1});
            listener.counted(token, {}, {});
        });
    }
    void deliver_last(broker::Listener& listener) { deliver(listener, from_); }

private:
    FuzzExchanges exchanges_{*this};
    broker::QueueInfo from_;
    std::uint64_t got_ = std::uint64_t{1} << 32;
};

void FuzzExchanges::publish(broker::PublishToExchange command) {
    TERN_ASSERT(command.message != nullptr && !command.to.keys.empty());
    TERN_ASSERT(topology_.find(command.to.vhost, command.to.exchange) != nullptr);
    broker_.set_last(std::move(command.message));
    broker_.answer(command.token);
}

void FuzzExchanges::declare_exchange(const broker::Exchange& exchange, broker::Token token) {
    TERN_ASSERT(!exchange.name.empty());
    if (topology_.find(exchange.vhost, exchange.name) == nullptr) topology_.add(exchange);
    broker_.answer(token);
}

void FuzzExchanges::remove_exchange(std::string_view vhost, std::string_view name, bool,
                                    broker::Token token) {
    if (topology_.find(vhost, name) != nullptr) topology_.remove(vhost, name);
    broker_.answer(token);
}

void FuzzExchanges::bind(const broker::Binding& binding, broker::Token token) {
    TERN_ASSERT(topology_.find(binding.vhost, binding.source) != nullptr);
    const broker::QueueInfoPtr queue =
        binding.to_exchange ? nullptr : find_queue(binding.destination);
    TERN_ASSERT(binding.to_exchange || queue != nullptr);
    topology_.bind(binding, queue);
    broker_.answer(token);
}

void FuzzExchanges::unbind(const broker::Binding& binding, broker::Token token) {
    if (topology_.find(binding.vhost, binding.source) != nullptr && topology_.is_bound(binding)) {
        topology_.unbind(binding);
    }
    broker_.answer(token);
}

void FuzzExchanges::declare_queue(std::string_view address, const broker::QueueOptions& options,
                                  broker::Token token) {
    TERN_ASSERT(!address.empty());
    if (find_queue(address) == nullptr) {
        auto queue = std::make_shared<broker::QueueInfo>();
        queue->id = broker::QueueId{++last_queue_};
        queue->bindings = {{broker::Domain::queue, false, std::string(address)}};
        queue->options = std::make_shared<const broker::QueueOptions>(options);
        if (options.exclusive) queue->connection = broker::ConnectionNumber{1};
        queues_.emplace(address, std::move(queue));
    }
    broker_.answer(token);
}

void FuzzExchanges::remove_queue(std::string_view address, broker::RemoveCondition,
                                 broker::Token token) {
    if (const auto found = queues_.find(address); found != queues_.end()) {
        topology_.forget(found->second->id);
        queues_.erase(found);
    }
    broker_.answer_count(token);
}

void FuzzExchanges::remove_exclusive(broker::Token token) {
    broker_.answer(token);
}

void FuzzExchanges::purge(std::string_view address, broker::Token token) {
    TERN_ASSERT(find_queue(address) != nullptr);
    broker_.answer_count(token);
}

void FuzzExchanges::count(std::string_view, broker::Token token) {
    broker_.answer_count(token);
}

void FuzzExchanges::retire(broker::ConsumerNumber, broker::Token token) {
    broker_.answer_count(token);
}

void FuzzExchanges::open_getter(broker::ConsumerNumber consumer, std::string_view address) {
    broker::Subscribe subscribe;
    subscribe.consumer = consumer;
    subscribe.destinations = {{broker::Domain::queue, false, std::string(address)}};
    broker_.subscribe(std::move(subscribe));
}

void FuzzExchanges::get(broker::ConsumerNumber consumer, broker::Token token) {
    broker_.answer_get(consumer, token);
}

class Story {
public:
    void run(Bytes input) {
        send(Bytes(kProtocolHeader));
        const std::string_view login("\0guest\0guest", 12);
        call(0, ConnectionStartOk{.mechanism = "PLAIN", .response = {login}, .locale = "en_US"});
        call(0, ConnectionTuneOk{.channel_max = 7, .frame_max = 8192, .heartbeat = 10});
        call(0, ConnectionOpen{.virtual_host = "/"});
        for (std::uint16_t channel = 1; channel <= kChannels; ++channel) {
            call(channel, ChannelOpen{});
        }
        ByteReader in(input);
        while (!in.done() && !wire_.closed()) {
            const std::uint8_t control = in.u8();
            const std::size_t size = std::min<std::size_t>(in.u16(), in.remaining());
            if (in.failed()) break;
            frame(control, in.take(size));
        }
        session_->ended();
        broker_.disconnected();
    }

private:
    static constexpr std::uint16_t kChannels = 2;

    void frame(std::uint8_t control, Bytes payload) {
        constexpr std::array<std::uint8_t, 4> kTypes{1, 2, 3, 8};
        ByteWriter out;
        out.u8(kTypes[control & 3]);
        out.u16(control >> 2 & 3);
        out.u32(static_cast<std::uint32_t>(payload.size()));
        out.append(payload);
        out.u8(kFrameEnd);
        send(out.bytes());
        if ((control & 0x10) != 0) broker_.deliver_last(*session_);
        wire_.pass(control >> 5);
        std::ignore = session_->tick(wire_.now_ms());
        check();
    }
    template <class M>
    void call(std::uint16_t channel, const M& method) {
        ByteWriter out;
        encode_method(out, channel, method);
        send(out.bytes());
    }
    void send(Bytes bytes) {
        rest_.append(as_text(bytes));
        const std::size_t taken = session_->receive(as_bytes(rest_), nullptr);
        TERN_ASSERT(taken <= rest_.size());
        rest_.erase(0, taken);
        broker_.answer_all(*session_);
        session_->before_flush();
        check();
    }
    void check() {
        const std::string output = wire_.take();
        for (Bytes left = as_bytes(output); !left.empty();) {
            const auto size = frame_size(left, UINT32_MAX);
            TERN_ASSERT(size && *size > 0 && *size <= left.size());
            const auto frame = split_frame(left.first(*size));
            TERN_ASSERT(frame);
            TERN_ASSERT(frame->type != FrameType::method || decode_method(frame->payload));
            left = left.subspan(*size);
        }
    }

    message::Formats formats_;
    Room room_{Options(), formats_};
    QueueBroker broker_;
    protocol::FuzzWire wire_;
    std::unique_ptr<protocol::Session> session_ = room_.make_session(wire_, broker_);
    std::string rest_;
};

}  // namespace
}  // namespace tern::amqp091

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp091::Story().run({data, size});
    return 0;
}
