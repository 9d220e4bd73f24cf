#pragma once

#include "broker/api/broker.h"
#include "message/formats.h"
#include "protocol/amqp10/codec/frame.h"
#include "protocol/amqp10/codec/performatives.h"
#include "protocol/amqp10/options.h"
#include "protocol/amqp10/sasl.h"
#include "protocol/amqp10/transactions.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <functional>
#include <map>
#include <unordered_map>

namespace tern::amqp10 {

class Session;
struct Consumer;

/// What all connections of a room share.
struct Environment {
    const Options& options;
    const message::Formats& formats;
};

/// One AMQP 1.0 connection at the broker's end: protocol headers, SASL, open and close, signs of
/// life, and the sessions by their channels.
class Connection final : public protocol::Session {
public:
    /// `serial` tells this connection from all others of this run.
    Connection(const Environment& environment, std::uint64_t serial, protocol::Wire& wire,
               broker::Broker& broker);
    ~Connection() override;

    // protocol::Session
    void start() override {}
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer* owner) override;
    [[nodiscard]] std::size_t wanted() const override { return wanted_; }
    [[nodiscard]] std::optional<std::uint64_t> whole_body_max() const override { return {}; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override;
    void before_flush() override;
    void shut_down() override;
    void ended() override;
    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> content, bool last) override;
    void cancelled(broker::ConsumerNumber consumer) override;
    void revoked(broker::ConsumerNumber consumer) override;
    void evicted(broker::ConnectionEnd why) override;

    // For its sessions.
    [[nodiscard]] const Options& options() const { return environment_.options; }
    [[nodiscard]] const message::Formats& formats() const { return environment_.formats; }
    [[nodiscard]] broker::Broker& broker() { return broker_; }
    [[nodiscard]] protocol::Wire& wire() { return wire_; }
    [[nodiscard]] Transactions& transactions() { return transactions_; }
    /// The peer's, which is also its client id.
    [[nodiscard]] const std::string& container_id() const { return container_id_; }
    [[nodiscard]] std::uint32_t peer_frame_bytes_max() const { return peer_frame_bytes_max_; }
    [[nodiscard]] bool closing() const { return closing_; }
    /// Links that its sessions receive messages on.
    [[nodiscard]] std::size_t producers() const;
    /// Where frames go: the wire, once the peer's open was answered.
    [[nodiscard]] Output& output();
    template <class T>
    void send(std::uint16_t channel, const T& performative);
    /// Memory to encode a frame in.
    [[nodiscard]] ByteWriter& scratch() { return scratch_; }
    /// More deliveries should not be written now.
    [[nodiscard]] bool output_is_high() const;
    /// Has `before_flush` called.
    void want_turn_end() { std::ignore = wire_.output(); }

    /// Runs when the broker has answered.
    using Continuation = std::move_only_function<void(std::error_code)>;
    [[nodiscard]] broker::Token then(Continuation continuation);
    /// The token of a publish that came on a session as this delivery.
    [[nodiscard]] static broker::Token publish_token(std::uint32_t session,
                                                     std::uint32_t delivery_id);
    [[nodiscard]] broker::ConsumerNumber add_consumer(Consumer& consumer);
    void forget_consumer(broker::ConsumerNumber number) { consumers_.erase(number); }
    [[nodiscard]] Consumer* find_consumer(broker::ConsumerNumber number);
    [[nodiscard]] amqp10::Session* find_session(std::uint32_t serial);
    /// A number for one more producer, from 1.
    [[nodiscard]] std::uint32_t next_producer() { return ++last_producer_; }
    [[nodiscard]] std::string make_temporary_name();
    /// Has the broker know of all that the peer has settled.
    void flush_settlements();
    /// Tells the peer what it did wrong and ends the connection.
    void fail(std::string_view condition, std::string_view description);

private:
    enum class State : std::uint8_t {
        header,
        sasl,
        logging_in,
        sasl_done,
        unopened,
        opening,
        open,
    };

    [[nodiscard]] std::size_t header_or_frame_bytes(Bytes rest);
    void on_header(Bytes eight);
    void on_frame(Bytes bytes, const Buffer* owner);
    void on_sasl(Bytes body);
    void on_sasl(const Sasl::Step& step);
    void log_in(const Sasl::Step& step);
    void ask_for_keys(const std::string& user, broker::ScramHash hash);
    void logged_in(std::string_view data);
    void deny(SaslCode why);
    [[nodiscard]] std::size_t take(Bytes input, const Buffer* owner);
    void resume();
    void send_sasl_header();
    void on_transfer(const Frame& frame, const Buffer* owner);
    [[nodiscard]] amqp10::Session* session_of(std::uint16_t channel);
    void handle(std::uint16_t channel, const Performative& performative, const Buffer* owner);
    void on(const Open& open);
    void take_container_id();
    void answer_open();
    void refuse_open(const Error& error);
    void on(std::uint16_t channel, const Begin& begin);
    void on(const Close& close);
    [[nodiscard]] Open make_open(Bytes properties) const;
    void end_sessions();
    void hang_up(std::string_view reason);
    template <class T>
    void send_sasl(const T& frame);

    const Environment& environment_;
    std::uint64_t serial_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    ByteWriter scratch_;

    State state_ = State::header;
    bool closing_ = false;
    std::unique_ptr<Sasl> sasl_;
    bool logged_in_ = false;
    std::string early_;  ///< what came while the broker was asked
    std::string container_id_;
    bool sole_ = false;
    std::uint32_t peer_frame_bytes_max_ = kFrameBytesMin;
    std::uint16_t channel_max_ = 0;
    std::unique_ptr<Output> postponed_;
    std::size_t wanted_ = kProtocolHeaderBytes;

    std::int64_t started_ms_ = 0;
    std::int64_t received_ms_ = 0;
    std::int64_t sent_ms_ = 0;
    bool received_ = false;
    bool sent_ = false;
    std::uint32_t peer_idle_timeout_ms_ = 0;

    std::map<std::uint16_t, std::unique_ptr<amqp10::Session>> sessions_;
    std::unordered_map<broker::ConsumerNumber, Consumer*> consumers_;
    Transactions transactions_;
    std::uint32_t last_session_ = 0;
    std::uint32_t last_consumer_ = 0;
    std::uint32_t last_producer_ = 0;
    std::uint64_t last_temporary_ = 0;
    std::unordered_map<std::uint64_t, Continuation> continuations_;
    std::uint64_t last_token_ = 0;
};

}  // namespace tern::amqp10
