#pragma once

#include "base/result.h"
#include "broker/api/branch.h"
#include "broker/api/death_counts.h"
#include "broker/api/latencies.h"
#include "broker/api/limit.h"
#include "broker/api/listener.h"
#include "broker/api/observer.h"
#include "broker/api/portrait.h"
#include "broker/api/queue_report.h"
#include "broker/api/scheduled_job.h"
#include "broker/api/trace.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tern::broker {

/// A queue as an operator names it: one that messages are sent to, or a named subscription.
using QueueName = std::variant<Destination, SubscriptionKey>;

/// A message group, or a bucket of some by its number, and the consumer that gets its messages.
struct GroupOwner {
    std::string group = {};
    ConsumerRef owner = {};
};

/// A queue's numbers at one moment.
struct QueueStatus {
    QueueInfoPtr info = {};
    QueueCounts counts = {};
    QueueTotals totals = {};
    bool paused = false;
    std::uint64_t in_memory = 0;          ///< messages whose bodies are there
    std::uint64_t memory_bytes = 0;       ///< of these
    std::uint64_t memory_limit = 0;       ///< with so many, producers wait; 0: never
    std::uint64_t disk_bytes = 0;         ///< of those that wait on disk only, about
    bool full = false;                    ///< producers wait for space
    std::uint64_t discarded = 0;          ///< messages that its subscriber did not take in time
    bool dead_letters = false;            ///< that is what it keeps
    std::string_view group_map = {};      ///< how it remembers who owns which message group
    std::vector<GroupOwner> groups = {};  ///< those used last, if they were asked for
    std::uint64_t held_letters = 0;       ///< dead letters that wait for a place to go to
    std::uint64_t held_letter_bytes = 0;  ///< their bodies
    LatenciesPtr latencies = {};          ///< null: of no message yet, or in a list of many
};

/// Which queues, in which order, and which part of that list.
struct QueueQuery {
    enum class Kind : std::uint8_t { queues, temporary_queues, subscriptions };
    enum class Sort : std::uint8_t { name, size, unsettled, consumers, enqueued, dequeued };

    Kind kind = Kind::queues;
    /// What the name contains, whatever the case of its ASCII letters; empty: anything.
    std::string search = {};
    Sort sort = Sort::name;
    bool descending = false;
    std::size_t offset = 0;
    std::size_t limit = 100;
    bool with_groups = false;
    bool with_latencies = false;
};

struct QueuePage {
    std::size_t total = 0;  ///< found, whatever part is here
    std::vector<QueueStatus> rows = {};
};

/// A connection, seen from outside of its shard.
struct ConnectionRef {
    ShardId shard = {};
    ConnectionNumber connection = {};

    auto operator<=>(const ConnectionRef&) const = default;
};

struct ConnectionStatus {
    ConnectionRef ref = {};
    std::string protocol = {};
    std::string peer = {};  ///< its address
    std::string client_id = {};
    std::string user = {};
    std::int64_t connected_at_ms = 0;  ///< since 1970
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;
    std::size_t consumers = 0;
    std::int64_t consumers_max = -1;  ///< below 0: any number
    std::int64_t producers_max = -1;
    std::size_t transactions = 0;
    /// Publishes that the journal has not confirmed.
    std::size_t unconfirmed = 0;
    std::size_t waiting = 0;    ///< publishes that wait for space
    bool blocked = false;       ///< it is not read from at the moment
    std::string listener = {};  ///< by its name
    PortraitPtr portrait = {};  ///< what its room knows besides; null: nothing
};

struct ConsumerStatus {
    ConsumerRef ref = {};
    QueueInfoPtr queue = {};
    std::uint64_t credit = 0;  ///< how many more it may be given
    std::uint32_t unsettled = 0;
    std::uint64_t delivered = 0;
    std::uint64_t accepted = 0;  ///< of these
    bool slow = false;           ///< messages wait, and it has as many as it may
    PartyPtr party = {};
    std::uint64_t waiting = 0;  ///< messages of its groups that wait for its credit
    std::uint32_t groups = 0;
    std::int16_t priority = 0;
    bool exclusive = false;
    bool active = true;  ///< no other one has all messages for itself
    std::string selector = {};
    std::string protocol = {};
    std::string peer = {};
    std::string client_id = {};
};

/// Of what all destinations share, in bytes.
struct LimitStatus {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;  ///< 0: there is none

    [[nodiscard]] bool reached() const { return limit > 0 && used >= limit; }
    [[nodiscard]] double percent() const {
        return limit == 0 ? 0 : 100.0 * static_cast<double>(used) / static_cast<double>(limit);
    }
};

/// What limits there are, and what became of those who reached them.
/// Sends to one destination that had to wait for space, since the start.
struct BlockedSends {
    std::uint64_t count = 0;
    std::int64_t waited_us = 0;  ///< of those that wait no more
};

struct FlowStatus {
    LimitStatus memory = {};
    LimitStatus store = {};
    LimitStatus temporary = {};
    LimitStatus schedule = {};
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t disk_reserve_bytes = 0;  ///< with less free, persistent sends wait
    std::uint64_t full_queues = 0;         ///< queues whose own limit is reached
    std::uint64_t waiting_sends = 0;       ///< for space, now
    // Since the start.
    std::uint64_t waited_sends = 0;
    std::uint64_t refused_sends = 0;       ///< for lack of space
    std::uint64_t discarded_messages = 0;  ///< subscribers did not take them in time
    std::uint64_t closed_consumers = 0;    ///< they were too slow
    LimitCounts crossed = {};              ///< how often somebody ran into each limit
    DeathCounts deaths = {};
    /// Of each destination, a thousand on each shard at most.
    std::unordered_map<Destination, BlockedSends, DestinationHash, DestinationEqual> blocked = {};
};

/// All of the broker in numbers.
struct BrokerStatus {
    std::size_t shards = 0;
    std::size_t queues = 0;
    std::size_t temporary_queues = 0;
    std::size_t subscriptions = 0;
    std::size_t paused_queues = 0;
    std::size_t connections = 0;
    std::size_t consumers = 0;
    std::size_t transactions = 0;  ///< that clients have begun and not ended
    std::uint64_t ready = 0;       ///< messages that wait on queues
    std::uint64_t unsettled = 0;   ///< delivered or in a transaction
    /// What came to queues and left them, deleted queues included: a message that goes to two
    /// queues counts twice.
    QueueTotals totals = {};
    std::uint64_t published = 0;           ///< by clients
    std::uint64_t delivered = 0;           ///< to clients
    std::uint64_t connections_opened = 0;  ///< since the start
    std::uint64_t journal_files = 0;
    std::uint64_t journal_written_bytes = 0;      ///< since the start
    std::uint64_t uncommitted_max = 0;            ///< messages in a transaction; 0: any number
    std::optional<std::uint64_t> scheduled = {};  ///< messages that wait for their time, if any may
    FlowStatus flow = {};
};

/// A message on a queue as an operator sees it.
struct Sight {
    enum class State : std::uint8_t { ready, delivered, in_transaction };

    Delivery delivery = {};
    State state = State::ready;
    std::optional<ConsumerRef> consumer = {};  ///< who has it
};

struct BrowseQuery {
    QueueName queue = {};
    std::uint64_t after = 0;  ///< an ordinal: what comes behind it
    std::size_t limit = 100;
    std::string selector = {};
};

struct BrowsePage {
    std::vector<Sight> rows = {};
    std::uint64_t next = 0;  ///< where to go on, as `after`; 0: there is no more
};

/// What to do with messages of a queue: those of `ordinals`, or those that the selector takes.
struct MessageAction {
    enum class What : std::uint8_t {
        remove,
        move,
        copy,
        retry,  ///< back to where it was sent to before it came to this queue
    };

    What what = What::remove;
    QueueName queue = {};
    std::vector<std::uint64_t> ordinals = {};
    std::string selector = {};  ///< empty, and no ordinals: all
    Destination to = {};        ///< for move and copy
    std::size_t limit = SIZE_MAX;
};

/// One message of a queue.
struct MessageName {
    QueueName queue = {};
    std::uint64_t ordinal = 0;
};

/// What `Operations::explain` is asked about.
using Subject = std::variant<QueueName, MessageName, ConnectionRef>;

/// Why messages are not delivered or not settled, or why a connection does not get on.
struct Obstacle {
    /// In the order of how much they explain: of several that hold, the first one is the reason.
    enum class Why : std::uint8_t {
        gone,    ///< there is no such message, or no such connection
        paused,  ///< the queue is
        no_consumer,
        not_begun,          ///< consumers wait for others, or for a time
        rebalancing,        ///< groups get other owners once what is unsettled is settled
        expired,            ///< its time is over: it goes when the queue is looked at next
        group_owner_busy,   ///< `count` messages wait for `consumer`, who owns their groups
        credit_used_up,     ///< `consumer` has `count` unsettled messages and wants no more
        selector_refuses,   ///< the first message that waits, or this one, for `consumer`
        exclusive,          ///< `consumer` alone gets messages
        disk,               ///< it is being read from there
        journal,            ///< a mark has to become durable first
        behind,             ///< `count` messages come first
        in_doubt,           ///< `count` are accepted by a prepared transaction that nobody ended
        in_transaction,     ///< `count` are accepted by transactions that have not ended
        redelivery_delay,   ///< `count` have failed and stay away, the first until `until_ms`
        unsettled,          ///< `consumer` has `count` of them
        limit,              ///< `count` sends of `connection` to `at` wait for space
        not_admitted,       ///< `connection` has not said who it is
        catalog,            ///< `count` commands of `connection` wait for the broker to answer one
        unconfirmed,        ///< `count` sends of `connection` are not durable yet
        open_transactions,  ///< `connection` has `count`
        empty,              ///< the queue is
    };

    Why why = Why::empty;
    std::optional<ConsumerRef> consumer = {};
    std::uint64_t count = 0;
    std::string detail = {};  ///< the selector, the group, the transaction, the biggest queue
    /// Of what `consumer` has: since when it has the oldest, about.
    std::optional<std::int64_t> oldest_ms = {};
    /// It ends at that time, since 1970, if nothing else does that before; 0: it does not.
    std::int64_t until_ms = 0;
    /// What the selector looked at: names, and values as its language writes them.
    std::vector<std::pair<std::string, std::string>> values = {};
    std::optional<ConnectionRef> connection = {};
    Destination at = {};
    std::optional<Limit> limit = {};
};

/// Puts the reason first.
inline void sort_obstacles(std::vector<Obstacle>& found) {
    std::ranges::stable_sort(found, {}, &Obstacle::why);
}

template <class T>
using Reply = std::move_only_function<void(T)>;

/// The broker as an operator sees it: all shards at once. Nothing here costs anything unless it is
/// asked.
///
/// Called from one thread; replies come on that thread, too.
class Operations {
public:
    virtual ~Operations() = default;

    virtual void status(Reply<BrokerStatus> reply) = 0;
    virtual void list_queues(QueueQuery query, Reply<QueuePage> reply) = 0;
    /// Errors: no_such_destination, no_such_subscription.
    virtual void find_queue(QueueName name, Reply<Result<QueueStatus>> reply) = 0;
    virtual void list_connections(Reply<std::vector<ConnectionStatus>> reply) = 0;
    /// Of one queue or of all.
    virtual void list_consumers(std::optional<QueueName> of,
                                Reply<std::vector<ConsumerStatus>> reply) = 0;
    /// How many things last in the topics of notices whose names begin so, by topic.
    virtual void count_notices(std::string prefix,
                               Reply<std::map<std::string, std::size_t>> reply) = 0;

    /// Errors: those of `find_queue`; invalid_selector.
    virtual void browse(BrowseQuery query, Reply<Result<BrowsePage>> reply) = 0;
    /// What keeps it, the reason first; nothing: it gets on. Errors: those of `find_queue`.
    virtual void explain(Subject what, Reply<Result<std::vector<Obstacle>>> reply) = 0;

    /// Errors: storage_failed.
    virtual void declare(Destination queue, Reply<std::error_code> reply) = 0;
    /// Errors: no_such_destination, no_such_subscription, has_consumers, subscription_in_use.
    virtual void remove(QueueName name, Reply<std::error_code> reply) = 0;
    /// Replies once the message is safe, if it is durable. Errors: no_such_destination (a temporary
    /// one that is gone), storage_failed.
    virtual void send(Destination to, MessagePtr message, Reply<std::error_code> reply) = 0;
    /// Removes everything that was there when it was called, what is with consumers included;
    /// replies how many messages that were. Errors: those of `find_queue`.
    virtual void purge(QueueName name, Reply<Result<std::size_t>> reply) = 0;
    /// While a queue is paused nobody gets messages of it; it takes what is sent to it. A restart
    /// ends that. Errors: those of `find_queue`.
    virtual void pause(QueueName name, bool paused, Reply<std::error_code> reply) = 0;
    /// Of what waits and was there when it was called; copies also of what is with consumers.
    /// Replies how many messages that were, once all is durable. Errors: those of `browse`;
    /// storage_failed.
    virtual void act(MessageAction action, Reply<Result<std::size_t>> reply) = 0;
    /// Whether the queue keeps dead letters, whatever policies say. A restart forgets it. Errors:
    /// those of `find_queue`.
    virtual void mark_dead_letters(QueueName name, bool are, Reply<std::error_code> reply) = 0;
    /// Lets a message group of the queue, nothing: all, choose their consumers anew. Errors: those
    /// of `find_queue`.
    virtual void release_groups(QueueName name, std::optional<std::string> group,
                                Reply<std::error_code> reply) = 0;
    /// The messages that wait for their time, in the order of that.
    virtual void list_scheduled(JobSelection which, Reply<std::vector<ScheduledJob>> reply) = 0;
    /// Forgets them.
    virtual void remove_scheduled(JobSelection which, Reply<std::error_code> reply) = 0;
    /// The branches of distributed transactions that are in doubt, or were until an operator ended
    /// them.
    virtual void list_branches(Reply<std::vector<BranchStatus>> reply) = 0;
    /// Ends one that is in doubt: who manages the transaction hears how when it asks next, until it
    /// or somebody here says `forget`, which is for one that has ended.
    /// Errors: no_such_transaction, branch_not_prepared, branch_committed, branch_rolled_back,
    /// storage_failed.
    virtual void decide_branch(std::string name, BranchEnd end, Reply<std::error_code> reply) = 0;
    /// Which share of what clients send is followed on its way from now on, from 0 to 1; a restart
    /// ends it.
    virtual void follow_messages(double share, Reply<std::error_code> reply) = 0;
    /// What is known of those that are or were followed, the newest message first.
    virtual void list_traces(TraceQuery query, Reply<TracePage> reply) = 0;
    /// False: there is none.
    virtual void close_connection(ConnectionRef connection, Reply<bool> reply) = 0;
};

}  // namespace tern::broker
