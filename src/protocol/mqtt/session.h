#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "message/formats.h"
#include "protocol/mqtt/authenticator.h"
#include "protocol/mqtt/codec/decoder.h"
#include "protocol/mqtt/convert.h"
#include "protocol/mqtt/options.h"
#include "protocol/mqtt/own_will.h"
#include "protocol/mqtt/session_record.h"
#include "protocol/mqtt/subscription.h"
#include "protocol/mqtt/sys_tree.h"
#include "protocol/mqtt/traffic.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace tern::mqtt {

/// One MQTT connection at the broker's end, and the session behind it.
///
/// Each filter is a subscription of its own at the broker: a durable one, by client id and filter,
/// where messages have to wait for the client to come back. What else a session remembers is
/// messages on a durable queue of its own (session_record.h), and what is retained for a topic is
/// the last message on a queue of that name: journal and recovery know nothing of MQTT.
///
/// A session that earlier runs of the broker left with a will or an end to come goes on without a
/// peer, as one does whose client has just left.
class Session final : public protocol::Session {
public:
    /// What all sessions have in common. All of it outlives them.
    struct Environment {
        const Options& options;
        const message::Formats& formats;
        const Authenticator& authenticator;
        Traffic& traffic;
        const SysBoard& sys;
    };

    /// `orphan`: the client id of a session without a peer; empty for any other.
    Session(const Environment& environment, protocol::Wire& wire, broker::Broker& broker,
            std::string orphan = {});
    ~Session() override;

    // protocol::Session
    void start() override;
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer* owner) override;
    [[nodiscard]] std::size_t wanted() const override { return wanted_; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override;
    void shut_down() override;
    [[nodiscard]] bool lingers() override;
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

private:
    enum class Phase : std::uint8_t {
        fresh,
        authenticating,  ///< the client has yet to show who it is
        connecting,
        connected,
        left,     ///< no more is received or sent; what is due is done when the peer is gone
        away,     ///< the peer is gone; the session waits for its time or its next connection
        leaving,  ///< the session is being deleted
        closed
    };
    using Then = std::move_only_function<void(std::error_code)>;

    /// A stream of messages to the client, in its order: those of a filter, or what was retained.
    struct Source {
        broker::ConsumerNumber consumer;
        std::string filter;  ///< without the group's name
        Subscription subscription;
        bool retained = false;
        std::map<std::string, MessagePtr> found;  ///< retained messages until all of them are there
        FrugalDeque<broker::Delivery> waiting;
        /// To be settled, and granted anew, when this call of ours ends.
        std::vector<broker::DeliveryTag> done;
    };
    /// A QoS 1 or 2 message that was sent.
    struct Flight {
        enum class State : std::uint8_t {
            taken,  ///< on its way to the session's own queue, to be sent when it is there
            published,
            releasing,
            released
        };

        State state = State::published;
        Qos qos = Qos::at_least_once;
        broker::ConsumerNumber consumer;
        broker::DeliveryTag tag;       ///< none for a retained one, or when it was settled apart
        broker::DeliveryTag record;    ///< of the ReleasedRecord or SentRecord, once it is there
        std::uint32_t identifier = 0;  ///< of a SentRecord's subscription
        bool retain = false;           ///< of a SentRecord
        MessagePtr message = {};       ///< of a SentRecord, until the client has it
    };
    struct SubscribeProgress;

    // session.cc: packets, connecting, ending
    [[nodiscard]] std::size_t receive_packets(Bytes input, const Buffer* owner);
    void receive_packet(const Frame& frame, Bytes body, const Buffer* owner);
    void on(const Connect& connect);
    [[nodiscard]] bool accept(const Connect& connect);
    void keep_will(const Connect& connect);
    void logged_in(std::error_code error, const std::string& authentication_data);
    void take_place();
    void hold_place(bool firmly);
    void finish_connect(bool session_present);
    void finish_connect_answer(bool session_present);
    [[nodiscard]] std::string response_topic() const;
    void resume_packets();
    void on(const PingReq&);
    void on(const ConnAck&) { fail(Reason::protocol_error, "CONNACK from a client"); }
    void on(const SubAck&) { fail(Reason::protocol_error, "SUBACK from a client"); }
    void on(const PingResp&) { fail(Reason::protocol_error, "PINGRESP from a client"); }
    void refuse(Reason reason, std::string_view why);
    template <class T>
    void send(const T& packet);
    [[nodiscard]] broker::Token then(Then then);
    [[nodiscard]] bool v5() const { return version_ == Version::v5; }

    // session_auth.cc
    /// False when it was refused.
    [[nodiscard]] bool begin_authentication(const Properties& properties);
    void authenticate(std::string_view data);
    void on(const Auth& auth);

    // session_end.cc: how connections and sessions end, and what goes on meanwhile
    void on(const Disconnect& disconnect);
    void fail(Reason reason, std::string_view why);
    void close(std::string_view why);
    [[nodiscard]] bool leave();
    void leave_for_a_while();
    void leave_for_good();
    void begin_orphan();
    void close_sources();
    void publish_will();
    void publish_will_of_record();
    void publish(const OwnWill& will, broker::Token token,
                 broker::TransactionNumber transaction = {});
    /// The session must not end before the answer.
    [[nodiscard]] broker::Token owe();
    [[nodiscard]] bool is_done() const;
    void close_when_stored();
    void end_if_done();
    [[nodiscard]] std::int64_t tick_away(std::int64_t now_ms);
    [[nodiscard]] bool lasts() const { return durable_ && expiry_s_ > 0; }
    [[nodiscard]] bool has_something_to_drop() const;

    // session_publish.cc: messages in
    void on(const Publish& publish, const Buffer* owner);
    void on(const Publish& publish) { on(publish, nullptr); }
    [[nodiscard]] bool resolve_alias(const Publish& publish, const Properties& properties);
    void take(const Publish& publish, const MessagePtr& message);
    /// Whether the client may not publish there.
    [[nodiscard]] bool is_refused(std::string_view topic);
    /// The topic as it is stored.
    [[nodiscard]] std::string_view stored_topic(std::string_view topic);
    void pass_on(std::string_view topic, const MessagePtr& message, bool retain,
                 broker::TransactionNumber transaction, broker::Token token);
    [[nodiscard]] broker::Token keep_after(std::string_view topic, const MessagePtr& message,
                                           broker::Token token);
    void retain(const MessagePtr& message, broker::Token token = {});
    void clear_retained(const broker::Destination& queue, const MessagePtr& empty);
    void on(const Ack& ack) { acknowledged(ack.type, ack.packet_id, ack.reason); }
    void acknowledged(PacketType type, std::uint16_t packet_id, Reason reason);
    void on_release(std::uint16_t packet_id);
    void answer(PacketType type, std::uint16_t packet_id, Reason reason = Reason::success);
    void published(PacketType type, std::uint16_t packet_id, std::error_code error);
    void finish_receipt(std::uint16_t packet_id);

    // session_subscribe.cc
    void on(const Subscribe& subscribe);
    void on(const Unsubscribe& unsubscribe);
    /// `at`: which of the answer's codes is about it.
    void subscribe_one(const Subscribe::Filter& filter, std::uint32_t identifier,
                       const std::shared_ptr<SubscribeProgress>& progress, std::size_t at);
    [[nodiscard]] broker::Token subscribed(std::string_view filter,
                                           const std::shared_ptr<SubscribeProgress>& progress,
                                           std::size_t at);
    /// The client may not have that subscription.
    void drop_denied(const std::string& filter);
    void open(std::string_view filter, const Subscription& subscription, broker::Token token);
    /// Whether its messages wait on a queue of their virtual topic.
    [[nodiscard]] bool waits_on_queue(std::string_view filter,
                                      const Subscription& subscription) const;
    [[nodiscard]] broker::Destination queue_of(std::string_view filter,
                                               const Subscription& subscription) const;
    void close_subscription(std::string_view filter, broker::Token token);
    void forget_named(std::string_view filter, const Subscription& subscription,
                      broker::Token token);
    void send_retained(std::string_view filter, const Subscription& subscription);
    void send_sys(std::string_view filter, const Subscription& subscription);
    [[nodiscard]] broker::Token step(const std::shared_ptr<SubscribeProgress>& progress,
                                     bool may_fail);
    void finish(const std::shared_ptr<SubscribeProgress>& progress);
    void resume_subscriptions();

    // session_delivery.cc: messages out
    [[nodiscard]] Source& open_source(std::string_view filter, const Subscription& subscription);
    [[nodiscard]] Source* find_source(broker::ConsumerNumber consumer);
    /// Sent with QoS 1 or 2 and not acknowledged.
    [[nodiscard]] std::vector<broker::DeliveryTag> sent_of(broker::ConsumerNumber consumer) const;
    void retained_delivered(Source& source, std::span<const broker::Delivery> content, bool last);
    [[nodiscard]] MessagePtr native(const Source& source, const MessagePtr& message);
    void pump(Source& source);
    /// To be followed by `settle_done`.
    void pump_all();
    /// False when it has to wait.
    [[nodiscard]] bool send_one(Source& source, const broker::Delivery& delivery);
    [[nodiscard]] bool send_publish(Source& source, const broker::Delivery& delivery,
                                    const MessagePtr& message, const Stored& stored);
    void write_publish(const Message& message);
    [[nodiscard]] std::uint16_t choose_packet_id(const Source& source,
                                                 const broker::DeliveryTag& tag);
    [[nodiscard]] std::uint16_t free_packet_id();
    [[nodiscard]] bool encode_head(Publish& publish, std::uint32_t identifier,
                                   const Message& message);
    void give_up(const Source& source, const broker::DeliveryTag& tag);
    void done(Source& source, const broker::DeliveryTag& tag);
    void settle_done();
    void acknowledge(std::uint16_t packet_id, Reason reason, bool complete);
    void received_by_client(std::uint16_t packet_id);
    void release(std::uint16_t packet_id, Flight& flight, broker::TransactionNumber transaction);
    void forget_flight(std::uint16_t packet_id);

    // session_groups.cc: what was sent to one of a group is for nobody else
    [[nodiscard]] static bool is_for_good(const Source& source, Qos qos);
    void keep_taken();
    void drop_sent_of_groups();
    void send_kept(std::uint16_t packet_id, bool again);
    void apply(const broker::DeliveryTag& tag, const SentRecord& record);
    void renumber(const broker::DeliveryTag& tag, SentRecord record);
    void release_kept(std::uint16_t packet_id, Flight& flight);

    // session_state.cc: what outlives the connection
    [[nodiscard]] broker::Destination state_queue() const;
    void open_session();
    void load_session();
    void loaded();
    void open_state();
    void state_delivered(std::span<const broker::Delivery> deliveries);
    void apply(const broker::DeliveryTag& tag, SubscriptionsRecord record);
    void apply(const broker::DeliveryTag& tag, ReceivedRecord record);
    void apply(const broker::DeliveryTag& tag, ReleasedRecord record);
    void apply(const broker::DeliveryTag& tag, LeftRecord record);
    void apply(const broker::DeliveryTag& tag, WillRecord record);
    void remember(const SessionRecord& record, broker::TransactionNumber transaction,
                  broker::Token token);
    void forget(const broker::DeliveryTag& tag, broker::TransactionNumber transaction);
    void save_will(std::int64_t due_at_ms, broker::Token token);
    void forget_will(const broker::DeliveryTag& tag, broker::TransactionNumber transaction = {});
    void save_subscriptions(Then then);
    void drop_session(std::move_only_function<void()> then);
    [[nodiscard]] broker::TransactionNumber begin();

    const Options& options_;
    const message::Formats& formats_;
    const Authenticator& authenticator_;
    const SysBoard& sys_;
    Count traffic_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    ByteWriter scratch_;

    Phase phase_ = Phase::fresh;
    std::size_t wanted_ = 0;
    std::string early_;  ///< came before the session was open
    std::int64_t started_ms_;
    std::int64_t received_ms_ = 0;
    std::int64_t wall_ms_ = 0;  ///< when the bytes at hand came

    // what the client said when it connected
    Version version_ = Version::v3_1_1;
    bool bridge_ = false;
    std::string client_id_;
    bool assigned_ = false;
    std::int64_t keep_alive_ms_ = 0;
    std::uint16_t server_keep_alive_s_ = 0;
    bool clean_start_ = false;
    std::uint32_t expiry_s_ = 0;
    std::uint32_t wanted_expiry_s_ = 0;
    bool durable_ = false;  ///< the session outlives the connection
    bool problem_information_ = true;
    bool wants_response_topic_ = false;
    std::uint32_t peer_packet_bytes_max_ = UINT32_MAX;
    std::uint16_t inflight_max_ = 0;
    std::uint16_t peer_alias_max_ = 0;
    std::optional<OwnWill> will_;
    std::string method_;  ///< of authentication; empty: none
    std::string authentication_data_;
    std::unique_ptr<Authentication> authentication_;  ///< while it goes on

    // messages in
    std::unordered_map<std::uint16_t, std::string> aliases_in_;
    /// QoS 2 identifiers taken and not released, with their records once these are there.
    std::unordered_map<std::uint16_t, std::optional<broker::DeliveryTag>> received_;
    std::unordered_set<std::uint16_t> storing_;    ///< of those, not answered yet
    std::unordered_set<std::uint16_t> releasing_;  ///< of those, released before their record came
    std::uint32_t unanswered_ = 0;                 ///< QoS 1 and 2 of the client's under way
    std::string alias_topic_;
    std::string virtual_topic_;
    std::string name_;

    // messages out
    Subscriptions subscriptions_;
    std::map<std::uint32_t, Source> sources_;
    std::unordered_map<std::string, broker::ConsumerNumber, StringHash, std::equal_to<>> by_filter_;
    std::vector<broker::ConsumerNumber> unsettled_;  ///< sources that have something `done`
    std::size_t waiting_ = 0;                        ///< messages, in all sources
    std::uint32_t last_consumer_ = 0;
    boost::unordered_flat_map<std::uint16_t, Flight> flights_;
    std::vector<std::uint16_t> taken_;  ///< of those, not on their way yet
    std::uint32_t inflight_ = 0;
    std::uint16_t last_packet_id_ = 0;
    std::unordered_map<std::string, std::uint16_t, StringHash, std::equal_to<>> aliases_out_;
    ByteWriter properties_;

    // what outlives the connection
    broker::ConsumerNumber state_;
    std::uint64_t saved_version_ = 0;
    broker::DeliveryTag saved_;
    std::uint32_t saved_expiry_s_ = 0;
    bool loading_ = false;
    bool orphan_ = false;
    // as an earlier connection left them
    bool expired_ = false;
    std::optional<std::int64_t> found_end_ms_;
    std::optional<WillRecord> found_will_;
    std::uint64_t will_number_ = 1;   ///< of our own WillRecord
    std::uint32_t will_records_ = 0;  ///< there are, or will be
    broker::DeliveryTag will_record_;
    // while the client is away
    std::int64_t will_due_ms_ = INT64_MAX;  ///< as `tick` counts
    std::int64_t ends_ms_ = INT64_MAX;
    std::uint32_t owed_ = 0;  ///< answers that have to come first
    bool stopping_ = false;   ///< the broker
    std::uint64_t last_transaction_ = 0;

    std::unordered_map<std::uint64_t, Then> continuations_;
    std::uint64_t last_token_ = 0;
};

}  // namespace tern::mqtt
