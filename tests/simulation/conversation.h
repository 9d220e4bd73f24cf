#pragma once

#include "oracle.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/negotiation.h"
#include "socket.h"

#include <memory>

namespace tern::simulation {

/// A message as a client has got it: what it takes to acknowledge it.
struct Received {
    Number number = 0;
    std::string producer_connection;
    std::int64_t producer_session = 0;
    std::int64_t producer_value = 0;
    std::int64_t sequence = 0;
    std::int64_t broker_sequence = 0;
    bool large = false;  ///< its body lies in a file

    /// It refers to this object.
    [[nodiscard]] openwire::MessageId id() const;
};

/// Session and number in it, of a consumer or producer.
using Key = std::pair<std::int64_t, std::int64_t>;

/// What happens with the answer to a command: at the broker's end, and when it arrives. Without
/// both no answer is asked for.
struct Answer {
    std::function<void(bool refused)> said{};
    std::function<void(bool refused)> heard{};
    Socket::Given given = Socket::Given::with_others;
};

/// One connection of a client: frames, negotiation, requests and answers. Tells the oracle what the
/// broker says, and the client what arrives.
class Conversation final : private Socket::Ends {
public:
    class Listener {
    public:
        virtual ~Listener() = default;
        /// Both sides know how to encode: the client may introduce itself.
        virtual void negotiated(Conversation& by) = 0;
        virtual void received(Conversation& by, Key consumer, Received message) = 0;
        /// Nothing more: the end of a browse, a pull that found nothing.
        virtual void received_nothing(Conversation& by, Key consumer) = 0;
        virtual void received_advisory(Conversation& by, Key consumer) = 0;
    };

    Conversation(Machine& machine, ShardId shard, Listener& client, Oracle& oracle, Trace& trace,
                 const openwire::WireFormatProperties& offer, std::function<void()> before_taking);
    ~Conversation() override;

    [[nodiscard]] Socket& socket() { return socket_; }
    [[nodiscard]] const Socket& socket() const { return socket_; }
    [[nodiscard]] Oracle::Connection connection() const { return connection_; }
    [[nodiscard]] int version() const { return decoder_.format().version; }

    template <class T>
    void send(T command, std::function<void()> taken, Answer answer = {}) {
        command.command_id = ++last_command_;
        command.response_required = answer.said || answer.heard;
        const Socket::Given given = answer.given;
        if (command.response_required) answers_[command.command_id] = std::move(answer);
        if (const auto encoded = encoder_.encode(command, frame_); !encoded) {
            trace_.violation("cannot encode a command: {}", encoded.error().message());
        }
        socket_.write(frame_.bytes(), given, std::move(taken));
        frame_.clear();
    }

    /// Whose dispatches these are.
    struct Subscription {
        Oracle::Consumer id = 0;
        bool watches_temporaries = false;
        bool dead_letters = false;
    };
    void subscribed(Key key, Subscription what) { subscriptions_[key] = what; }

    /// Bytes that the broker has given back to the producer's window.
    [[nodiscard]] std::int64_t acknowledged_bytes(Key producer) {
        return acknowledged_bytes_[producer];
    }

private:
    // Socket::Ends
    std::function<void()> said(Bytes frame) override;
    void caught_up() override { oracle_.caught_up(connection_); }
    void clogged(bool is) override { oracle_.clogged(connection_, is); }
    void lost() override;

    using Heard = std::function<void()>;
    Heard on(const openwire::WireFormatInfo& info);
    Heard on(const openwire::MessageDispatch& dispatch);
    Heard on(const openwire::ConnectionError& error);
    Heard on(const openwire::ProducerAck& ack);
    Heard answered(std::int32_t command, bool refused);
    Heard advisory(Key key, const Subscription& subscription, const openwire::Message& message);

    Listener& client_;
    Oracle& oracle_;
    Trace& trace_;
    const openwire::WireFormatProperties offer_;
    Oracle::Connection connection_;
    openwire::Decoder decoder_;
    openwire::Encoder encoder_;
    ByteWriter frame_;
    std::int32_t last_command_ = 0;
    std::map<std::int32_t, Answer> answers_;
    std::map<Key, Subscription> subscriptions_;
    std::map<Key, std::int64_t> acknowledged_bytes_;
    Socket socket_;
};

}  // namespace tern::simulation
