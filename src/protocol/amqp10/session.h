#pragma once

#include "base/frugal_deque.h"
#include "protocol/amqp10/connection.h"
#include "protocol/amqp10/links.h"
#include "protocol/amqp10/stored.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <set>

namespace tern::amqp10 {

/// One session of a connection: its windows, its links, and the deliveries on them.
class Session {
public:
    Session(Connection& connection, std::uint16_t channel, std::uint32_t serial,
            const Begin& begin);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] std::uint32_t serial() const { return serial_; }
    /// We ended it; the peer's end is to come.
    [[nodiscard]] bool ended() const { return ended_; }

    /// It was begun, and has to end at once: the user has as many as it may.
    void refuse(std::error_code error);
    void on(const Attach& attach);
    void on(const Flow& flow);
    void on(const Transfer& transfer, const Buffer* owner);
    void on(const Disposition& disposition);
    void on(const Detach& detach);
    /// Links that messages come on.
    [[nodiscard]] std::size_t producers() const;
    /// The session or its connection ends: all links are detached, none is closed.
    void end();

    void deliver(Consumer& consumer, std::span<const broker::Delivery> deliveries);
    void browsed(Consumer& consumer, std::span<const broker::Delivery> content, bool last);
    /// The broker has closed the consumer.
    void cancelled(Consumer& consumer);
    void revoked(Consumer& consumer);
    /// The broker has answered the publish of that delivery.
    void published(std::uint32_t delivery_id, std::error_code error);
    /// Sends what waits for the output or the peer's window.
    void pump();
    /// Sends what was gathered for the turn.
    void flush();
    /// Hands over what was settled since the last call: peers settle one by one what arrives with
    /// one read.
    void flush_settlement();

private:
    /// A delivery on its way to the peer that could not leave at once, or not in one frame.
    struct Pending {
        Consumer* consumer = nullptr;
        broker::Delivery delivery{};
        /// Once begun: all its bytes, and how many of them have left.
        FrugalDeque<Buffer> pieces{};
        std::uint64_t left = 0;
        std::uint32_t delivery_id = 0;
        bool begun = false;
        /// Of a body in a file: how much of it has been read, and whether more is on its way.
        std::uint64_t read = 0;
        bool reading = false;

        /// Bytes that could leave now.
        [[nodiscard]] std::size_t at_hand() const {
            std::size_t sum = 0;
            for (const Buffer& piece : pieces) sum += piece.size();
            return sum;
        }
    };
    /// Sent to the peer and not settled.
    struct Unsettled {
        Consumer* consumer = nullptr;
        broker::DeliveryTag tag{};
        broker::TransactionNumber transaction{};
    };
    /// What is settled in one go.
    struct Settlement {
        Consumer* consumer = nullptr;
        broker::Outcome outcome = broker::Outcome::accept;
        broker::TransactionNumber transaction;
        std::vector<broker::DeliveryTag> tags;
    };

    // session.cc
    template <class T>
    void send(const T& performative) {
        connection_.send(channel_, performative);
    }
    void send_flow(const Link* link, bool drain);
    void end_with(std::string_view condition, std::string_view description);
    [[nodiscard]] Producer* find_producer(std::uint32_t handle);
    [[nodiscard]] Consumer* find_consumer(std::uint32_t handle);

    // session_attach.cc
    void attach_producer(const Attach& attach);
    void attach_consumer(const Attach& attach);
    void attach_coordinator(const Attach& attach);
    void attach_to_subscription(const Attach& attach);
    void name_subscription(std::string_view link, const Terminus& source,
                           broker::Subscribe& command) const;
    void resume(Consumer& consumer);
    void forget_subscription(Consumer& consumer);
    [[nodiscard]] Attach answer_to(const Attach& attach) const;
    [[nodiscard]] Buffer encoded(const Attach& answer);
    void refuse(std::string_view name, std::uint32_t handle, Role role, std::string_view condition,
                std::string_view description);
    void open_producer(std::unique_ptr<Producer> producer, Buffer answer);
    void open_consumer(std::unique_ptr<Consumer> consumer, broker::Subscribe command,
                       Buffer answer);
    void attached(Link& link, const Buffer& answer);
    /// Others know of it from now on.
    void opened(Producer& link, const Buffer& answer);
    void detach_link(std::uint32_t handle, std::string_view condition,
                     std::string_view description);
    void drop_producer(std::uint32_t handle, bool closed);
    void drop_consumer(std::uint32_t handle, bool closed);

    // session_incoming.cc
    [[nodiscard]] bool begin_delivery(Producer& producer, const Transfer& transfer);
    void take_message(Producer& producer, Bytes message, const Buffer* owner);
    void send_on(Producer& producer, const Sections& sections, const BodyPlace& body);
    // session_large.cc
    [[nodiscard]] bool begin_large(Producer& producer);
    void take_part(Producer& producer, const Transfer& transfer);
    void read_large(Pending& pending);
    void came(std::uint32_t delivery_id, const Result<std::vector<Buffer>>& pieces);
    void break_off(std::string_view why);
    void publish(Producer& producer, broker::DestinationView to, MessagePtr message);
    void publish_in(Producer& producer, broker::DestinationView to, MessagePtr message);
    void accept(std::uint32_t delivery_id);
    void reject(Producer& producer, std::uint32_t delivery_id, std::string_view condition,
                std::string_view description);
    void refuse_message(Producer& producer, std::string_view condition,
                        std::string_view description);
    void settle_incoming(std::uint32_t delivery_id, const DeliveryState& state);
    void settle_within(std::string_view transaction, std::uint32_t delivery_id,
                       const DeliveryState& outcome);
    void flush_accepted();
    void replenish(Producer& producer);

    // session_outgoing.cc
    void on_flow(Consumer& consumer, const Flow& flow);
    void top_up(Consumer& consumer);
    void revoke(Consumer& consumer);
    void continue_drain(Consumer& consumer);
    void finish_drain(Consumer& consumer);
    [[nodiscard]] bool may_send() const;
    void continue_browse(Consumer& consumer);
    void transmit(Consumer& consumer, const broker::Delivery& delivery);
    [[nodiscard]] bool transmit_whole(Consumer& consumer, const broker::Delivery& delivery);
    void send_pending();
    void begin(Pending& pending);
    void send_part(Pending& pending);
    void transmitted(Consumer& consumer, const broker::Delivery& delivery,
                     std::uint32_t delivery_id);
    void unsendable(Consumer& consumer, const broker::Delivery& delivery, std::string_view why);
    void forget_pending(Consumer& consumer);

    // session_settle.cc
    void settle_one(std::uint32_t delivery_id, Unsettled& unsettled, const DeliveryState& state,
                    bool settled);
    void stage(std::uint32_t delivery_id, Unsettled& unsettled, const DeliveryState& state,
               bool settled);
    void annotate(const Consumer& consumer, const broker::DeliveryTag& tag,
                  const DeliveryState& state);
    void gather(Consumer& consumer, const broker::DeliveryTag& tag, broker::Outcome outcome,
                broker::TransactionNumber transaction);

    // session_transactions.cc
    void on_coordinator(Producer& coordinator, Bytes message);
    void discharge(Producer& coordinator, std::uint32_t delivery_id, Transaction& transaction,
                   bool fail);
    void commit(std::uint32_t handle, std::uint32_t delivery_id, broker::TransactionNumber number);
    void roll_back(broker::TransactionNumber number);
    void committed(const Transaction& transaction);
    void roll_back_all(std::uint32_t coordinator);

    Connection& connection_;
    broker::Broker& broker_;
    std::uint16_t channel_;
    std::uint32_t serial_;

    std::uint32_t next_incoming_id_;
    std::uint32_t next_outgoing_id_ = 0;
    std::uint32_t peer_window_;
    std::uint32_t next_delivery_id_ = 0;

    /// Peers may have very many that rest.
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Producer>> producers_;
    std::map<std::uint32_t, std::unique_ptr<Consumer>> consumers_;
    /// We detached them; the peer's answer is to come.
    std::set<std::uint32_t> detached_;
    bool ended_ = false;
    bool refused_ = false;

    /// Handles of the producers whose deliveries the broker has yet to answer.
    boost::unordered_flat_map<std::uint32_t, std::uint32_t> incoming_;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> accepted_;

    boost::unordered_flat_map<std::uint32_t, Unsettled> unsettled_;
    FrugalDeque<Pending> pending_;
    Settlement settlement_;
};

}  // namespace tern::amqp10
