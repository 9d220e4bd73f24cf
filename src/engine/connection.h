#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "broker/api/errors.h"
#include "broker/api/listener.h"
#include "broker/api/operations.h"
#include "broker/filter/filter.h"
#include "broker/queue/consumers.h"
#include "engine/access.h"
#include "engine/catalog.h"
#include "engine/connection_places.h"
#include "engine/routing.h"
#include "engine/transaction.h"
#include "engine/turn.h"
#include "runtime/timer_wheel.h"
#include "security/realm.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace tern::engine {

class ConnectionExchanges;
class LargeBodies;
class Presence;
class ShardBroker;

/// The door for one client: keeps what belongs to it and turns its commands into those of queues,
/// journal and catalog.
///
/// A command that has to wait for the catalog holds up those behind it, so that the order of the
/// calls stays the order of the effects.
class Connection final : public broker::Broker {
public:
    /// Bytes of publishes on their way to the journal above which a connection should not be read.
    static constexpr std::size_t kUnconfirmedBytesMax = std::size_t{4} * 1024 * 1024;
    /// How many refusals are remembered, so as not to write the same down again and again.
    static constexpr std::size_t kRefusalsNoted = 1000;

    Connection(ShardBroker& shard, broker::ConnectionNumber number, broker::Listener& listener);
    ~Connection() override;

    [[nodiscard]] broker::ConnectionNumber number() const { return number_; }
    [[nodiscard]] broker::Listener& listener() { return listener_; }
    /// Where this comes from: what operators see, and what counts when it logs in.
    struct Description {
        std::string_view protocol;
        std::string_view peer;              ///< its address
        std::string_view certificate = {};  ///< as in `protocol::Wire`
        std::string_view listener = {};     ///< by its name
        /// Which realm is asked who it is; empty: the broker's.
        std::string_view security_domain = {};
        // What it may have open; below 0: any number.
        std::int32_t consumers_max = -1;
        std::int32_t producers_max = -1;
    };
    void describe(const Description& description);
    /// It is the broker's own: operators do not see it, and it may do everything.
    void hide() { hidden_ = true; }
    [[nodiscard]] bool hidden() const { return hidden_; }
    /// False while nobody knows who this is, but somebody has to.
    [[nodiscard]] bool admitted() const;
    [[nodiscard]] broker::ConnectionStatus status() const;
    /// Why it does not get on, as far as that is known here.
    [[nodiscard]] std::vector<broker::Obstacle> explain() const;
    /// The same of its sends that wait for space: one for each destination.
    void explain_sends(std::vector<broker::Obstacle>& found) const;

    /// True while more input should not be read; `unblocked` runs once when that ends.
    [[nodiscard]] bool blocked() const;
    void when_unblocked(Task unblocked);
    /// It sends messages and takes none but what the broker says of itself: what it has to say may
    /// wait.
    [[nodiscard]] bool only_sends() const;

    /// Bytes of a body are on their way to its file, or have arrived there.
    void add_unwritten(std::size_t bytes) { unconfirmed_bytes_ += bytes; }
    void written(std::size_t bytes);

    /// Ends everything that lives with the connection, messages in delivery as failed ones.
    void close();
    /// Closes, and says why.
    void evict(broker::ConnectionEnd why);
    /// Null: nobody knows yet, or it is the broker's own.
    [[nodiscard]] const security::IdentityPtr& identity() const { return access_.identity(); }
    /// As it is configured.
    [[nodiscard]] const std::string& listener_name() const { return listener_name_; }
    /// Publishes of `answer` became durable, or were lost for `error`.
    void answered(const Answer& answer, std::error_code error);
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& from,
                 std::span<const broker::Delivery> deliveries);
    void show(broker::ConsumerNumber consumer, const broker::QueueInfo& from,
              std::span<const broker::Delivery> content, bool last);
    /// Up to `most` of the credit that a consumer of several queues has left; after 0 the queue is
    /// told by `Queue::grant` when there is some.
    [[nodiscard]] std::uint32_t lend(broker::ConsumerNumber consumer, broker::QueueId queue,
                                     std::uint32_t most);
    /// The same for a queue of another shard: what can be had is granted to it.
    void lend_later(broker::ConsumerNumber consumer, broker::QueueId queue);
    void repay(broker::ConsumerNumber consumer, std::uint64_t credit);
    /// The consumer is too slow for others: it is closed, or all of the connection.
    void abort(broker::ConsumerNumber consumer, bool whole);
    /// A queue was made, or is gone.
    void queue_added(const broker::QueueInfoPtr& queue);
    void queue_removed(broker::QueueId queue);
    /// The consumer came to its queue `gone` when that was about to be removed: it goes on to the
    /// one that takes its place.
    void follow(broker::ConsumerNumber consumer, broker::QueueId gone);
    /// Other rights hold now: consumers that these do not allow end.
    void end_revoked();
    /// The consumer's queue is being removed.
    void cancelled(broker::ConsumerNumber consumer);

    /// These are not accepted in a transaction any more.
    void unstaged(std::span<const StagedAccept> accepts);
    /// The catalog wants what was done in that part of a branch, which ends here.
    void hand_in(broker::TransactionNumber transaction);
    void branch_ended(broker::TransactionNumber transaction, std::span<const StagedAccept> accepts,
                      bool committed);

    /// Rejects a message that the session is not shown. Another one may come in its place, unless
    /// the consumer has been drained since the session granted its credit, which is taken back
    /// then.
    void pass_over(broker::ConsumerNumber consumer, const broker::DeliveryTag& tag,
                   std::string_view cause);

    // broker::Broker
    void log_in(const broker::Login& login, broker::Token token) override;
    [[nodiscard]] broker::LoginWays login_ways() const override;
    void challenge(
        std::string_view user, broker::ScramHash hash,
        std::move_only_function<void(std::optional<broker::ScramChallenge>)> answer) override;
    [[nodiscard]] std::string_view user() const override;
    [[nodiscard]] std::error_code begin_session() override;
    void end_session() override;
    [[nodiscard]] bool guarded() const override;
    [[nodiscard]] std::error_code may_publish(const broker::DestinationView& to) override;
    void publish(broker::Publish command) override;
    void subscribe(broker::Subscribe command) override;
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> failed,
                     broker::Token token) override;
    void grant(broker::ConsumerNumber consumer, std::uint32_t credit) override;
    void drain(broker::ConsumerNumber consumer, broker::Token token) override;
    void settle(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                broker::Outcome outcome, broker::TransactionNumber transaction) override;
    void reject(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                std::string_view cause) override;
    void revise(broker::ConsumerNumber consumer, const broker::DeliveryTag& tag,
                broker::Revision change) override;
    void forget_subscription(const broker::SubscriptionKey& key, broker::Token token) override;
    [[nodiscard]] broker::QueueInfoPtr find_subscription(
        const broker::SubscriptionKey& key) const override;
    [[nodiscard]] std::string selector_problem(std::string_view selector) const override;
    void begin(broker::TransactionNumber transaction) override;
    void commit(broker::TransactionNumber transaction, broker::Token token) override;
    void rollback(broker::TransactionNumber transaction, broker::Token token) override;
    void join_branch(const std::string& name, broker::TransactionNumber transaction,
                     broker::Token token) override;
    void prepare_branch(const std::string& name, broker::Token token) override;
    void finish_branch(const std::string& name, broker::BranchEnd end,
                       broker::Token token) override;
    void list_branches(std::move_only_function<void(std::vector<std::string>)> answer) override;
    void declare(const broker::Destination& destination, broker::Token token) override;
    void remove(const broker::Destination& destination, broker::Token token) override;
    void leave(broker::Token token) override;
    [[nodiscard]] bool exists(const broker::DestinationView& destination) const override;
    [[nodiscard]] std::uint32_t prefetch(const broker::DestinationView& destination,
                                         broker::ConsumerKind kind) const override;
    [[nodiscard]] bool extends_prefetch(const broker::DestinationView& destination) const override;
    [[nodiscard]] std::vector<broker::Destination> temporary_destinations() const override;
    [[nodiscard]] std::vector<broker::Destination> queues() const override;
    void list_scheduled(
        broker::JobSelection which,
        std::move_only_function<void(std::vector<broker::ScheduledJob>)> answer) override;
    void remove_scheduled(broker::JobSelection which, broker::Token token) override;
    void introduce(std::string_view client_id) override;
    void add_producer(std::uint32_t number, const broker::Destination& to) override;
    void remove_producer(std::uint32_t number) override;
    void note_crossed(broker::Limit limit) override;
    void report_queues(
        std::string pattern,
        std::move_only_function<void(std::vector<broker::QueueReport>)> answer) override;
    void announce(broker::Notice notice) override;
    void list_notices(std::vector<std::string> patterns,
                      std::move_only_function<void(std::vector<MessagePtr>)> answer) override;
    void identify(std::string_view client_id, std::string_view instance, broker::Takeover takeover,
                  broker::Token token) override;
    [[nodiscard]] broker::ExchangeBroker& exchanges() override;
    [[nodiscard]] broker::LargeBodies* large_bodies() override;
    [[nodiscard]] broker::Operations* operations() override;
    [[nodiscard]] std::int64_t wall_ms() const override;

private:
    friend class ConnectionExchanges;

    /// A consumer and the queues it is attached to: one, as a rule.
    struct Attached {
        std::vector<broker::QueueInfoPtr> queues;
        broker::ConsumerOptions options;
        broker::FilterPtr filter;
        /// Queues that are made later and match one of these are attached, too.
        std::vector<std::string> patterns;
        /// Several queues borrow from one credit: what is left of it, what is with them, and who
        /// asked in vain.
        bool shares_credit = false;
        std::uint64_t credit = 0;
        std::uint64_t lent = 0;
        std::vector<broker::QueueId> hungry;
        /// Browses one queue after the other; `credit` is what the current one has left.
        bool browses = false;
        /// One of those that are limited: not of what the broker itself says.
        bool counts = false;
        std::size_t browsing = 0;
        bool drained = false;  ///< since credit was last granted
    };

    struct TagHash {
        std::size_t operator()(const broker::DeliveryTag& tag) const noexcept {
            return std::hash<broker::QueueId>{}(tag.queue) ^ tag.ordinal;
        }
    };

    using Question = std::move_only_function<void(Catalog&, CatalogAnswer)>;
    using Then = std::move_only_function<void(Connection&, std::error_code)>;

    /// Holds the connection until the catalog has answered, then runs `then` on the connection, or
    /// `orphaned` when the connection is gone by that time.
    void ask(Question question, Then then,
             std::move_only_function<void(ShardBroker*)> orphaned = nullptr);
    /// True when the command has to wait: `again` repeats it later.
    [[nodiscard]] bool waits() const { return waiting_ || claims_ > 0; }
    void park(Task again) { parked_.push_back(std::move(again)); }
    void resume();
    /// Lets input be read again if nothing speaks against it any more.
    void unblock();
    /// Unblocks when the loop is not congested any more, if it is: nothing else may tell.
    void await_clear();
    void complete(broker::Token token, std::error_code error = {});

    /// Makes sure there is something to route to; true when the caller may go on now. Otherwise
    /// `again` runs when there is, or the failure is answered.
    [[nodiscard]] bool ensure(const broker::DestinationView& destination, broker::Token token,
                              Task again);
    /// The same for a temporary destination that is gone. Always false.
    [[nodiscard]] bool remake(const broker::DestinationView& temporary, broker::Token token,
                              Task again);
    /// The same for a topic that somebody has to make who may.
    void ensure_topic(const broker::DestinationView& topic, broker::Token token, Task again);
    /// What clients call by another name; nothing: its own.
    [[nodiscard]] std::optional<broker::Destination> translate(
        const broker::DestinationView& named) const;
    [[nodiscard]] Publisher publisher() const { return {shard_id(), number_, client_id_}; }
    [[nodiscard]] ShardId shard_id() const;
    /// What clients know it by, if its room has no name for it.
    [[nodiscard]] std::string name() const;
    // connection_access.cc
    /// Why it may not do that: no error if it may. Remembered for each destination.
    [[nodiscard]] std::error_code check(security::Right right,
                                        const broker::DestinationView& destination,
                                        broker::Errc refusal);
    [[nodiscard]] bool allowed(security::Right right, const broker::DestinationView& destination);
    /// Those that count here; null: the rights do.
    [[nodiscard]] const security::PermissionsPtr& permissions() const;
    /// For what is about no destination.
    [[nodiscard]] std::error_code check_admitted() const;
    [[nodiscard]] std::error_code check_subscribe(const broker::Subscribe& command);
    [[nodiscard]] bool may_go_on(const Attached& attached);
    /// A queue that lives with a connection counts as a temporary one.
    [[nodiscard]] broker::DestinationView as_used(const broker::DestinationView& destination) const;
    void note_refusal(const broker::DestinationView& destination, broker::Errc refusal);
    [[nodiscard]] security::Credentials credentials(const broker::Login& login) const;
    void log_in(security::Credentials shown, broker::Token token);
    /// Somebody has been found to be who it says.
    void admit(security::IdentityPtr identity, broker::Token token);
    void note_user_is_full(std::string_view user);
    void end_login(security::Verdict verdict, broker::Token token);
    /// Whether somebody had to make the destination, and nobody did.
    [[nodiscard]] bool is_missing(const broker::DestinationView& destination) const;
    // connection_publishing.cc
    /// True when the message's body is not safe yet: then the command waits, and all behind it.
    [[nodiscard]] bool awaits_body(const broker::Publish& command);
    /// True when it was an order to the scheduler, which was taken.
    /// A destination that would get the message and has to be made first.
    [[nodiscard]] std::optional<broker::Destination> find_absent(
        const broker::DestinationView& to) const;
    [[nodiscard]] bool is_ordered(const broker::Publish& command);
    /// Where there is no space, and why.
    struct Obstacle {
        broker::Destination at;
        broker::Limit full;
    };
    /// Something that waits for space.
    struct Waiting {
        /// Does it, if there is space now, or in any case. What it came upon, if there is none.
        std::move_only_function<std::optional<Obstacle>(bool forced)> attempt;
        broker::Limit stopped_by = {};
        broker::Destination at = {};  ///< where there was no space; none: it is only behind others
        Instant since = {};
        broker::Token token;
        broker::TransactionNumber transaction = {};  ///< rolled back when it is given up
        std::int64_t give_up_ms = 0;
        std::size_t bytes = 0;         ///< of a message
        std::size_t staged_bytes = 0;  ///< of a transaction's messages: these stop no reading
    };
    /// What waits for the space of one destination, in order; those for none are commits.
    using Lines = std::unordered_map<broker::Destination, std::deque<Waiting>,
                                     broker::DestinationHash, broker::DestinationEqual>;

    // connection_duplicates.cc
    /// The id that its sender gave it, if that is to count.
    [[nodiscard]] broker::Origin message_id(const broker::Publish& command) const;
    /// Asks whether these ids are new, and remembers them; what comes behind waits. `orphaned`: the
    /// connection is gone meanwhile.
    void claim(std::vector<broker::Origin> ids, std::move_only_function<void(bool)> claimed,
               std::move_only_function<void(ShardBroker&)> orphaned);
    void send_once(const broker::Publish& command);
    void commit_once(std::vector<broker::Origin> ids, Transaction work, broker::Token token);
    void note_duplicate(const broker::DestinationView& to);

    // connection_space.cc: flow control.
    /// True when the command waits for space, or was refused for want of it.
    [[nodiscard]] bool waits_for_space(const broker::Publish& command,
                                       std::span<const broker::QueueInfoPtr> queues, bool durable);
    [[nodiscard]] bool waits_for_space(broker::TransactionNumber transaction, broker::Token token);
    [[nodiscard]] std::optional<Obstacle> obstacle(const Transaction& work) const;
    /// Takes from a transaction what has no space and is dropped then.
    void drop_unwanted(Transaction& work);
    void wait(const broker::DestinationView& in_line, Waiting waiting);
    /// It does not wait any more.
    void note_waited(const Waiting& waiting);
    void try_waiting();
    void try_line(const broker::Destination& name);
    void arm_space_timer();
    /// What was taken is sent, space or not: its sender is gone.
    void send_waiting();
    void commit_now(broker::TransactionNumber transaction, broker::Token token);
    /// A transaction has too many messages.
    void refuse_more(broker::TransactionNumber transaction, broker::Token token);
    [[nodiscard]] bool has_all_consumers(const broker::Subscribe& command);
    void commit_work(Transaction work, broker::Token token);

    /// How long the message lives by its destination's policy.
    [[nodiscard]] std::error_code set_expiry(broker::Publish& command) const;
    /// What plugins make of the message.
    [[nodiscard]] std::error_code intercept(broker::Publish& command) const;
    /// What is wanted later goes to the schedule instead.
    [[nodiscard]] std::error_code schedule(broker::Publish& command);
    void publish_now(broker::Publish&& command);
    /// The same without looking at limits.
    void send(broker::Publish&& command, std::span<const broker::QueueInfoPtr> queues,
              Routed&& routed);
    /// The same without looking whether it was sent before.
    void send_now(broker::Publish&& command, std::span<const broker::QueueInfoPtr> queues,
                  Routed&& routed);
    /// `trace`: its number, if it is followed.
    void publish_routed(Routed&& routed, MessagePtr message, const broker::Origin& origin,
                        broker::Token token, std::uint64_t trace);
    void publish_to(std::span<const broker::QueueInfoPtr> queues, const MessagePtr& message,
                    const broker::Origin& origin, broker::Token token);
    /// `publish` of the same command, for later.
    [[nodiscard]] Task repeat(const broker::Publish& command);
    /// True when the command was dealt with here: a copy of what is stored, or one that has to wait
    /// until that is known.
    [[nodiscard]] bool is_repeated(const broker::Publish& command);
    void look_up_producer(const broker::Origin& origin, Task again);
    void declare_temporary(const broker::Destination& destination, Then then);
    [[nodiscard]] bool destinations_ready(const broker::Subscribe& command);
    void open_subscription(const broker::Subscribe& command, const broker::FilterPtr& filter);
    /// Gives a new subscription what is kept of its topics' past, then lets `then` go on.
    void recall(const broker::Subscribe& command, const broker::QueueInfoPtr& subscription,
                std::move_only_function<void(Connection&)> then);
    /// A queue that has all the consumers it may have.
    [[nodiscard]] bool is_crowded(const broker::QueueInfo& queue) const;
    /// `subscription`: the queue of the topics among the destinations, or null.
    void attach(const broker::Subscribe& command, broker::FilterPtr filter,
                const broker::QueueInfoPtr& subscription);
    void attach_now(const broker::Subscribe& command, broker::FilterPtr filter,
                    const broker::QueueInfoPtr& subscription);
    void attach(broker::ConsumerNumber consumer, const Attached& to,
                const broker::QueueInfoPtr& queue);
    /// On one other shard, all of them.
    [[nodiscard]] bool live_elsewhere(std::span<const broker::QueueInfoPtr> queues) const;
    /// Completes it when the shards of these queues have done what they were asked before: whoever
    /// hears of it can tell others, who find it so.
    void complete_behind(std::span<const broker::QueueInfoPtr> queues, broker::Token token);
    void browse_next(broker::ConsumerNumber consumer, Attached& attached);
    void feed_hungry(broker::ConsumerNumber consumer, Attached& attached);
    void drain_all(broker::ConsumerNumber consumer, broker::Token token);
    /// `failed` as in `unsubscribe`; none: nobody can say what was seen.
    void close_consumer(broker::ConsumerNumber consumer, const Attached& attached,
                        std::optional<std::span<const broker::DeliveryTag>> failed);
    void detach(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                std::optional<std::span<const broker::DeliveryTag>> failed);
    /// Runs `command(Queue&, ordinals)` on each queue that tags are of.
    template <class Command>
    void on_queues_of(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                      const Command& command);
    void announce_now(const broker::Notice& notice);
    void forget(broker::TransactionNumber number, Transaction transaction);
    /// As `ask`; meanwhile parts of branches can be handed in.
    void ask_branch(Question question, Then then);
    void hand_in(broker::TransactionNumber transaction, Transaction work);
    void leave_branch(broker::TransactionNumber transaction, Transaction work);
    [[nodiscard]] broker::ConsumerRef ref(broker::ConsumerNumber consumer) const;
    void add_unconfirmed(Turn& turn, broker::Token token, std::size_t bytes);

    ShardBroker& shard_;
    broker::ConnectionNumber number_;
    broker::Listener& listener_;
    ConnectionPlaces places_;
    std::unique_ptr<ConnectionExchanges> exchanges_;  ///< made when first asked for
    std::unique_ptr<LargeBodies> large_bodies_;       ///< likewise
    std::unique_ptr<Presence> presence_;              ///< since `introduce`
    std::unordered_map<broker::ConsumerNumber, Attached> consumers_;
    std::unordered_map<broker::TransactionNumber, Transaction> transactions_;
    /// Accepted in transactions that have not ended, their commits included: once is enough.
    std::unordered_set<broker::DeliveryTag, TagHash> staged_;
    /// Producers whose history on all shards was asked for.
    std::unordered_map<std::uint64_t, std::uint64_t> repeated_up_to_;
    std::vector<broker::Destination> temporaries_;
    std::string client_id_;
    std::string instance_;
    std::string protocol_;
    std::string peer_;
    std::string certificate_;
    std::string listener_name_;
    std::string security_domain_;
    std::int32_t consumers_max_ = -1;
    std::int32_t producers_max_ = -1;
    Access access_;
    /// What was written down already.
    std::unordered_set<std::string> refusals_;
    std::int64_t connected_at_ms_;
    std::uint64_t published_ = 0;
    std::uint64_t delivered_ = 0;
    FrugalDeque<Task> parked_;
    FrugalDeque<broker::Notice> ends_;  ///< parked ones
    Task unblocked_;
    bool awaits_clear_ = false;  ///< the loop will tell when it is not congested
    Lines lines_;
    std::size_t waiting_bytes_ = 0;
    Timer space_timer_;
    std::size_t unconfirmed_ = 0;
    std::size_t unconfirmed_bytes_ = 0;
    bool waiting_ = false;
    std::uint32_t claims_ = 0;      ///< of ids of messages, not answered yet
    std::uint32_t duplicates_ = 0;  ///< messages that were dropped as such
    bool asks_about_branch_ = false;
    bool logging_in_ = false;
    bool closed_ = false;
    bool hidden_ = false;
};

}  // namespace tern::engine
