#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "message/formats.h"
#include "protocol/session.h"
#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/codec/encoder.h"
#include "protocol/stomp/delivery.h"
#include "protocol/stomp/destination.h"
#include "protocol/stomp/options.h"
#include "protocol/stomp/rabbitmq.h"
#include "protocol/stomp/subscription.h"
#include "protocol/wire.h"

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace tern::stomp {

/// One STOMP connection at the broker's end, in ActiveMQ's dialect: an ERROR frame that names its
/// cause ends the connection only when the stream makes no sense any more.
class Session final : public protocol::Session {
public:
    /// `connection_id` is unique; ids of messages and temporary destinations begin with it.
    Session(const Options& options, const message::Formats& formats, std::string connection_id,
            protocol::Wire& wire, broker::Broker& broker);

    // protocol::Session
    void start() override {}
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer* owner) override;
    [[nodiscard]] std::size_t wanted() const override {
        return early_.empty() ? decoder_.wanted() : 0;
    }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override;
    void shut_down() override;
    void ended() override {}
    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> content, bool last) override;
    void counted(broker::Token token, std::error_code error, const broker::QueueCounts&) override {
        completed(token, error);
    }
    void revoked(broker::ConsumerNumber consumer) override;
    void evicted(broker::ConnectionEnd why) override;

private:
    enum class State : std::uint8_t { new_peer, connecting, connected, leaving, closed };

    /// Runs when the broker has answered.
    using Continuation = std::move_only_function<void(std::error_code)>;
    struct Pending {
        std::string receipt;
        Continuation then;
        std::string about;  ///< for the text of an error
        bool answered = false;
    };
    struct Subscribed {
        Subscribed(broker::ConsumerNumber number, AckMode mode, std::uint32_t prefetch)
            : window(number, mode, prefetch) {}

        std::string id;           ///< empty: none was given (1.0)
        std::string destination;  ///< as the client named it
        std::string transformation;
        Subscription window;
        bool browser = false;
        bool browsed = false;
    };
    /// A delivery that waits for the output to drain; without a message: the end of a browse.
    struct Held {
        broker::ConsumerNumber consumer;
        broker::Destination from;
        bool is_subscription = false;
        broker::Delivery delivery;
    };
    using Names = std::map<std::string, broker::TransactionNumber, std::less<>>;

    // session.cc: the stream, connecting, heart-beats, answers
    [[nodiscard]] std::size_t process(Bytes input, const Buffer* owner);
    void handle(const Frame& frame, const Buffer* owner);
    void on_connect(const Frame& frame);
    void take_client_id(const std::string& response_id);
    [[nodiscard]] Result<void> negotiate(const Frame& frame);
    [[nodiscard]] Result<void> read_heart_beat(const Frame& frame);
    void connected(std::string_view response_id);
    void on_disconnect(const Frame& frame);
    void leave_when_answered();
    [[nodiscard]] Output& out();
    void fail(std::string_view receipt, std::string_view problem);
    void fail_for_good(std::string_view receipt, std::string_view problem);
    void receipt(std::string_view id);
    [[nodiscard]] broker::Token pending(const Frame& frame, std::string about,
                                        Continuation then = nullptr);

    // session_send.cc: messages in, transactions
    void on_send(const Frame& frame, const Buffer* owner);
    void on_begin(const Frame& frame);
    void on_end(const Frame& frame, bool commit);
    [[nodiscard]] std::optional<broker::TransactionNumber> transaction_of(const Frame& frame);
    [[nodiscard]] broker::Destination resolve(const Named& named);

    // session_rabbitmq.cc: destinations as RabbitMQ has them
    [[nodiscard]] std::optional<RabbitDestination> rabbit_destination(const Frame& frame);
    [[nodiscard]] broker::Destination reply_queue(std::string_view alias);
    void send_rabbitmq(const Frame& frame, const Buffer* owner);
    void subscribe_rabbitmq(const Frame& frame);
    [[nodiscard]] static std::string durable_queue(std::string_view id,
                                                   std::string_view destination);
    void unsubscribe_rabbitmq(const Frame& frame);

    // session_consume.cc: subscriptions, messages out, acknowledgements
    void on_subscribe(const Frame& frame);
    void open(broker::Subscribe command, std::unique_ptr<Subscribed> made,
              std::string_view receipt_id, std::string_view about);
    /// A subscription of a queue that is there, or being made.
    struct Opening {
        std::string_view id;
        std::string_view destination;  ///< as the client named it
        std::string_view receipt;
        const Frame* frame;  ///< null: none asked for it
    };
    void open_subscription(const Opening& opening, const broker::Destination& queue);
    void forget(broker::ConsumerNumber number);
    [[nodiscard]] std::string subscribe_problem(const Frame& frame,
                                                const std::vector<Named>& named) const;
    void on_unsubscribe(const Frame& frame);
    void forget_durable(const Frame& frame, std::string_view name);
    void on_ack(const Frame& frame, bool positive);
    struct Found {
        Subscribed* subscribed = nullptr;
        std::size_t position = 0;
    };
    [[nodiscard]] Found find_unacked(const Frame& frame);
    [[nodiscard]] Found find_by_message_id(std::string_view id, std::string_view subscription);
    [[nodiscard]] Subscribed* find(broker::ConsumerNumber number);
    [[nodiscard]] Subscribed* find_subscription(std::string_view id, std::string_view destination);
    void forward(broker::ConsumerNumber number, Subscribed& to, const broker::Destination& from,
                 bool is_subscription, const broker::Delivery& delivery);
    void send_message(Subscribed& to, const broker::Destination& from, bool is_subscription,
                      const broker::Delivery& delivery);
    void send_browse_end(const Subscribed& to);
    [[nodiscard]] Result<MessagePtr> native(const MessagePtr& stored);
    [[nodiscard]] std::string name_of(const broker::DestinationView& destination) const;
    [[nodiscard]] std::string reply_name(const broker::DestinationView& destination) const;
    void grant(Subscribed& to);

    const Options& options_;
    const message::Formats& formats_;
    const std::string connection_id_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    Decoder decoder_;
    ByteWriter scratch_;
    /// What came behind CONNECT before that was answered, and what followed since.
    std::string early_;
    State state_ = State::new_peer;
    Version version_ = Version::v1_0;
    std::string client_id_;
    std::string leave_receipt_;

    // liveness, in milliseconds; an interval of 0 is none
    std::int64_t started_ms_;
    std::int64_t client_beat_ms_ = 0;
    std::int64_t server_beat_ms_ = 0;
    std::int64_t received_ms_ = 0;
    std::int64_t wrote_ms_ = 0;

    std::map<broker::ConsumerNumber, std::unique_ptr<Subscribed>> subscriptions_;
    std::uint32_t last_consumer_ = 0;
    Names transactions_;
    std::uint64_t last_transaction_ = 0;
    std::map<std::string, broker::Destination, std::less<>> temporaries_;  ///< by `/temp-…` name
    std::uint64_t last_message_ = 0;

    /// Commands that the broker has not answered, by their tokens, which count up.
    FrugalDeque<Pending> pending_;
    std::uint64_t first_pending_ = 1;
    FrugalDeque<Held> held_;
    MessagePtr last_foreign_;
    MessagePtr last_native_;
};

}  // namespace tern::stomp
