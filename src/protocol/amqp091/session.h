#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "broker/route/exchange_broker.h"
#include "message/formats.h"
#include "protocol/amqp091/arguments.h"
#include "protocol/amqp091/channel.h"
#include "protocol/amqp091/codec/method_codec.h"
#include "protocol/amqp091/failure.h"
#include "protocol/amqp091/options.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>

namespace tern::amqp091 {

/// One AMQP 0-9-1 connection at the broker's end. Methods take effect strictly in their order: one
/// whose answer the broker owes holds up those behind it.
class Session final : public protocol::Session {
public:
    /// `names` counts what was ever named for a client.
    Session(const Options& options, const message::Formats& formats,
            std::atomic<std::uint64_t>& names, protocol::Wire& wire, broker::Broker& broker);

    // protocol::Session
    void start() override {}
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer* owner) override;
    [[nodiscard]] std::size_t wanted() const override { return wanted_; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override;
    void before_flush() override;
    void shut_down() override;
    void ended() override;
    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void counted(broker::Token token, std::error_code error,
                 const broker::QueueCounts& counts) override;
    void cancelled(broker::ConsumerNumber consumer) override;
    [[nodiscard]] broker::PortraitPtr portrait() const override;
    void evicted(broker::ConnectionEnd why) override;

private:
    enum class Phase : std::uint8_t { header, start, tune, open, running, closing };
    /// The rest of a method, once the broker has answered.
    using Then = std::move_only_function<void(std::error_code, const broker::QueueCounts&)>;
    struct Held {
        broker::ConsumerNumber consumer;
        broker::Delivery delivery;
    };

    // session.cc: frames, order, liveness, errors
    std::size_t process(Bytes input, const Buffer* owner);
    [[nodiscard]] std::size_t take_protocol_header(Bytes input);
    void handle(const Frame& frame, const Buffer* owner);
    void handle_method(const Frame& frame);
    void handle_closing(const Frame& frame);
    [[nodiscard]] std::uint32_t frame_limit() const;
    template <class M>
    void send(std::uint16_t channel, const M& method);
    void close_with(const Failure& failure, MethodId method = {});
    void fail(Channel& channel, const Failure& failure);
    void fail(const Failure& failure) { close_with(failure, method_); }
    [[nodiscard]] broker::Token wait_for(Then then);
    void answered(broker::Token token, std::error_code error, const broker::QueueCounts& counts);
    void resume();
    /// Lets others see what was counted.
    void hand_over();
    [[nodiscard]] Channel* find_channel(std::uint16_t number);
    [[nodiscard]] std::string generated(std::string_view prefix);

    // session_connection.cc: negotiation, channels
    void start_connection();
    void on(const ConnectionStartOk& method);
    void on(const ConnectionTuneOk& method);
    void on(const ConnectionOpen& method);
    void on(const ConnectionClose& method);
    void on(const ConnectionCloseOk& method);
    void on(const ConnectionUpdateSecret& method);
    /// What the client is told of an error about a resource, as `in_vhost` words that.
    [[nodiscard]] Failure refusal(std::error_code error, std::string_view resource) const;
    [[nodiscard]] bool may_log_in(std::string_view user, std::string_view password) const;
    void logged_in(const std::string& user);
    void refuse_login(std::string_view mechanism);
    /// Takes a place of the virtual host's connections, and one of the user's; fails otherwise.
    [[nodiscard]] bool take_places();
    void open_channel(std::uint16_t number);
    void close_channel(Channel& channel);
    void count_end(const Channel& channel);
    void release_everything(Channel& channel);
    /// Others may consume from a queue that `consumer` had for itself.
    void share(const Consumer& consumer);
    void on(Channel& channel, const ChannelOpen& method);
    void on(Channel& channel, const ChannelFlow& method);
    void on(Channel& channel, const ChannelClose& method);
    void on(Channel& channel, const AccessRequest& method);

    // session_topology.cc: exchanges, queues, bindings
    void on(Channel& channel, const ExchangeDeclare& method);
    void on(Channel& channel, const ExchangeDelete& method);
    void on(Channel& channel, const ExchangeBind& method);
    void on(Channel& channel, const ExchangeUnbind& method);
    void on(Channel& channel, const QueueDeclare& method);
    void on(Channel& channel, const QueueBind& method);
    void on(Channel& channel, const QueueUnbind& method);
    void on(Channel& channel, const QueuePurge& method);
    void on(Channel& channel, const QueueDelete& method);
    void make_queue(Channel& channel, const std::string& name, const broker::QueueOptions& wanted,
                    bool no_wait);
    [[nodiscard]] std::string_view default_queue_type() const;
    [[nodiscard]] Failure too_many_queues(std::string_view name) const;
    void tell_queue(Channel& channel, const std::string& name, bool no_wait);
    template <class Ok, class M>
    void bind(Channel& channel, const M& method, broker::Binding binding, bool no_wait, bool add);
    /// What would have been read, written and configured, for the text of a refusal.
    struct Resources {
        std::string read;
        std::string written;
        std::string configured;

        [[nodiscard]] const std::string& of(std::error_code error) const;
    };
    [[nodiscard]] Resources resources_of(std::string_view queue,
                                         const broker::QueueOptions& options) const;
    template <class Ok>
    void answer_when_done(Channel& channel, bool no_wait, Resources about,
                          const std::function<void(broker::Token)>& ask);
    /// The queue a method means: `name`, or the last one declared. Fails the channel otherwise.
    [[nodiscard]] std::optional<std::string> queue_name(Channel& channel, std::string_view name);
    /// It exists and is not another connection's; fails the channel otherwise.
    [[nodiscard]] broker::QueueInfoPtr usable_queue(Channel& channel, const std::string& name);
    [[nodiscard]] std::string address(std::string_view queue) const;
    /// What an exchange is called in refusals.
    [[nodiscard]] std::string exchange_text(std::string_view name) const;
    /// Whether there is no error; fails the channel otherwise, as for want of rights to `resource`.
    [[nodiscard]] bool permitted(Channel& channel, std::error_code error,
                                 std::string_view resource);
    [[nodiscard]] bool may_read(Channel& channel, const std::string& queue);
    [[nodiscard]] bool may_bind(Channel& channel, const broker::Binding& binding);
    [[nodiscard]] bool check_exchange(Channel& channel, std::string_view name);
    void fail_missing(Channel& channel, std::string_view kind, std::string_view name);

    // session_publish.cc: messages in, confirms, transactions
    void on(Channel& channel, const BasicPublish& method);
    void take_header(Channel& channel, Bytes payload);
    void take_body(Channel& channel, Bytes payload, const Buffer* owner);
    [[nodiscard]] bool check_properties(Channel& channel, const Properties& properties);
    void read_properties(Incoming& incoming, const Properties& properties);
    void publish(Channel& channel, Bytes body, const Buffer* owner);
    void published(broker::Token token, std::error_code error);
    void send_return(Channel& channel, const Message& message);
    void on(Channel& channel, const ConfirmSelect& method);
    void on(Channel& channel, const TxSelect& method);
    void on(Channel& channel, const TxCommit& method);
    void on(Channel& channel, const TxRollback& method);
    void begin(Channel& channel);
    /// Says that the connection's publishes wait, or do so no more.
    void tell_blocked();

    // session_replies.cc: answers to requests, without a queue of the client's own
    void consume_replies(Channel& channel, const BasicConsume& method);
    void find_reply_queue(Channel& channel, const QueueDeclare& method);
    void forget_replies(Channel& channel);

    // session_consume.cc: messages out, acknowledgements
    void on(Channel& channel, const BasicQos& method);
    void on(Channel& channel, const BasicConsume& method);
    void on(Channel& channel, const BasicCancel& method);
    void on(Channel& channel, const BasicCancelOk& method);
    void on(Channel& channel, const BasicGet& method);
    void on(Channel& channel, const BasicAck& method);
    void on(Channel& channel, const BasicNack& method);
    void on(Channel& channel, const BasicReject& method);
    void on(Channel& channel, const BasicRecover& method);
    void on(Channel& channel, const BasicRecoverAsync& method);
    [[nodiscard]] Consumer& add_consumer(Channel& channel, const std::string& queue);
    void subscribe(Channel& channel, Consumer& consumer, std::int16_t priority, bool no_wait);
    /// What the queue does not let such a consumer do; nothing: it may come.
    [[nodiscard]] std::optional<Failure> refused_by(const broker::QueueInfo& queue,
                                                    const std::string& name, const Channel& channel,
                                                    const BasicConsume& method) const;
    void get_from(Channel& channel, Consumer& getter, bool no_ack);
    void settle(Channel& channel, std::uint64_t tag, bool multiple, broker::Outcome outcome);
    void settle(const std::vector<Unacked>& taken, broker::Outcome outcome,
                broker::TransactionNumber transaction);
    void reject(Channel& channel, std::uint64_t tag, bool multiple, bool requeue);
    void recover(Channel& channel, bool requeue);
    void deliver_held();
    [[nodiscard]] bool may_send(const Channel& channel, const Consumer& consumer);
    void send_empty(Channel& channel, const Consumer& getter);
    void count_delivery(const Consumer& consumer, const broker::Delivery& delivery);
    void give_up(broker::ConsumerNumber consumer, const broker::Delivery& delivery);
    /// Closes channels whose client has had a message for too long.
    void check_consumer_timeouts(std::int64_t now_ms);
    /// How long it may have one of that queue; 0: as long as it likes.
    [[nodiscard]] std::int64_t consumer_timeout_of(const Consumer& consumer) const;
    void send_delivery(Channel& channel, Consumer& consumer, const broker::Delivery& delivery);
    /// Header and body frames.
    void send_content(std::uint16_t channel, Bytes raw, const Buffer& body);
    /// Native bytes and body in this protocol, converted when they are another's.
    template <class Use>
    [[nodiscard]] bool with_native(const Message& message, Use use);
    /// The same for that consumer, with what it is told besides.
    template <class Use>
    [[nodiscard]] bool with_native(const Consumer& consumer, const broker::Delivery& delivery,
                                   Use use);
    void grant_owed(Consumer& consumer);

    const Options& options_;
    const message::Formats& formats_;
    std::atomic<std::uint64_t>& names_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    broker::ExchangeBroker& exchanges_;
    ByteWriter scratch_;
    std::size_t wanted_ = 0;

    Phase phase_ = Phase::header;
    MethodId method_;  ///< being handled
    std::string user_;
    std::string vhost_;
    std::string client_;  ///< what it says of itself: the entries of a table
    std::string mechanism_;
    bool cancel_notify_ = false;
    bool blocked_notify_ = false;
    bool told_blocked_ = false;
    bool tells_login_failure_ = false;
    std::uint16_t channels_max_ = 0;
    std::uint32_t frame_max_ = 0;
    std::int64_t heartbeat_ms_ = 0;
    std::int64_t started_ms_ = 0;
    std::int64_t received_ms_ = 0;
    std::int64_t sent_ms_ = 0;
    std::int64_t close_at_ms_ = 0;  ///< when the peer's close-ok is waited for no longer
    std::string close_reason_;
    bool wire_closed_ = false;

    std::unordered_map<std::uint16_t, std::unique_ptr<Channel>> channels_;
    std::unordered_map<std::uint16_t, std::uint16_t> by_incarnation_;
    std::uint16_t last_incarnation_ = 0;
    std::unordered_map<broker::ConsumerNumber, Consumer> consumers_;
    std::uint32_t last_consumer_ = 0;
    std::uint64_t last_transaction_ = 0;
    std::vector<std::uint16_t> with_news_;  ///< channels that have confirms to tell
    FrugalDeque<Held> held_;
    std::optional<broker::Delivery> got_;  ///< what a basic.get found

    Tally tally_;
    std::uint64_t unroutable_ = 0;  ///< as many were handed over

    std::uint64_t last_token_ = 0;
    Then then_;                           ///< set while the broker owes an answer
    std::vector<std::uint8_t> deferred_;  ///< what came meanwhile
};

template <class M>
void Session::send(std::uint16_t channel, const M& method) {
    encode_method(scratch_, channel, method);
    wire_.output().append(scratch_.bytes());
    scratch_.clear();
}

}  // namespace tern::amqp091
