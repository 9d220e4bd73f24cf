#pragma once

#include "base/hash.h"
#include "broker/api/broker.h"
#include "broker/api/operations.h"
#include "broker/filter/filter.h"
#include "broker/route/exchange_broker.h"
#include "engine/change.h"
#include "engine/transaction.h"
#include "store/recovery.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace tern::engine {

class ShardBroker;
class Turn;

/// The answer to a question to the catalog: no error, and every shard knows.
using CatalogAnswer = std::move_only_function<void(std::error_code)>;

/// What a consumer of topics asks for.
struct SubscriptionRequest {
    std::vector<broker::Destination> topics;
    broker::FilterPtr filter;
    bool no_local = false;
    broker::TemporaryOwner consumer;
    /// None: the subscription lives with the consumer's connection.
    std::optional<broker::NamedSubscription> named = {};
    /// A named one that ends with its last consumer.
    bool transient = false;
    std::string client_id = {};  ///< of the consumer's connection
    /// The answer, besides an error: its queue.
    std::shared_ptr<broker::QueueId> queue = {};
};

/// Decides which queues and temporary destinations exist and who holds which client id. There is
/// one, on shard 0: one writer, many readers. Questions come by `ShardBroker::ask`.
class Catalog {
public:
    explicit Catalog(ShardBroker& home) : home_(home) {}

    /// Takes over a queue from the last run.
    void recover(const broker::QueueInfoPtr& queue, broker::StoredAt defined_at);
    /// Ids up to this one have been used.
    void recover_ids(broker::QueueId last) { last_id_ = last.value; }

    /// Makes a queue of that name if there is none, for `user`; for the broker itself if that is
    /// empty. Answers once it is durable if `durably`. Errors: too_many_destinations.
    void declare(const broker::Destination& queue, const std::string& user, bool durably,
                 CatalogAnswer answer);
    /// Answers whether the topic is there, which matters only where not everybody may make one;
    /// `may_make`: it is from now on. Errors: may_not_create.
    void declare_topic(const std::string& name, bool may_make, CatalogAnswer answer);
    // catalog_subscriptions.cc

    /// Finds or makes the subscription. Errors: subscription_in_use, subscription_differs.
    void subscribe(SubscriptionRequest request, CatalogAnswer answer);
    /// One of `consumer`'s uses of a named subscription ends.
    void leave(broker::QueueId subscription, broker::TemporaryOwner consumer);
    /// Deletes a named subscription. Errors: no_such_subscription, subscription_in_use.
    void forget_subscription(const broker::SubscriptionKey& key, CatalogAnswer answer);
    /// Deletes the durable ones that nobody has used for so long.
    void forget_offline(std::int64_t ms);

    /// Null when it is gone.
    [[nodiscard]] broker::QueueInfoPtr find(broker::QueueId id) const;
    [[nodiscard]] broker::QueueId next_id() { return broker::QueueId{++last_id_}; }
    /// Deletes a queue. Errors: has_consumers (durable ones only; consumers of transactions that
    /// have not ended count).
    void remove(broker::QueueId id, CatalogAnswer answer);

    // catalog_exchanges.cc: what protocols with exchanges ask for. See broker::ExchangeBroker.
    void declare_exchange(const broker::Exchange& exchange, CatalogAnswer answer);
    void remove_exchange(const std::string& vhost, const std::string& name, bool if_unused,
                         CatalogAnswer answer);
    void bind(const broker::Binding& binding, CatalogAnswer answer);
    void unbind(const broker::Binding& binding, CatalogAnswer answer);
    /// `owner` is the connection an exclusive queue lives with.
    void declare_queue(const std::string& address, const broker::QueueOptions& options,
                       const std::string& user, broker::TemporaryOwner owner, CatalogAnswer answer);
    /// `counts`, if not null, is told what was on it before the answer.
    void remove_queue(const std::string& address, broker::RemoveCondition condition,
                      const std::shared_ptr<broker::QueueCounts>& counts, CatalogAnswer answer);
    /// Removes a queue if it lives with `owner`.
    void remove_exclusive(const std::string& address, broker::TemporaryOwner owner,
                          CatalogAnswer answer);
    /// Removes all that is in a virtual host, and then that.
    void remove_vhost(const std::string& vhost, CatalogAnswer answer);
    /// Takes over a document from the last run.
    void recover(const store::RecoveredDocument& document);

    // catalog_interests.cc: queues that get only what somebody takes.
    /// Somebody takes something of a queue from now on; answers when all shards know.
    void want(const std::string& queue, const Interest& interest, CatalogAnswer answer);
    void want_no_more(const std::string& queue, const broker::ConsumerRef& consumer);
    /// What a document of an earlier run says; nothing: it is broken.
    [[nodiscard]] static std::optional<std::pair<std::string, std::string>> remembered(
        const store::DocumentKey& key);

    // catalog_branches.cc: branches of distributed transactions. See broker::Broker.
    void join_branch(const std::string& name, const PartKey& part, CatalogAnswer answer);
    void prepare_branch(const std::string& name, CatalogAnswer answer);
    void finish_branch(const std::string& name, broker::BranchEnd end, CatalogAnswer answer);
    /// The part's connection does nothing more in it; `hand_in` follows.
    void leave_branch(const PartKey& part);
    /// What a connection did in a branch: when it is asked for that, and when it goes.
    void hand_in(BranchPart part);
    /// Those that are prepared, and those that an operator has ended.
    [[nodiscard]] std::vector<broker::BranchStatus> list_branches() const;
    /// As `Operations::decide_branch`.
    void decide_branch(const std::string& name, broker::BranchEnd end, CatalogAnswer answer);
    /// The prepared branches that have accepted messages of the queue, or this one, if `ordinal` is
    /// not 0.
    [[nodiscard]] std::vector<broker::Obstacle> explain_in_doubt(broker::QueueId queue,
                                                                 std::uint64_t ordinal) const;
    /// Takes over a branch from the last run, besides its document.
    void recover_branch(const std::string& name, std::vector<BranchPart> parts,
                        store::Branch::Decision decision);
    /// An operator has said how all that are prepared end.
    void finish_prepared(broker::BranchEnd end);

    /// Whether a message, by its number in the journal, becomes a dead letter there for the first
    /// time, as far as the last `depth` that did are known.
    [[nodiscard]] bool is_first_death(const broker::Destination& letters, std::uint64_t lsn,
                                      std::size_t depth);

    // catalog_notices.cc. See broker::Broker.
    void announce(const broker::Notice& notice);
    [[nodiscard]] std::vector<MessagePtr> notices(const std::vector<std::string>& patterns) const;
    /// As `Operations::count_notices`.
    [[nodiscard]] std::map<std::string, std::size_t> count_notices(const std::string& prefix) const;
    /// Tells what other settings change in what is wanted of virtual topics and composites.
    void renew_demand();  // catalog_demand.cc

    void add_temporary(const broker::Destination& destination, broker::TemporaryOwner owner,
                       const std::string& connection, CatalogAnswer answer);
    void remove_temporary(const broker::Destination& destination, std::string connection,
                          CatalogAnswer answer);

    /// As `Broker::identify`.
    void identify(std::string_view client_id, std::string_view instance, broker::Takeover takeover,
                  broker::TemporaryOwner connection, CatalogAnswer answer);
    void forget_client(std::string_view client_id, broker::TemporaryOwner connection);

    /// Writes the definitions that the journal has before a record again, so that their files can
    /// be reused.
    void refresh_definitions(journal::Lsn before);

private:
    struct Client {
        std::string instance;
        broker::TemporaryOwner connection;
    };

    /// A named subscription and who uses it now.
    struct Named {
        broker::QueueInfoPtr queue = {};  ///< null while it is being made
        std::vector<broker::TemporaryOwner> users = {};
        bool busy = false;         ///< being made or removed
        std::int64_t left_ms = 0;  ///< without users since then, or since the start
        std::vector<Task> waiting = {};
    };
    struct KeyHash {
        std::size_t operator()(const broker::SubscriptionKey& key) const noexcept {
            return std::hash<std::string>{}(key.client_id) * 31 ^
                   std::hash<std::string>{}(key.name);
        }
    };

    void subscribe_named(SubscriptionRequest request, CatalogAnswer answer, bool flushed);
    void join(Named& named, const SubscriptionRequest& request, CatalogAnswer answer);
    void make_named(const SubscriptionRequest& request, CatalogAnswer answer);
    void remove_named(const broker::SubscriptionKey& key, CatalogAnswer answer);
    void idle(const broker::SubscriptionKey& key);
    /// Runs `then` behind all that the users' connections had sent when this was called.
    void flush(const Named& named, Task then);
    [[nodiscard]] std::shared_ptr<broker::QueueInfo> make_subscription(
        const SubscriptionRequest& request);
    /// Something kept by name: where it lies, once that is known.
    struct Kept {
        std::string value;
        broker::StoredAt at;
        std::uint32_t pending = 0;  ///< records of it on their way
        bool erased = false;        ///< to be erased when the last of them has arrived
    };

    struct Branch;
    using BranchPtr = std::shared_ptr<Branch>;
    /// What comes when all parts of a branch are here. It is handed the branch: if it held it, one
    /// whose parts never come would stay for ever.
    using Gathered = std::move_only_function<void(const BranchPtr&)>;

    /// A branch of a distributed transaction: first its parts are with their connections, then they
    /// are gathered here.
    struct Branch {
        /// `decided`: an operator has ended it, and only that is still known of it.
        enum class State : std::uint8_t { open, changing, prepared, decided };

        std::string name;
        State state = State::open;
        PartKey first = {};
        std::vector<PartKey> out = {};  ///< parts that are still with their connections
        std::vector<BranchPart> parts = {};
        Gathered gathered = {};
        std::vector<Task> waiting = {};  ///< for `changing` to end
        store::Branch::Decision decision = store::Branch::Decision::none;

        [[nodiscard]] bool empty() const;
    };

    [[nodiscard]] BranchPtr find_branch(const std::string& name) const;
    /// Runs `then` when all parts are here.
    void gather(const BranchPtr& branch, Gathered then);
    /// Runs it if they are.
    static void complete(const BranchPtr& branch);
    void store_branch(const BranchPtr& branch, CatalogAnswer answer);
    /// Ends a branch that is gathered and not stored.
    void end_unprepared(const BranchPtr& branch, bool commit, CatalogAnswer answer);
    void decide(const BranchPtr& branch, bool commit, CatalogAnswer answer);
    /// Ends a prepared one whose document is erased, or replaced, in this turn.
    void end_prepared(const BranchPtr& branch, bool commit, CatalogAnswer answer);
    /// Whether the end of a prepared one can be in one batch with what becomes of its document.
    /// Otherwise `then` runs when it can.
    [[nodiscard]] bool can_end(const BranchPtr& branch, CatalogAnswer& answer,
                               std::move_only_function<void(CatalogAnswer)> then);
    void roll_back_parts(const BranchPtr& branch, CatalogAnswer answer);
    /// Tells those who have parts in it. No question finds it any more.
    void release_branch(const BranchPtr& branch, bool committed);
    /// Questions about it may go on.
    static void settle_branch(Branch& branch);
    void keep(const store::DocumentKey& key, std::string value);
    void erase(const store::DocumentKey& key);
    void kept(const store::DocumentKey& key, const Turn& durable, std::size_t record);
    [[nodiscard]] bool is_durable(const broker::Binding& binding) const;
    /// Forgets the bindings of a queue that goes; returns their sources.
    [[nodiscard]] std::vector<broker::Binding> forget_bindings(const broker::QueueInfo& queue);
    /// Removes those that go with their last binding and have none any more.
    void remove_unused(const std::vector<broker::Binding>& gone);

    /// By key, which both ask the subject for: none is kept beside it.
    struct SubjectHash {
        std::size_t operator()(const broker::NoticeSubjectPtr& one) const;
    };
    struct SameSubject {
        bool operator()(const broker::NoticeSubjectPtr& one,
                        const broker::NoticeSubjectPtr& other) const;
    };
    using Lasting = boost::unordered_flat_set<broker::NoticeSubjectPtr, SubjectHash, SameSubject>;

    void tell(broker::Notice::What what, const broker::NoticeSubjectPtr& about);
    // catalog_demand.cc: what is wanted of virtual topics and composites.
    void tell_of_demand(const broker::Notice& notice);
    void tell_of_demand(const broker::QueueInfo& queue);
    [[nodiscard]] bool is_wanting(const broker::QueueInfo& queue) const;
    [[nodiscard]] std::vector<broker::NoticeSubjectPtr> demand_of(
        const broker::NoticeSubject& consumer) const;
    void renew_demand(const broker::NoticeSubjectPtr& consumer);
    void forget_demand(const broker::QueueInfo& queue);
    [[nodiscard]] std::vector<broker::Destination> sources_of(const broker::Destination& of) const;

    /// What became a dead letter, the oldest first.
    struct Deaths {
        std::unordered_set<std::uint64_t> known;
        std::deque<std::uint64_t> order;
    };

    void evict(broker::TemporaryOwner old, CatalogAnswer answer);
    void retire(const broker::QueueInfoPtr& queue, std::move_only_function<void(bool)> retired);
    void remove_durable(const broker::QueueInfoPtr& queue, CatalogAnswer answer);
    /// Whether its policy allows no further queue.
    [[nodiscard]] bool is_one_too_many(const broker::Destination& queue) const;
    /// Whether the user may have no further queue made.
    [[nodiscard]] bool has_made_enough(const broker::Destination& queue,
                                       const std::string& user) const;
    /// Whether its virtual host may have no further queue.
    [[nodiscard]] bool is_over_limit(const broker::Destination& queue) const;
    void remove_routes(const std::string& vhost, CatalogAnswer answer);
    void journal_definition(const broker::QueueInfoPtr& queue);
    /// Runs `answer` once everything that was journaled so far is durable, or lost.
    void when_durable(CatalogAnswer answer);
    /// Tells the queue's owner before all others: whoever routes to a queue relies on it being
    /// there.
    void add(const broker::QueueInfoPtr& queue, CatalogAnswer answer);
    /// What waits until the destination is made, if it is being made.
    [[nodiscard]] std::vector<Task>* being_made(const broker::Destination& destination);
    /// It is there, for all shards.
    void made(const broker::Destination& destination);
    void apply_everywhere(Change change, CatalogAnswer answer);
    [[nodiscard]] ShardId choose_owner();

    ShardBroker& home_;
    std::uint32_t last_id_ = 0;
    std::uint16_t next_owner_ = 0;
    std::unordered_map<broker::QueueId, broker::StoredAt> defined_at_;
    std::map<store::DocumentKey, Kept> documents_;
    std::map<std::string, Lasting> notices_;  ///< by topic
    /// What is told besides of a consumer, for each of its sources, under what is told of itself.
    std::unordered_map<broker::NoticeSubjectPtr, std::vector<broker::NoticeSubjectPtr>> demands_;
    /// Queues that are told of as if they were consumers.
    std::unordered_map<broker::QueueId, broker::NoticeSubjectPtr> wanting_queues_;
    std::map<std::string, BranchPtr> branches_;
    std::unordered_map<broker::Destination, Deaths, broker::DestinationHash,
                       broker::DestinationEqual>
        deaths_;
    /// By the parts that are out: those of a branch that is rolled back are not found by its name.
    std::map<PartKey, BranchPtr> branch_of_;
    /// Their definitions stay where they are for now.
    std::unordered_multiset<broker::QueueId> fixed_;
    /// A destination that is being made.
    struct Making {
        std::string user = {};  ///< for whom
        std::vector<Task> waiting = {};
    };
    std::unordered_map<broker::Destination, Making, broker::DestinationHash,
                       broker::DestinationEqual>
        making_;
    std::unordered_map<std::string, Client, StringHash, std::equal_to<>> clients_;
    std::unordered_set<std::string> topics_;  ///< that somebody made who may
    std::unordered_map<broker::SubscriptionKey, Named, KeyHash> named_;
};

}  // namespace tern::engine
