#pragma once

#include "conversation.h"
#include "dice.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace tern::simulation {

/// Destinations that clients may choose from.
struct Places {
    std::vector<Place> queues;
    std::vector<Place> topics;
    std::vector<Place> subscriptions;  ///< each of a client of its own
    std::vector<Place> temporaries;    ///< those that somebody told others of, living or dead
};

/// A JMS client as far as the broker can tell: it does what its dice say, within the protocol
/// (OpenWire reference, 9 to 14, 17).
class Client final : public Conversation::Listener {
public:
    struct Options {
        std::size_t number = 0;
        openwire::WireFormatProperties wire;
        /// Does not wait for answers that it could wait for.
        bool hasty = false;
        /// Comes back after a loss under the same name and sends again what was not confirmed.
        bool fails_over = false;
        /// Not where the broker may have lost what tells it that it has a message already.
        bool sends_again = true;
        std::size_t body_bytes_max = 200;
        bool groups = false;  ///< most messages belong to one
        /// Has this durable subscription, by whose client id it is known.
        std::optional<Place> subscription = {};
    };

    Client(Options options, Dice& dice, Oracle& oracle, Trace& trace, Places& places);
    ~Client() override;

    /// Connects anew. The broker may not have noticed the end of the old connection yet.
    void connect(Machine& machine, ShardId shard, std::function<void()> before_taking);
    [[nodiscard]] bool ready() const { return ready_ && !lost(); }
    [[nodiscard]] bool lost() const {
        return conversation_ == nullptr || conversation_->socket().closed();
    }
    /// May be connected once more.
    [[nodiscard]] bool comes_back() const { return options_.fails_over && !finished_; }
    [[nodiscard]] Conversation* conversation() { return conversation_.get(); }
    /// Turns away from its connection and gives it to the caller, if there is one.
    [[nodiscard]] std::unique_ptr<Conversation> leave();

    /// Does something, if there is anything to do.
    void act();
    /// Opens a consumer and from then on only acknowledges what comes, by `acknowledge_all`.
    void consume(const Place& from);
    void acknowledge_all();
    void close_connection();

    /// After a time without anything under way, on a healthy disk.
    void check_producer_windows();

private:
    enum class Mode { automatic, ranges, individual, transacted };
    struct ConsumerState {
        Oracle::Consumer id = 0;
        Place from;
        std::uint32_t prefetch = 0;
        bool browser = false;
        bool no_local = false;
        bool ended = false;  ///< of a browse
        bool pulling = false;
        std::deque<Received> unacknowledged;
        std::size_t announced = 0;  ///< how many of these a delivered ack has covered
        std::vector<Received> staged;
        std::int64_t last_seen = -1;
    };
    struct ProducerState {
        std::size_t index = 0;  ///< among all producers of a run
        std::optional<Place> to;
        std::int64_t sequence = 0;
        std::int32_t window = 0;
        std::int64_t unacknowledged_bytes = 0;  ///< taken by the broker on this connection
    };
    struct SessionState {
        Mode mode = Mode::automatic;
        TransactionPtr transaction{};
        std::int64_t transaction_value = 0;
        bool waiting = false;  ///< for an answer
        std::int64_t last_producer = 0;
        std::int64_t last_consumer = 0;
    };
    struct Unconfirmed {
        Oracle::Sending sending;
        Key producer;
        std::size_t bytes = 0;
    };

    // Conversation::Listener
    void negotiated(Conversation& by) override;
    void received(Conversation& by, Key consumer, Received message) override;
    void received_nothing(Conversation& by, Key consumer) override;
    void received_advisory(Conversation& by, Key consumer) override;

    // registering
    void introduce();
    void register_all();
    void watch_temporaries();
    void open_session();
    void open_producer();
    void open_consumer();
    void register_session(std::int64_t session);
    void register_producer(Key key);
    void register_consumer(Key key);
    /// It consumes from its durable subscription.
    [[nodiscard]] bool is_subscribed() const;
    void declare_temporary();
    void register_temporary(const Place& place);

    // sending
    void send();
    void send(Key producer, const Place& to, bool durable);
    void put(const Oracle::Sending& sending, Key producer, std::size_t bytes);
    void send_again();
    [[nodiscard]] std::optional<Place> choose_target();

    // acknowledging
    void acknowledge();
    void acknowledge(Key key, ConsumerState& consumer, SessionState& session);
    void acknowledge_in_transaction(Key key, ConsumerState& consumer, SessionState& session);
    void announce(Key key, ConsumerState& consumer, const SessionState& session);
    void acknowledge_individually(Key key, ConsumerState& consumer);
    void acknowledge_oldest(Key key, ConsumerState& consumer, std::size_t count, Oracle::Ack type);
    void put_ack(Key key, const ConsumerState& consumer, Oracle::Ack type, const Received* first,
                 const Received& last, std::size_t count, const SessionState* transacted);
    void pull();

    // transactions
    void begin(std::int64_t id, SessionState& session);
    void end_transaction();
    void commit(std::int64_t id, SessionState& session);
    void rollback(std::int64_t id, SessionState& session);
    [[nodiscard]] openwire::TransactionId transaction_id(const SessionState& session) const;

    // closing
    void unsubscribe();
    void close_consumer();
    void close_consumer(Key key);
    void close_session();
    void remove_destination();
    [[nodiscard]] std::int64_t choose_last_delivered(std::optional<std::int64_t> session);

    template <class Map>
    [[nodiscard]] auto choose(Map& map) {
        return std::next(map.begin(), static_cast<std::ptrdiff_t>(dice_.below(map.size())));
    }
    [[nodiscard]] openwire::ConnectionId connection_id() const { return {connection_name_}; }

    const Options options_;
    Dice& dice_;
    Oracle& oracle_;
    Trace& trace_;
    Places& places_;
    const std::string connection_name_;
    std::unique_ptr<Conversation> conversation_;
    bool ready_ = false;
    bool finished_ = false;
    bool connected_before_ = false;
    bool passive_ = false;

    std::map<std::int64_t, SessionState> sessions_;
    std::map<Key, ProducerState> producers_;
    std::map<Key, ConsumerState> consumers_;
    std::vector<Place> temporaries_;
    std::deque<Unconfirmed> unconfirmed_;
    Oracle::Consumer watcher_ = 0;
    std::size_t watched_ = 0;  ///< advisories not yet acknowledged
    std::int64_t last_session_ = 0;
    std::int64_t last_transaction_ = 0;
    std::int64_t last_temporary_ = 0;
    std::size_t last_producer_index_ = 0;
};

}  // namespace tern::simulation
