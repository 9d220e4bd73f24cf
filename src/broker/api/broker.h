#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <span>
#include <vector>

namespace tern::broker {

struct Publish {
    DestinationView to;  ///< created when needed, unless it is temporary
    MessagePtr message;
    TransactionNumber transaction = {};
    Token token = {};
    Origin origin = {};
    /// The sender does not know whether this message arrived before: a durable one is dropped, and
    /// answered as ever, when its producer's sequence has already been stored that far.
    bool maybe_repeated = false;
};

struct Subscribe {
    enum class Mode : std::uint8_t { consume, browse };

    ConsumerNumber consumer;
    /// One queue, or any number of topics that share the subscription.
    std::vector<Destination> destinations;
    Mode mode = Mode::consume;
    /// How many messages may be delivered before more is granted.
    std::uint32_t credit = 0;
    Token token;
};

/// The broker, as one connection sees it. Commands take effect in the order of the calls and return
/// at once; an answer, if `token` is not 0, comes by `Listener::completed`, perhaps before the call
/// returns. Answers to publishes may overtake those of other commands, but not each other.
///
/// Runs on: the connection's shard.
class Broker {
public:
    virtual ~Broker() = default;

    /// Sends a message. Outside a transaction the answer says that a durable message is safe.
    /// Inside, the message waits for the commit, and the answer says only that it was taken.
    /// Errors: no_such_destination, no_such_transaction, storage_failed.
    virtual void publish(Publish command) = 0;

    /// Opens a consumer. Errors: no_such_destination, not_the_owner.
    virtual void subscribe(Subscribe command) = 0;
    /// Closes a consumer. What was delivered to it and not settled, save within a transaction, goes
    /// back to the queue: those in `failed` counted as failed deliveries, the others not.
    virtual void unsubscribe(ConsumerNumber consumer, std::span<const DeliveryTag> failed,
                             Token token) = 0;
    /// Lets `credit` more messages come.
    virtual void grant(ConsumerNumber consumer, std::uint32_t credit) = 0;
    /// Delivers what is there and may be delivered, then takes back the credit that is left; the
    /// answer comes behind these deliveries.
    virtual void drain(ConsumerNumber consumer, Token token) = 0;

    /// Settles messages delivered to `consumer`. Within a transaction only `accept` is possible; it
    /// takes effect with the commit, and until then the messages stay away from everybody.
    /// Tags that are not in delivery to this consumer are ignored.
    virtual void settle(ConsumerNumber consumer, std::span<const DeliveryTag> tags, Outcome outcome,
                        TransactionNumber transaction) = 0;

    virtual void begin(TransactionNumber transaction) = 0;
    /// Everything of the transaction becomes visible and durable at once, or nothing.
    /// Errors: no_such_transaction, storage_failed.
    virtual void commit(TransactionNumber transaction, Token token) = 0;
    /// Publishes are forgotten; accepted messages are again in delivery to their consumer, or go
    /// back to the queue as failed deliveries when it is closed. Errors: no_such_transaction.
    virtual void rollback(TransactionNumber transaction, Token token) = 0;

    /// Makes a destination; one that exists already is fine.
    virtual void declare(const Destination& destination, Token token) = 0;
    /// Deletes a destination with all its messages; one that does not exist is fine.
    /// Errors: has_consumers (never for a temporary one).
    virtual void remove(const Destination& destination, Token token) = 0;
    /// Whether a message for `destination` would find it there, without creating it.
    [[nodiscard]] virtual bool exists(const DestinationView& destination) const = 0;
    /// All temporary destinations there are, for those who must know them.
    [[nodiscard]] virtual std::vector<Destination> temporary_destinations() const = 0;

    /// Registers the connection under its client id, which is unique broker-wide. `instance` tells
    /// reconnections apart from strangers: a connection of the same instance that still holds the
    /// id is evicted. Errors: client_id_in_use.
    virtual void identify(std::string_view client_id, std::string_view instance, Token token) = 0;

    /// Milliseconds since 1970, for what is stamped on messages.
    [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
};

}  // namespace tern::broker
