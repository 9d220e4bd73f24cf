#pragma once

#include "ledger.h"

#include <deque>
#include <functional>
#include <optional>

namespace tern::simulation {

/// A destination as the simulation names it: "queue a", "topic a", "temp-queue a", "temp-topic a";
/// or a durable subscription, which is a queue to its consumer: "subscription TOPIC/CLIENT-ID".
struct Place {
    enum class Kind { queue, topic, temp_queue, temp_topic, subscription };

    Kind kind = Kind::queue;
    std::string name;

    [[nodiscard]] bool is_topic() const { return kind == Kind::topic || kind == Kind::temp_topic; }
    [[nodiscard]] bool is_temporary() const {
        return kind == Kind::temp_queue || kind == Kind::temp_topic;
    }
    [[nodiscard]] bool is_subscription() const { return kind == Kind::subscription; }
    [[nodiscard]] std::string text() const;
    /// Of a subscription: what it is subscribed to, and whose it is.
    [[nodiscard]] std::string_view topic() const;
    [[nodiscard]] std::string client_id() const;
    [[nodiscard]] static Place of(const std::string& text);
};

/// The name of every durable subscription: each client has at most one.
inline constexpr const char* kSubscriptionName = "s";
inline constexpr const char* kDeadLetters = "queue ActiveMQ.DLQ";

/// Knows what clients and broker have said to each other, in the order in which the broker took and
/// made it, and says whether the broker could say that. It is told
///   what the broker has taken ("took_…"), when its session is given the bytes, and
///   what the broker says ("said_…"), when its session has put the bytes into its output.
class Oracle {
public:
    using Connection = std::uint32_t;
    using Consumer = std::uint32_t;

    struct Expecting {
        bool small_files = false;   ///< the journal may forget how far a producer has come
        bool large_bodies = false;  ///< what is said to a connection may wait for one to be read
        bool groups = false;        ///< a group's messages wait for the consumer that has it
    };
    Oracle(Trace& trace, Expecting expecting)
        : trace_(trace), ledger_(trace), expecting_(expecting) {}

    [[nodiscard]] Ledger& ledger() { return ledger_; }

    // ---- one life of the broker

    /// The disk begins to fail: from now on requests may fail, and nothing idle is certain.
    void disk_fails() { disk_failed_ = true; }
    [[nodiscard]] bool disk_failed() const { return disk_failed_; }
    /// After a restart: all that lived with the old process is gone.
    void restarted(const Ledger::Contents& contents, std::size_t shards);
    /// After a restart on a store that was damaged, which was said: anything may be lost, and what
    /// was consumed may be back, flagged; nothing is invented or changed.
    void restarted_damaged(const Ledger::Contents& contents, std::size_t shards, bool cut);
    /// What is not on the queues may have been damaged, which was said.
    void excuse(const Ledger::Contents& contents);
    /// What cannot be read becomes a dead letter, though no client has asked for it.
    void expect_dead_letters() { std::ignore = ledger_.queue(kDeadLetters); }
    /// After a restart, maybe on a damaged store: the subscription is there, or not.
    void found_subscription(const Place& subscription, bool exists, bool damaged);
    /// What is on each queue, and how many of these are ready, when nothing is under way.
    void idle(const Ledger::Contents& contents, const std::map<std::string, std::size_t>& ready);

    // ---- connections

    [[nodiscard]] Connection connect() { return ++last_connection_; }
    /// Everything that was taken so far is in effect, not just waiting behind a slow command.
    void caught_up(Connection connection) { soft_.erase(connection); }
    void lost(Connection connection);
    /// Its output does not drain: deliveries may wait inside the broker.
    void stalled(Connection connection) { stalled_.insert(connection); }
    /// So much of its output is unsent that deliveries wait.
    void clogged(Connection connection, bool is) {
        if (is) {
            clogged_.insert(connection);
        } else {
            clogged_.erase(connection);
        }
    }
    [[nodiscard]] bool slow(Connection connection) const {
        return stalled_.contains(connection) || clogged_.contains(connection);
    }

    // ---- messages

    struct Sending {
        Number number = 0;
        std::size_t client = 0;
        Place to;
        bool durable = false;
        std::size_t producer = 0;
        std::int64_t sequence = 0;
        TransactionPtr transaction{};
        bool repeated = false;  ///< sent before, on a connection that was lost
    };
    [[nodiscard]] Number next_number() { return ++last_number_; }
    void took_send(Connection connection, const Sending& sending);
    void said_sent(const Sending& sending, bool refused);

    // ---- transactions

    [[nodiscard]] TransactionPtr new_transaction();
    void took_begin(Connection connection, const TransactionPtr& transaction);
    void took_commit(Connection connection, const TransactionPtr& transaction);
    void took_rollback(const TransactionPtr& transaction);
    void said_committed(const TransactionPtr& transaction, bool refused);

    // ---- temporary destinations and removal

    void took_declare(Connection connection, const Place& temporary);
    /// The client has received the answer.
    void heard_declared(const Place& temporary);
    void took_remove(Connection connection, const Place& place);
    void said_removed(const Place& place, bool refused);
    [[nodiscard]] bool exists(const Place& temporary) const;
    /// A client has been told that there is, or is no longer, a temporary destination.
    void said_advisory(Consumer consumer, const std::string& destination, bool added);

    // ---- durable subscriptions

    /// It may come to be: before anything is sent.
    void add_subscription(const Place& subscription);
    void took_unsubscribe(const Place& subscription);
    void said_unsubscribed(const Place& subscription, bool refused);

    // ---- consumers

    struct Subscribing {
        std::size_t client = 0;
        Place from;
        std::uint32_t prefetch = 0;
        bool browser = false;
        bool no_local = false;
        bool watches_temporaries = false;
    };
    [[nodiscard]] Consumer next_consumer() { return ++last_consumer_; }
    void took_subscribe(Connection connection, Consumer consumer, const Subscribing& what);
    void said_subscribed(Consumer consumer);
    /// `last` as in RemoveInfo.
    void took_close(Consumer consumer, std::int64_t last);
    void took_pull(Consumer consumer);

    enum class Ack { delivered, standard, individual, poison, expired };
    struct Acking {
        Consumer consumer = 0;
        Ack type = Ack::standard;
        Number first = 0;  ///< 0: from the oldest on
        Number last = 0;
        std::size_t count = 0;
        TransactionPtr transaction{};
    };
    void took_ack(Connection connection, const Acking& ack);
    void said_message(Consumer consumer, Number number, std::uint32_t failures,
                      std::int64_t broker_sequence);
    void said_end_of_browse(Consumer consumer);

private:
    struct InFlight {
        Number number = 0;
        CopyPtr copy{};
        std::int64_t broker_sequence = 0;
        TransactionPtr transaction{};
        bool extends = false;
    };
    struct ConsumerFacts {
        Subscribing what;
        Connection connection = 0;
        bool subscribed = false;  ///< and the client knows
        std::deque<InFlight> in_flight;
        std::int64_t extension = 0;
        /// It said that it has seen messages while a commit was under way: which of both changes
        /// the extension first is not known.
        bool extension_unsure = false;
        std::size_t pulls = 0;
        /// By producer and, where there are groups, group: a group that comes from another
        /// consumer brings earlier messages along.
        std::map<std::pair<std::size_t, std::size_t>, std::int64_t> last_of_producer;
        std::set<Number> received;  ///< of a topic
        std::set<Number> due;       ///< of a topic: must come
        std::set<std::string> temporaries;
        bool browsed = false;

        [[nodiscard]] bool has_room() const;
    };
    struct MessageFacts {
        Place to;
        std::size_t producer = 0;
        std::int64_t sequence = 0;
        std::size_t client = 0;
        bool durable = false;
        std::size_t life = 0;          ///< of the broker when it was sent first
        Effect stored = Effect::none;  ///< was it ever?
        std::size_t confirmed_in = 0;  ///< the life of the broker that said so last
        bool visible = false;          ///< of a topic: may be delivered
    };
    struct TransactionFacts {
        Connection connection = 0;
        std::vector<CopyPtr> sends;
        std::vector<CopyPtr> settles;
        std::vector<Number> to_topics;
    };
    struct TemporaryFacts {
        Connection owner = 0;
        bool declared = false;  ///< and everybody knows
        bool leaving = false;
        std::set<Consumer> watchers;  ///< who has to hear of it before its owner does
    };

    struct SubscriptionFacts {
        Place place;
        Effect exists = Effect::none;  ///< none, maybe or sure
        bool leaving = false;          ///< a removal is under way
        bool comes_again = false;      ///< and somebody subscribes behind it
    };

    void begin_life(std::size_t shards);
    [[nodiscard]] bool was_sent(Number number, const std::string& queue) const;
    void soft(Connection connection, std::function<void()> when_lost);
    void send_to_queue(Connection connection, const Sending& sending);
    void publish_to_topic(Connection connection, Number number, const TransactionPtr& transaction);
    void put_on_subscriptions(Connection connection, Number number,
                              const TransactionPtr& transaction);
    void confirm_on_subscriptions(Number number, bool refused);
    void say_from_queue(ConsumerFacts& consumer, Number number, std::uint32_t failures,
                        std::int64_t broker_sequence);
    void say_from_topic(ConsumerFacts& consumer, Number number, std::int64_t broker_sequence);
    void check_order(ConsumerFacts& consumer, Number number, bool excused);
    void check_group(const ConsumerFacts& consumer, Number number);
    using Range = std::pair<std::size_t, std::size_t>;
    [[nodiscard]] static std::optional<Range> find(const ConsumerFacts& consumer,
                                                   const Acking& ack);
    static void leave(ConsumerFacts& consumer, Range range);
    void settle(Connection connection, ConsumerFacts& consumer, Range range);
    void bury(Connection connection, ConsumerFacts& consumer, Range range);
    void bury(Connection connection, const CopyPtr& copy);
    void accept(Connection connection, const CopyPtr& copy);
    void close(ConsumerFacts& consumer, std::int64_t last);
    void roll_back(const TransactionPtr& transaction);
    void delivered(Copy& copy);
    void check_topics();

    Trace& trace_;
    Ledger ledger_;
    Number last_number_ = 0;
    Connection last_connection_ = 0;
    Consumer last_consumer_ = 0;
    std::uint64_t last_transaction_ = 0;
    const Expecting expecting_;
    std::size_t life_ = 0;
    bool quick_ = false;  ///< consumers may get what is not on disk yet: docs/adr/0009
    bool disk_failed_ = false;

    std::map<Number, MessageFacts> messages_;
    std::map<Consumer, ConsumerFacts> consumers_;
    std::map<std::string, TemporaryFacts> temporaries_;
    std::map<TransactionPtr, TransactionFacts> transactions_;
    std::map<Connection, std::vector<std::function<void()>>> soft_;
    std::map<std::string, SubscriptionFacts> subscriptions_;
    std::map<std::string, int> removals_;  ///< under way, by queue
    std::set<Connection> stalled_;
    std::set<Connection> clogged_;
};

}  // namespace tern::simulation
