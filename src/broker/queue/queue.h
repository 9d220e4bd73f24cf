#pragma once

#include "broker/api/operations.h"
#include "broker/ports/queue_port.h"
#include "broker/queue/browsers.h"
#include "broker/queue/consumers.h"
#include "broker/queue/entries.h"
#include "broker/queue/groups.h"
#include "broker/queue/selection.h"

#include <functional>
#include <span>
#include <vector>

namespace tern::broker {

/// Messages in order, and who gets them. Knows no thread, clock or disk: what it causes goes to its
/// port, which outlives it.
///
/// Order is the order of `enqueue`; a message that comes back returns to its place. A journaled
/// message is delivered only once the journal knows that it may have been: either its own record
/// says so (`announced`), or a mark does. So after a crash whatever anybody may have seen is known.
///
/// Consumers with a selector take what matches out of the order; messages of a group (JMSXGroupID)
/// all go to one consumer, which the others do not wait for.
///
/// Runs on: the queue's shard.
class Queue {
public:
    Queue(QueueInfoPtr info, QueuePort& port) : info_(std::move(info)), port_(port) {}

    [[nodiscard]] const QueueInfoPtr& info() const { return info_; }

    /// Appends. `failures` is what recovery must assume; `announced` as in Entry.
    void enqueue(MessagePtr message, StoredAt at, bool announced, std::uint16_t failures = 0);

    /// `filter`: null for everything. False, and nothing happened: the queue is about to be
    /// deleted.
    bool open(const ConsumerRef& consumer, const ConsumerOptions& options,
              const FilterPtr& filter = nullptr);
    /// Shows what is there now, as credit allows, by `QueuePort::show`; ends with `close`.
    void browse(const ConsumerRef& browser, std::uint64_t credit, FilterPtr filter = nullptr);
    /// Takes back all that is delivered to the consumer, save what is staged; ordinals in `failed`
    /// count as failed deliveries.
    void close(const ConsumerRef& consumer, std::span<const std::uint64_t> failed);
    /// The same when nobody can say what was seen: all of it counts as failed.
    void lose(const ConsumerRef& consumer);
    /// The consumer gets nothing any more and does not count; what it has stays with it.
    void retire(const ConsumerRef& consumer);
    void grant(const ConsumerRef& consumer, std::uint64_t credit);
    /// Hands out what can be handed out, then takes back the consumer's credit and runs `done`.
    void drain(const ConsumerRef& consumer, std::int64_t now_ms,
               std::move_only_function<void()> done);

    /// Removes what is ready; returns how many messages that were.
    std::size_t purge();
    /// Everybody who is served by this queue, before it is removed under their feet.
    [[nodiscard]] std::vector<ConsumerRef> dismiss();

    /// The newest message was accepted by a transaction of the last run that has not ended: as
    /// `stage`. Returns its ordinal.
    std::uint64_t stage_newest();

    /// For messages delivered to `consumer`; others are ignored. `cause`: why they are rejected.
    void settle(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals,
                Outcome outcome, std::string_view cause = {});

    /// Accepted within a transaction: stays away from everybody until one of the next two.
    void stage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction rolled back: delivered again to `consumer`, or failed if it is closed.
    void unstage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction committed, and its journal batch says so: nothing more to be remembered.
    void commit_staged(std::span<const std::uint64_t> ordinals);

    /// The mark asked for at `QueuePort::mark` is durable.
    void marked(std::uint64_t lsn);

    /// Whether there may be something to hand out.
    [[nodiscard]] bool has_work() const {
        return browsers_.have_work() ||
               (consumers_.count() > 0 && !paused_ && (entries_.ready() > 0 || waiting_ > 0));
    }
    /// Hands out what can be handed out, and lets die what has expired by `now_ms`. True when it
    /// stopped in the middle, so as not to keep others waiting: to be called again soon.
    bool dispatch(std::int64_t now_ms);
    /// Lets die what has expired without anybody asking for it. True when it stopped in the middle:
    /// to be called again soon.
    bool expire(std::int64_t now_ms);
    /// All there is, in order, for tests and tools: its size is that of the queue.
    [[nodiscard]] std::vector<Delivery> content();
    /// Where its journaled messages lie, for whoever deletes the queue.
    [[nodiscard]] std::vector<StoredAt> stored();
    /// Before it is deleted: nobody gets anything any more. False when that cannot be, because it
    /// has a consumer or an open transaction has accepted some of its messages.
    [[nodiscard]] bool retire();

    /// True once when it goes with its last consumer and that one has left.
    [[nodiscard]] bool is_left();

    // queue_inspect.cc: what operators ask for. None of these looks at more than kLooksMax messages
    // at once: `next` says where to go on.

    /// While it is paused nobody gets anything; browsers see what is there.
    void pause(bool paused) { paused_ = paused; }
    [[nodiscard]] bool paused() const { return paused_; }
    /// One past the newest message.
    [[nodiscard]] std::uint64_t end() const { return entries_.end(); }
    /// What part of the queue is meant: ordinals of [next, end), as many as `limit` of those that
    /// `filter` takes, null for all. Moves `next` on, and takes from `limit` what was found.
    struct Window {
        std::uint64_t next = 0;
        std::uint64_t end = 0;
        std::size_t limit = SIZE_MAX;
        FilterPtr filter = nullptr;

        [[nodiscard]] bool done() const { return next >= end || limit == 0; }
    };
    [[nodiscard]] std::vector<Sight> look(Window& window);
    /// Takes messages that are ready, and keeps them away from everybody until `release` or
    /// `commit_staged`, as if a transaction had accepted them.
    [[nodiscard]] std::vector<Delivery> seize(Window& window);
    void release(std::span<const std::uint64_t> ordinals);
    /// Removes what is ready and what is with consumers; returns how many messages that were.
    std::size_t clear(Window& window);
    [[nodiscard]] std::vector<ConsumerStatus> consumer_list() const;
    [[nodiscard]] QueueStatus status() const;
    [[nodiscard]] std::vector<Obstacle> explain();

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t ready() const { return entries_.ready(); }
    [[nodiscard]] std::uint32_t consumers() const { return consumers_.counted(); }
    [[nodiscard]] const QueueTotals& totals() const { return totals_; }
    /// All there is by now was there before.
    void begin_totals() { totals_ = {}; }

private:
    /// How far ahead of the cursor a mark reaches: one sync lets this many through.
    static constexpr std::uint64_t kMarkAhead = 4096;
    /// Messages looked at for selectors in one go.
    static constexpr std::size_t kLooksMax = 8192;

    struct Drain {
        ConsumerRef consumer;
        std::move_only_function<void()> done;
    };
    class Run;

    [[nodiscard]] bool has_staged();
    [[nodiscard]] bool may_deliver(std::uint64_t ordinal);
    [[nodiscard]] Delivery delivery(std::uint64_t ordinal, const Entry& entry) const;
    void put_back(std::uint64_t ordinal, Entry& entry, bool failed);
    void remove(std::uint64_t ordinal, Entry& entry);
    void die(std::uint64_t ordinal, Entry& entry, const Death& death);
    /// `failed(ordinal)` says which deliveries count as failed.
    template <class Failed>
    void take_back(const ConsumerRef& consumer, Failed failed);
    void take_back_waiting(std::uint32_t slot);
    void note_consumers();
    void note_expiry(const Message& message);

    // queue_dispatch.cc
    void hand_out(Run& run, std::int64_t now_ms);
    /// False when nothing can be handed out before a mark is durable.
    [[nodiscard]] bool hand_out_one(std::uint32_t slot, Run& run, std::int64_t now_ms);
    /// The next message for this consumer, or `Selection::kNone`.
    [[nodiscard]] std::uint64_t peek(Consumer& consumer);
    [[nodiscard]] bool has_credit(Consumer& consumer);
    [[nodiscard]] bool can_take(std::uint32_t slot);
    [[nodiscard]] static bool matches(const Consumer& consumer, const Entry& entry);
    /// Who gets a message of a group now; `Consumers::kNone` when its owner has to wait for credit.
    [[nodiscard]] std::uint32_t group_taker(std::uint32_t slot, std::uint64_t ordinal, Entry& entry,
                                            bool& first);
    [[nodiscard]] std::uint32_t assign_group(std::uint32_t slot, const Entry& entry);
    void finish_drains();
    void return_loans();

    // queue_inspect.cc
    /// Calls `use(ordinal, entry)` for what the window holds, until that returns false.
    template <class Use>
    void walk(Window& window, Use use);
    void explain_consumers(std::vector<Obstacle>& found);

    QueueTotals totals_;
    QueueInfoPtr info_;
    QueuePort& port_;
    Entries entries_;
    Consumers consumers_;
    Browsers browsers_;
    Selections selections_;
    Groups groups_;
    std::vector<Drain> drains_;
    /// Nothing that waits expires before; `INT64_MAX` if nothing ever does.
    std::int64_t first_expiry_ms_ = INT64_MAX;
    std::int64_t next_first_expiry_ms_ = INT64_MAX;  ///< as far as the search for expired ones got
    std::uint64_t expired_to_ = 0;                   ///< where it goes on
    std::size_t budget_ = 0;                         ///< looks left in this dispatch
    std::size_t waiting_ = 0;         ///< messages that wait at the owners of their groups
    std::uint64_t marked_ = 0;        ///< durable
    std::uint64_t mark_pending_ = 0;  ///< asked for
    bool waits_for_mark_ = false;
    bool retired_ = false;
    bool paused_ = false;
    bool had_consumers_ = false;
};

}  // namespace tern::broker
