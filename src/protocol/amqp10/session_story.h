#pragma once

#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/room.h"
#include "protocol/amqp10/stored.h"
#include "protocol/fuzz_peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace tern::amqp10 {

/// A broker that agrees to everything, and remembers what it was asked for.
class RecordingBroker final : public protocol::FuzzBroker {
public:
    void publish(broker::Publish command) override {
        published.push_back(command.message);
        FuzzBroker::publish(std::move(command));
    }
    void subscribe(broker::Subscribe command) override {
        consumer = command.consumer;
        FuzzBroker::subscribe(std::move(command));
    }
    void grant(broker::ConsumerNumber who, std::uint32_t credit) override {
        granted += credit;
        FuzzBroker::grant(who, credit);
    }
    void settle(broker::ConsumerNumber who, std::span<const broker::DeliveryTag> tags,
                broker::Outcome outcome, broker::TransactionNumber transaction) override {
        for (std::size_t i = 0; i < tags.size(); ++i) settled.push_back(outcome);
        FuzzBroker::settle(who, tags, outcome, transaction);
    }

    broker::ConsumerNumber consumer;  ///< the last one
    std::uint64_t granted = 0;
    std::vector<MessagePtr> published;
    std::vector<broker::Outcome> settled;
};

/// A client with one session, frame by frame. Turns end when it has said something.
class SessionStory : public testing::Test {
protected:
    explicit SessionStory(Options options = {}) : room_(std::move(options), formats_) {}
    ~SessionStory() override { session_->ended(); }

    void open() {
        std::ignore = session_->receive(protocol_header(ProtocolId::amqp), nullptr);
        say(Open{.container_id = "me", .frame_bytes_max = 100'000});
        say(Begin{.incoming_window = 10'000, .outgoing_window = 10'000});
        ASSERT_TRUE(hear<Begin>());
    }
    template <class T>
    void say(const T& performative, Bytes payload = {}) {
        ByteWriter out;
        const std::size_t at = begin_frame(out, FrameType::amqp, 0);
        encode(performative, out);
        out.append(payload);
        end_frame(out, at);
        EXPECT_EQ(session_->receive(out.bytes(), nullptr), out.size());
        turn();
    }
    /// What is on its way at the broker arrives, and the turn ends.
    void turn() {
        broker_.answer_all(*session_);
        session_->before_flush();
        while (!wire_.output().empty()) {
            listen(wire_.take());
            session_->drained();
        }
    }
    /// The next frame of that kind; others before it are passed over.
    template <class T>
    std::optional<T> hear() {
        while (!frames_.empty()) {
            const Performative next = std::move(frames_.front());
            frames_.pop_front();
            if (const auto* wanted = std::get_if<T>(&next)) return *wanted;
        }
        return {};
    }

    void attach_coordinator(std::uint32_t handle) {
        Attach attach{.name = "coordinator", .handle = handle, .role = Role::sender};
        attach.source.emplace();
        attach.coordinator = true;
        attach.initial_delivery_count = 0;
        say(attach);
    }
    void attach_sender(std::uint32_t handle, std::string_view address) {
        Attach attach{.name = "sender", .handle = handle, .role = Role::sender};
        attach.source.emplace();
        attach.target.emplace().address = address;
        attach.initial_delivery_count = 0;
        say(attach);
    }
    void attach_receiver(std::uint32_t handle, std::string_view address, std::uint32_t credit) {
        Attach attach{.name = "receiver", .handle = handle, .role = Role::receiver};
        attach.source.emplace().address = address;
        attach.target.emplace();
        say(attach);
        give_credit(handle, 0, credit);
    }
    void give_credit(std::uint32_t handle, std::uint32_t count, std::uint32_t credit) {
        say(Flow{.next_incoming_id = 0,
                 .incoming_window = 10'000,
                 .next_outgoing_id = 0,
                 .outgoing_window = 10'000,
                 .handle = handle,
                 .delivery_count = count,
                 .link_credit = credit});
    }
    void send(std::uint32_t handle, std::uint32_t id, Bytes message) {
        say(Transfer{.handle = handle,
                     .delivery_id = id,
                     .delivery_tag = Bytes(),
                     .message_format = 0,
                     .settled = false},
            message);
    }
    /// A request to the coordinator: its descriptor and the fields of its list.
    void ask_coordinator(std::uint32_t handle, std::uint32_t id, Descriptor request,
                         std::optional<std::string_view> transaction) {
        ByteWriter out;
        put_descriptor(out, Descriptor::amqp_value);
        FieldWriter fields(out, request);
        if (transaction) {
            fields.binary(as_bytes(*transaction));
            fields.boolean(false, true);
        }
        fields.end();
        send(handle, id, out.bytes());
    }
    /// The broker delivers a message with such a body.
    void deliver(std::size_t body_bytes = 10) {
        const std::string encoded = data_message(body_bytes);
        ByteWriter scratch;
        const auto message =
            store(*find_sections(as_bytes(encoded)),
                  {.to = {broker::Domain::queue, false, "q"}, .now_ms = 1}, {}, scratch);
        const broker::Delivery delivery{
            .tag = {broker::QueueId{1}, ++ordinal_, {}}, .message = *message, .failures = 0};
        session_->deliver(broker_.consumer, queue_, {&delivery, 1});
        turn();
    }
    [[nodiscard]] static std::string data_message(std::size_t body_bytes) {
        ByteWriter encoded;
        put_descriptor(encoded, Descriptor::data);
        const std::vector<std::uint8_t> body(body_bytes, 'x');
        put_binary(encoded, body);
        return std::string(as_text(encoded.bytes()));
    }

    message::Formats formats_;
    Room room_;
    protocol::FuzzWire wire_;
    RecordingBroker broker_;
    std::unique_ptr<protocol::Session> session_ = room_.make_session(wire_, broker_);

private:
    void listen(std::string said) {
        heard_.push_back(std::move(said));
        for (Bytes rest = as_bytes(heard_.back()); !rest.empty();) {
            if (as_text(rest).starts_with("AMQP")) {
                rest = rest.subspan(kProtocolHeaderBytes);
                continue;
            }
            const auto size = frame_size(rest, UINT32_MAX);
            const auto frame = read_frame(rest.first(*size));
            const auto performative = decode(frame->body);
            ASSERT_TRUE(performative);
            frames_.push_back(*performative);
            rest = rest.subspan(*size);
        }
    }

    broker::QueueInfo queue_;
    std::uint64_t ordinal_ = 0;
    std::deque<std::string> heard_;  ///< the frames view it
    std::deque<Performative> frames_;
};

}  // namespace tern::amqp10
