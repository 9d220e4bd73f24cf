#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/negotiation.h"
#include "protocol/openwire/consumer.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/errors.h"
#include "protocol/openwire/foreign.h"
#include "protocol/openwire/notices.h"
#include "protocol/openwire/options.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace tern::openwire {

class Statistics;

/// One OpenWire connection at the broker's end. What came in frames is answered in frames, strictly
/// in the order of the frames where the protocol wants it (OpenWire reference, 8).
class Session final : public protocol::Session {
public:
    Session(const Options& options, const message::Formats& formats, Statistics& statistics,
            protocol::Wire& wire, broker::Broker& broker);

    // protocol::Session
    void start() override;
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer* owner) override;
    [[nodiscard]] std::size_t wanted() const override { return wanted_; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override;
    void shut_down() override;
    void ended() override;
    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> content, bool last) override;
    void cancelled(broker::ConsumerNumber consumer) override;
    void branch_ended(broker::TransactionNumber transaction, bool committed) override;
    void evicted(broker::ConnectionEnd why) override;

private:
    /// Session and number within it, of a consumer or producer.
    using EndpointKey = std::pair<std::int64_t, std::int64_t>;

    struct ConsumerState {
        explicit ConsumerState(broker::ConsumerNumber number) : window(number, 0) {}

        EndpointKey key;
        Consumer window;
        bool topic = false;
        bool durable = false;
        bool browser = false;
        bool advisory = false;  ///< of what the broker tells: no limit counts it
        bool browsing = false;  ///< the end marker is still to come
        /// What counts when the client has left its prefetch as it comes.
        std::uint32_t policy_prefetch = 0;
        /// What it has got and has not acknowledged for good need not count.
        bool extends = true;
        /// A pull that waits: when it gives up, or 0 for never.
        bool pulling = false;
        std::int64_t pull_until_ms = 0;

        /// Its acknowledgements are only counted: OpenWire reference, 11.3.
        [[nodiscard]] bool counts_only() const { return (topic && !durable) || browser; }
        [[nodiscard]] broker::ConsumerKind kind() const;
        /// How many messages it may have, if the client says so many.
        [[nodiscard]] std::uint32_t prefetch(std::int32_t said) const;
    };
    /// A delivery that waits for the output to drain; without a message: the end of a browse.
    struct Held {
        broker::ConsumerNumber consumer;
        std::string from;  ///< name of the destination
        DataType from_type = DataType::queue;
        broker::Delivery delivery;
    };
    /// Runs when the broker has answered.
    using Continuation = std::move_only_function<void(std::error_code)>;
    struct Reply {
        std::int32_t command_id = 0;
        bool wanted = false;
    };

    // session.cc: frames, negotiation, replies
    void receive_frame(Bytes frame, const Buffer* owner);
    [[nodiscard]] WireFormatProperties offer() const;
    void negotiate(const WireFormatInfo& info);
    void handle(const Command& command, const Buffer* owner);
    void fail(std::string_view reason);
    void close_soon(std::string reason);
    void check_liveness(std::int64_t now_ms);
    template <class T>
    void send(const T& command);
    template <class T>
    [[nodiscard]] static Reply reply_to(const T& command) {
        return {command.command_id, command.response_required};
    }
    void answer(Reply reply);
    void refuse(Reply reply, std::string_view class_name, std::string_view message);
    void answer(Reply reply, std::error_code error, std::string_view about);
    /// A token whose completion answers `reply` and needs nothing else remembered.
    [[nodiscard]] static broker::Token plain(Reply reply, broker::TransactionNumber sent_in);
    [[nodiscard]] broker::Token then(Continuation continuation);

    // session_endpoints.cc: connection, sessions, consumers, producers, destinations
    void on(const ConnectionInfo& info);
    void on(const SessionInfo& info);
    void on(const ConsumerInfo& info);
    void on(const ProducerInfo& info);
    void on(const DestinationInfo& info);
    void on(const RemoveInfo& info);
    void on(const RemoveSubscriptionInfo& info);
    void on(const ConsumerControl& control);
    void on(const KeepAliveInfo& info);
    void on(const ShutdownInfo& info);
    void logged_in(Reply reply, const ConnectionInfo& info, std::error_code error);
    void identified(Reply reply, const ConnectionInfo& info, std::error_code error);
    [[nodiscard]] bool check_owner(Reply reply, const Text& connection, std::int64_t session);
    [[nodiscard]] bool check_consumer(const ConsumerInfo& info);
    void open_consumer(const ConsumerInfo& info, std::vector<broker::Destination> destinations);
    [[nodiscard]] broker::Subscribe subscribe_command(const ConsumerInfo& info,
                                                      const ConsumerState& consumer) const;
    void close_consumer(EndpointKey key, std::int64_t last_delivered);
    void close_session(std::int64_t session, std::int64_t last_delivered);
    void close_connection(std::int64_t last_delivered);

    // session_replays.cc: what clients know of each other
    /// Answers after the consumer has got what lasts of its topics, and others know of it.
    void tell_prefetch(const ConsumerInfo& info, std::uint32_t prefetch);
    void introduce(broker::ConsumerNumber number, Reply reply, const KeptCommandPtr& info,
                   const std::vector<broker::Destination>& topics);
    void replay_destinations(ConsumerState& consumer, const broker::Destination& topic);
    void replay(ConsumerState& consumer, const MessagePtr& advisory);

    // session_transactions.cc
    void on(const TransactionInfo& info);
    void on_local(Reply reply, TransactionOperation operation, const TransactionId& id);
    void on_branch(Reply reply, TransactionOperation operation, const TransactionId& id);
    void recover_branches(Reply reply);
    void join_branch(Reply reply, const std::string& name);
    void prepare_branch(Reply reply, const std::string& name, const TransactionId& id);
    void finish_branch(Reply reply, const std::string& name, const TransactionId& id,
                       broker::BranchEnd end);
    struct OpenTransaction {
        broker::TransactionNumber number;
        bool prepared = false;  ///< of a branch
        bool failed = false;    ///< something in it was refused and nobody waited for the answer
    };
    /// Null when there is none of that id; then `refuse_unknown`.
    [[nodiscard]] OpenTransaction* find_transaction(const TransactionId& id);
    void refuse_unknown(Reply reply, const TransactionId& id);
    void finish_transaction(Reply reply, const TransactionId& id, bool commit);
    /// So much of a transaction's number has room in a token: enough to tell apart those that are
    /// open.
    static constexpr std::uint64_t kTransactionMask = (std::uint64_t{1} << 30) - 1;
    /// A send that nobody waits for was refused: the transaction it is of, if any, cannot be
    /// committed.
    void fail_transaction(broker::TransactionNumber number);
    /// Messages that were acknowledged in it are not with this connection any more.
    void fail_transaction(const TransactionId& id);
    [[nodiscard]] bool has_failed(const std::string& branch) const;
    void abandon_branch(Reply reply, const std::string& name, const TransactionId& id);
    void commit_windows(broker::TransactionNumber number);
    void roll_back_windows(broker::TransactionNumber number);
    void roll_back_all();

    // session_acks.cc: messages in, acknowledgements
    void on(const Message& message, const Buffer* owner);
    void on(const MessageAck& ack);
    [[nodiscard]] std::optional<Consumer::Range> acked_range(const ConsumerState& consumer,
                                                             const MessageAck& ack) const;
    [[nodiscard]] bool check_count(const ConsumerState& consumer, const MessageAck& ack,
                                   Consumer::Range range) const;
    void publish(const Message& message, const Buffer* owner,
                 std::vector<broker::Destination> destinations,
                 broker::TransactionNumber transaction);
    void publish_one(const Message& message, const Buffer* owner, const broker::DestinationView& to,
                     broker::TransactionNumber transaction, broker::Token token);
    [[nodiscard]] broker::Token publish_token(const Message& message,
                                              const broker::DestinationView& to,
                                              broker::TransactionNumber transaction);
    void reject(ConsumerState& consumer, Consumer::Range range, std::string_view cause);
    /// session_statistics.cc. True when the message was a question for numbers.
    [[nodiscard]] bool answer_statistics(const Message& message, const broker::DestinationView& to);
    void expire(ConsumerState& consumer, Consumer::Range range);
    void grant(ConsumerState& consumer);
    void on(const MessagePull& pull);
    void end_pull(ConsumerState& consumer);
    void end_late_pulls(std::int64_t now_ms);

    // session_delivery.cc: messages out
    void send_delivery(ConsumerState& consumer, const Destination& from,
                       const broker::Delivery& delivery);
    void forward(broker::ConsumerNumber number, ConsumerState& consumer, const Destination& from,
                 const broker::Delivery& delivery);
    /// «Nothing more»: the end of a browse, a pull that found nothing.
    void send_nothing(const ConsumerState& consumer, std::optional<Destination> from);
    [[nodiscard]] ConsumerState* find_consumer(broker::ConsumerNumber number);
    [[nodiscard]] ConsumerState* find_consumer(const std::optional<ConsumerId>& id);

    const Options& options_;
    Statistics& statistics_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    Notices notices_;
    Decoder decoder_;
    Encoder encoder_;
    MessageConverter converter_;
    ForeignMessages foreign_;
    ByteWriter scratch_;
    std::int64_t frame_bytes_max_;
    std::int64_t decoder_limit_ = 0;  ///< frame_bytes_max_ once the client is known
    std::size_t wanted_ = 0;
    bool negotiated_ = false;
    bool closing_ = false;
    std::int64_t close_at_ms_ = 0;  ///< 0: not yet decided
    std::string close_reason_;

    // liveness
    std::int64_t started_ms_ = 0;
    std::int64_t read_period_ms_ = 0;
    std::int64_t next_read_check_ms_ = 0;
    std::int64_t last_write_check_ms_ = 0;
    bool received_ = false;
    std::uint64_t sent_frames_ = 0;
    std::uint64_t sent_frames_checked_ = 0;

    // what the client registered
    std::string connection_id_;
    std::string client_id_;
    bool manageable_ = false;  ///< it takes orders
    bool connected_ = false;
    bool reconnected_ = false;  ///< the client may send again what it sent before
    std::set<std::int64_t> sessions_;
    std::set<std::int64_t> refused_sessions_;  ///< that the user may not have besides
    std::map<EndpointKey, std::unique_ptr<ConsumerState>> consumers_;
    std::unordered_map<broker::ConsumerNumber, ConsumerState*> by_number_;
    std::map<EndpointKey, std::int32_t> producer_windows_;
    std::map<std::int64_t, OpenTransaction> transactions_;
    /// Parts in branches of distributed transactions, by `branch_name`.
    std::map<std::string, OpenTransaction> branches_;
    std::uint64_t last_transaction_ = 0;
    std::uint32_t last_consumer_ = 0;
    std::int64_t last_sequence_ = 0;

    std::unordered_map<std::uint64_t, Continuation> continuations_;
    std::uint64_t last_token_ = 0;
    FrugalDeque<Held> held_;
};

}  // namespace tern::openwire
