#pragma once

#include "broker/api/branch.h"
#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "broker/api/limit.h"
#include "broker/api/login.h"
#include "broker/api/notice.h"
#include "broker/api/queue_info.h"
#include "broker/api/queue_report.h"
#include "broker/api/revision.h"
#include "broker/api/scheduled_job.h"
#include "message/message.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace tern::broker {

class ExchangeBroker;
class LargeBodies;
class Operations;

struct Publish {
    DestinationView to;  ///< created when needed, unless it is temporary
    MessagePtr message;
    TransactionNumber transaction = {};
    Token token = {};
    Origin origin = {};
    /// The sender does not know whether this message arrived before: a durable one is dropped, and
    /// answered as ever, when its producer's sequence has already been stored that far.
    bool maybe_repeated = false;
    /// One whose property `_AMQ_DUPL_ID` was seen at `to` before is dropped, and answered as ever;
    /// a transaction with such a one fails.
    bool detect_duplicates = true;
};

struct Subscribe {
    enum class Mode : std::uint8_t { consume, browse };

    ConsumerNumber consumer;
    /// What clients know it by, if its room has a name for it.
    std::string name = {};
    /// Any number of queues and topics that share the consumer's credit, patterns among them
    /// (`is_pattern`): these stand for all that match them, later ones included.
    std::vector<Destination> destinations;
    Mode mode = Mode::consume;
    /// How many messages may be delivered before more is granted.
    std::uint32_t credit = 0;
    /// Which messages it takes, in JMS's language; empty: all. UTF-8.
    std::string selector = {};
    /// While a queue has such consumers, only the first of them gets messages.
    bool exclusive = false;
    /// Of a queue's consumers those with a higher one come first, as long as they have credit.
    std::int16_t priority = 0;
    /// Topics: not what this connection publishes.
    bool no_local = false;
    /// Topics, unless the subscription has a name: how many messages may wait beyond the credit
    /// before old ones are dropped; below 1: as many as the policy says.
    std::int32_t pending_max = 0;
    /// Topics: the subscription outlives its consumers (durable), or is shared by several, or both.
    /// `subscription.selector` and `.no_local` are ignored: the ones here count.
    std::optional<NamedSubscription> subscription = {};
    /// Of a named subscription that ends with its last consumer.
    bool transient = false;
    /// Topics, unless the subscription has a name: what the policy has kept of their past comes
    /// first.
    bool retroactive = false;
    Token token;
};

/// What decides how many messages a consumer may have before it settles any.
enum class ConsumerKind : std::uint8_t { queue, browser, topic, durable };

/// Whose client id a connection may take.
enum class Takeover : std::uint8_t { none, own, always };

/// The broker, as one connection sees it. Commands take effect in the order of the calls and return
/// at once; an answer, if `token` is not 0, comes by `Listener::completed`, perhaps before the call
/// returns. Answers to publishes may overtake those of other commands, but not each other.
///
/// Runs on: the connection's shard.
class Broker {
public:
    virtual ~Broker() = default;

    /// Finds out who the client is; what its connection is known by, such as a certificate, counts
    /// as well. Commands behind this one wait for the answer. Where users are known, a connection
    /// for which it never came well is refused everything: each command may answer
    /// `not_authenticated`, and `may_not_…` when the user lacks that right.
    /// Errors: not_authenticated, too_many_sessions (or connections: then it may try again later).
    virtual void log_in(const Login& login, Token token) = 0;
    /// What it may be shown instead of a password.
    [[nodiscard]] virtual LoginWays login_ways() const = 0;
    /// Asks what `user` has to prove its password with, by that hash; somebody whom nobody knows,
    /// too, is given something. `answer` runs once, unless the connection ends before, and perhaps
    /// before the call returns. Nothing: nobody can be asked so.
    virtual void challenge(std::string_view user, ScramHash hash,
                           std::move_only_function<void(std::optional<ScramChallenge>)> answer) = 0;
    /// Who the client is, once that is known.
    [[nodiscard]] virtual std::string_view user() const = 0;
    /// Takes a place among the sessions that the user may have, until `end_session` or the end of
    /// the connection; to be called once for each, or once for a connection of a protocol without.
    /// Errors: too_many_sessions.
    [[nodiscard]] virtual std::error_code begin_session() { return {}; }
    virtual void end_session() {}
    /// Whether there is anything that it may not be let do.
    [[nodiscard]] virtual bool guarded() const = 0;
    /// Why a publish to `to`, or to one of its parts, would be refused; no error: it would not for
    /// want of rights, unless the destination would have to be made.
    [[nodiscard]] virtual std::error_code may_publish(const DestinationView& to) = 0;

    /// Sends a message. Outside a transaction the answer says that a durable message is safe.
    /// Inside, the message waits for the commit, and the answer says only that it was taken.
    /// One that asks to be delivered later is kept until then, if there is a scheduler.
    /// One for which there is no space waits for that; other commands do not wait for it.
    /// Errors: no_such_destination, no_such_transaction, invalid_schedule, no_space,
    /// storage_failed.
    virtual void publish(Publish command) = 0;

    /// Opens a consumer. A named subscription is made if there is none, and made anew, without its
    /// messages, when its topics, its selector or no_local have changed while nobody used it.
    /// Errors: no_such_destination, not_the_owner, invalid_selector, subscription_in_use,
    /// subscription_differs.
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
    /// Outcome::reject with the reason, which goes with the dead letter.
    virtual void reject(ConsumerNumber consumer, std::span<const DeliveryTag> tags,
                        std::string_view cause) = 0;
    /// Changes a message delivered to `consumer`, for whoever gets it next: `change` makes another
    /// one of it, or null. Holds while the message is in memory.
    virtual void revise(ConsumerNumber consumer, const DeliveryTag& tag, Revision change) = 0;
    /// Deletes a named subscription with its messages.
    /// Errors: no_such_subscription, subscription_in_use.
    virtual void forget_subscription(const SubscriptionKey& key, Token token) = 0;
    /// Null when there is no named subscription of that key.
    [[nodiscard]] virtual QueueInfoPtr find_subscription(const SubscriptionKey& key) const = 0;
    /// What is wrong with a selector, in words that point at the column; empty: nothing.
    [[nodiscard]] virtual std::string selector_problem(std::string_view selector) const = 0;

    virtual void begin(TransactionNumber transaction) = 0;
    /// Everything of the transaction becomes visible and durable at once, or nothing.
    /// Errors: no_such_transaction, duplicate, storage_failed.
    virtual void commit(TransactionNumber transaction, Token token) = 0;
    /// Publishes are forgotten; accepted messages are again in delivery to their consumer, or go
    /// back to the queue as failed deliveries when it is closed. Errors: no_such_transaction.
    virtual void rollback(TransactionNumber transaction, Token token) = 0;

    /// Begins `transaction` as a part of the branch `name` (any bytes) of a distributed
    /// transaction. Parts of several connections make one branch and end as one: who has a part
    /// hears `Listener::branch_ended`. The first part's rollback, and the end of its connection,
    /// roll the branch back if it is not prepared; those of other parts leave what they did in it.
    /// Errors: branch_prepared.
    virtual void join_branch(const std::string& name, TransactionNumber transaction,
                             Token token) = 0;
    /// Keeps durably what all parts of the branch did: nobody sees its publishes or gets what it
    /// accepted until any connection finishes it. A prepared one is fine.
    /// Errors: no_such_transaction, nothing_to_prepare, branch_committed, branch_rolled_back,
    /// storage_failed.
    virtual void prepare_branch(const std::string& name, Token token) = 0;
    /// One that an operator has ended stays known, by that, until it is forgotten.
    /// Errors: no_such_transaction, branch_not_prepared, branch_committed, branch_rolled_back,
    /// storage_failed.
    virtual void finish_branch(const std::string& name, BranchEnd end, Token token) = 0;
    /// Says the names of all that are prepared, or that an operator has ended.
    virtual void list_branches(std::move_only_function<void(std::vector<std::string>)> answer) = 0;

    /// Makes a destination; one that exists already is fine.
    virtual void declare(const Destination& destination, Token token) = 0;
    /// Deletes a destination with all its messages; one that does not exist is fine.
    /// Errors: has_consumers (never for a temporary one).
    virtual void remove(const Destination& destination, Token token) = 0;
    /// Before the connection ends: its temporary destinations and its client id are gone for all
    /// others when this has completed.
    virtual void leave(Token token) = 0;
    /// Whether a message for `destination` would find it there, without creating it.
    [[nodiscard]] virtual bool exists(const DestinationView& destination) const = 0;
    /// How many messages a consumer of the destination may have before it settles any, unless it
    /// says so itself.
    [[nodiscard]] virtual std::uint32_t prefetch(const DestinationView& destination,
                                                 ConsumerKind kind) const = 0;
    /// Whether acknowledging within a transaction, or ahead of time, lets more come.
    [[nodiscard]] virtual bool extends_prefetch(const DestinationView& destination) const = 0;
    /// All temporary destinations there are, for those who must know them.
    [[nodiscard]] virtual std::vector<Destination> temporary_destinations() const = 0;
    /// All queues there are, subscriptions and temporary ones apart.
    [[nodiscard]] virtual std::vector<Destination> queues() const = 0;

    /// The numbers of all queues whose name `pattern` matches, by name; subscriptions and
    /// temporary ones apart.
    virtual void report_queues(std::string pattern,
                               std::move_only_function<void(std::vector<QueueReport>)> answer) = 0;

    /// The messages that wait for their time, in the order of that.
    virtual void list_scheduled(
        JobSelection which, std::move_only_function<void(std::vector<ScheduledJob>)> answer) = 0;
    /// Forgets them; the answer comes once that is done.
    virtual void remove_scheduled(JobSelection which, Token token) = 0;

    /// Tells it to everybody who listens to its topic; the answer says that this was done. Others'
    /// commands are not held up.
    virtual void announce(Notice notice) = 0;
    /// Makes the messages of all that lasts in topics that `patterns` match.
    virtual void list_notices(std::vector<std::string> patterns,
                              std::move_only_function<void(std::vector<MessagePtr>)> answer) = 0;

    /// Lets clients know of this one and, from now on, of its consumers, by what the observer makes
    /// of it: for rooms that do not announce these by themselves.
    virtual void introduce(std::string_view client_id) { std::ignore = client_id; }
    /// After `introduce`: it will send to that destination, until `remove_producer`.
    virtual void add_producer(std::uint32_t number, const Destination& to) {
        std::ignore = number;
        std::ignore = to;
    }
    virtual void remove_producer(std::uint32_t number) { std::ignore = number; }

    /// The client ran into a limit that its room watches.
    virtual void note_crossed(Limit limit) = 0;

    /// Registers the connection under its client id, which is unique broker-wide. `instance` tells
    /// reconnections apart from strangers: a connection of the same instance that still holds the
    /// id is evicted, and with `Takeover::always` a stranger is, too; with `none` nobody is.
    /// Errors: client_id_in_use.
    virtual void identify(std::string_view client_id, std::string_view instance, Takeover takeover,
                          Token token) = 0;

    /// The part for protocols with exchanges: broker/route/exchange_broker.h.
    [[nodiscard]] virtual ExchangeBroker& exchanges() = 0;

    /// For bodies that come and go in pieces: broker/api/large_bodies.h. Null: there is no such
    /// thing here.
    [[nodiscard]] virtual LargeBodies* large_bodies() { return nullptr; }

    /// All of the broker, for rooms that tell clients of it: broker/api/operations.h. Called on the
    /// connection's shard, where replies come, too, even when the connection has ended meanwhile.
    /// Null: there is no such thing here.
    [[nodiscard]] virtual Operations* operations() { return nullptr; }

    /// Milliseconds since 1970, for what is stamped on messages.
    [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
};

}  // namespace tern::broker
