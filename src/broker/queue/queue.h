#pragma once

#include "broker/api/operations.h"
#include "broker/api/revision.h"
#include "broker/ports/queue_port.h"
#include "broker/queue/admission.h"
#include "broker/queue/browsers.h"
#include "broker/queue/consumers.h"
#include "broker/queue/deadlines.h"
#include "broker/queue/entries.h"
#include "broker/queue/groups.h"
#include "broker/queue/latency_probe.h"
#include "broker/queue/memory.h"
#include "broker/queue/rules.h"
#include "broker/queue/selection.h"

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tern::broker {

/// Which messages a subscription drops when too many wait.
enum class Discard : std::uint8_t {
    oldest,
    lowest_priority,  ///< of these the oldest
    older_of_key,     ///< those of which there is a newer one of the same key
};

/// How a consumer gets on.
struct ConsumerReport {
    ConsumerRef consumer;
    bool slow = false;  ///< messages wait, and it has as many as it may
    std::uint32_t outstanding = 0;
    std::uint64_t settled = 0;  ///< so far
    PartyPtr party = nullptr;
};

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
/// Messages that take more memory than they may wait on disk, those first that are farthest from
/// the head; they come back ahead of whoever goes through them.
///
/// Runs on: the queue's shard.
class Queue {
public:
    /// `port` and `memory` outlive the queue.
    Queue(QueueInfoPtr info, QueuePort& port, Memory& memory);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    [[nodiscard]] const QueueInfoPtr& info() const { return info_; }

    /// Appends. `announced` and `shared` as in Entry.
    void enqueue(MessagePtr message, StoredAt at, bool announced, bool shared = false);
    /// What an earlier run left, in order, before anything else. A message may be null when it has
    /// a place in a segment.
    void recover(MessagePtr message, StoredAt at, Place place, bool announced);
    void recover(const PagedRun& run);
    /// What a subscription begins with, before what has come since it is there; nobody has got
    /// anything of it yet.
    void begin_with(std::span<const MessagePtr> earlier);
    /// That was all; everything up to `marked` may have been seen.
    void end_recovery(std::uint64_t marked);

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
    /// Removes those of these that are ready.
    void remove(std::span<const std::uint64_t> ordinals);

    // queue_rules.cc

    /// Who gets what from now on; consumers that are there keep what they were opened with.
    void follow(const QueueRules& rules);
    /// When those who are there need not wait for other consumers any more; `INT64_MAX` if nobody
    /// waits for that.
    [[nodiscard]] std::int64_t begins_at_ms() const {
        return begins_at_ms_ == kBegun || begins_at_ms_ == kNotBegun ? Deadlines::kNever
                                                                     : begins_at_ms_;
    }
    /// True if that time has come.
    bool begin(std::int64_t now_ms);
    /// When the first of those comes back that stay away for a time; `INT64_MAX`: there is none.
    [[nodiscard]] std::int64_t returns_at_ms() const { return returns_.first_ms(); }
    /// Those come back whose time has come. True if there were any.
    bool bring_back(std::int64_t now_ms);
    /// Removes what waits for consumers, if nothing may.
    void purge_unwanted();

    // queue_discard.cc
    /// Of a message; empty: it has none.
    using KeyOf = std::function<std::string(const Message&)>;
    /// From now on only so many wait beyond what consumers have: see `discard`. `key_of`: for
    /// Discard::older_of_key.
    void limit_waiting(std::size_t most, Discard which, KeyOf key_of);
    /// Nor do more than these, by what their bodies take. For `Discard::oldest`.
    void limit_waiting_bytes(std::uint64_t most) { waiting_bytes_max_ = most; }
    /// Its publishers ask there whether there is room; null: they do not.
    void admit_by(std::shared_ptr<Admission> admission);
    /// Messages of higher priorities than this one have this one. Before there are any.
    void limit_priority(std::uint8_t highest) { entries_.limit_priority(highest); }
    /// A message replaces one that waits and has the same value; null: it does not.
    void keep_last_values(KeyOf value_of);  // queue_last_value.cc
    /// Drops what is too much, after credit was used.
    void discard();
    /// With so many bytes, `in_memory` or altogether, `QueueInfo::full` is set; 0: never.
    void limit_bytes(std::size_t in_memory, std::size_t altogether);
    /// Sets `QueueInfo::full`, or takes it back.
    void note_bytes();
    [[nodiscard]] std::vector<ConsumerReport> report_consumers() const;
    /// How many messages were dropped because too many waited.
    [[nodiscard]] std::uint64_t discarded() const { return discarded_; }
    /// Null: there is no such consumer.
    [[nodiscard]] PartyPtr party_of(const ConsumerRef& consumer) const;
    /// The consumer has said something of what it has: to be called after that was done here.
    void answered(const ConsumerRef& consumer);
    /// True once after a quick consumer had answered for all that it was given while many messages
    /// wait: it has nothing to do, and nothing keeps it from working but those who send here.
    [[nodiscard]] bool take_hunger() { return std::exchange(hungry_, false); }

    /// Everybody who is served by this queue, before it is removed under their feet.
    [[nodiscard]] std::vector<ConsumerRef> dismiss();

    /// The newest message was accepted by a transaction of the last run that has not ended: as
    /// `stage`. Returns its ordinal.
    std::uint64_t stage_newest();

    /// For messages delivered to `consumer`; others are ignored. `cause`: why they are rejected.
    void settle(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals,
                Outcome outcome, std::string_view cause = {});

    /// `change` makes another message of one that is delivered to `consumer`, for whoever gets it
    /// next, or null. In memory: what lies on disk stays as it is.
    void revise(const ConsumerRef& consumer, std::uint64_t ordinal, Revision& change);

    /// Accepted within a transaction: stays away from everybody until one of the next two.
    void stage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction rolled back: delivered again to `consumer`, or failed if it is closed.
    void unstage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction committed, and its journal batch says so: nothing more to be remembered.
    void commit_staged(std::span<const std::uint64_t> ordinals);

    /// The mark asked for at `QueuePort::mark` is durable.
    void marked(std::uint64_t lsn);

    // queue_paging.cc

    /// The messages of `page_out` have these places now, the one in the other's order; or none.
    void paged_out(std::span<const PageOut> messages, std::span<const Place> places);
    /// These of the messages asked for came.
    void paged_in(std::span<const PageIn> asked, std::span<const PagedIn> came);
    /// All that the journal has before the record `before` shall lie elsewhere.
    void leave_journal(std::uint64_t before);
    /// How much its messages may take; 0: as much as any queue.
    void limit_memory(std::size_t bytes);
    /// Each counts with so many at least, for its own limits and for those who look.
    void count_at_least(std::size_t bytes);
    /// Whether they stay in memory, however much they take.
    void keep_in_memory(bool keep) { keeps_in_memory_ = keep; }
    /// Lets messages leave memory until no more than `bytes` are left, as far as they may.
    void leave_memory(std::size_t bytes);
    [[nodiscard]] std::size_t memory_bytes() const { return entries_.bytes(); }
    /// In memory and on disk.
    [[nodiscard]] std::size_t bytes() const { return entries_.bytes() + entries_.bytes_on_disk(); }

    /// Whether there may be something to hand out, or to be sent to the disk.
    [[nodiscard]] bool has_work() const {
        return browsers_.have_work() || takes_too_much() || is_too_much() ||
               (rules_.purge_without_consumers && ready() > 0) ||
               (consumers_.count() > 0 && !paused_ &&
                (entries_.ready() > 0 || waiting_ > 0 || begins_at_ms_ == kNotBegun));
    }
    /// Hands out what can be handed out, and lets die what has expired by `now_ms`. True when it
    /// stopped in the middle, so as not to keep others waiting: to be called again soon.
    bool dispatch(std::int64_t now_ms);
    /// Lets die what has expired without anybody asking for it, in the order of time; what waits on
    /// disk comes back for that. True when it stopped in the middle: to be called again soon.
    /// Otherwise again at `first_expiry_ms`, and after `paged_in`.
    bool expire(std::int64_t now_ms);
    /// Nothing that waits expires before; `INT64_MAX` if nothing ever does, or not before something
    /// comes from the disk.
    [[nodiscard]] std::int64_t first_expiry_ms() const {
        return expired_are_coming_ ? Deadlines::kNever : deadlines_.first_ms();
    }
    /// All there is, in order, for tests and tools: its size is that of the queue. `read` brings
    /// what waits on disk.
    [[nodiscard]] std::vector<Delivery> content(
        const std::function<PagedIn(const PageIn&)>& read = {});
    /// Where in the journal its messages lie, for whoever deletes the queue.
    [[nodiscard]] std::vector<StoredAt> stored();
    /// Before it is deleted: nobody gets anything any more. False when that cannot be, because it
    /// has a consumer or an open transaction has accepted some of its messages.
    [[nodiscard]] bool retire();

    /// True once when it goes with its last consumer and that one has left.
    [[nodiscard]] bool is_left();
    /// Whether it goes only if it is empty.
    [[nodiscard]] bool stays_if_not_empty() const { return rules_.auto_delete; }

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
    /// Message groups with their owners, those used last; not more than kGroupsShown.
    [[nodiscard]] std::vector<GroupOwner> group_list() const;
    /// Lets a group, or all, choose their owners anew.
    void release_group(std::string_view group);
    void release_groups();
    // queue_explain.cc: as `Operations::explain`, but for what is known elsewhere only.
    [[nodiscard]] std::vector<Obstacle> explain(std::int64_t now_ms);
    [[nodiscard]] std::vector<Obstacle> explain(std::uint64_t ordinal, std::int64_t now_ms);
    /// Whether its port is told what becomes of each message.
    void follow_messages(bool follow) { followed_ = follow; }
    /// A message of it is safe after so long, and whether that is of interest now.
    void note_confirmed(std::int64_t us) { probe_.confirmed(us); }
    [[nodiscard]] bool wants_confirm() const { return probe_.wants_confirm(); }
    [[nodiscard]] LatenciesPtr latencies(std::int64_t now_ms) const {
        return probe_.latencies(now_ms);
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t ready() const { return entries_.ready(); }
    [[nodiscard]] std::uint32_t consumers() const { return consumers_.counted(); }
    [[nodiscard]] const QueueTotals& totals() const { return totals_; }

private:
    /// How far ahead of the cursor a mark reaches: one sync lets this many through.
    static constexpr std::uint64_t kMarkAhead = 4096;
    /// Messages looked at for selectors in one go.
    static constexpr std::size_t kLooksMax = 8192;
    /// Messages are asked for so many at once, and when fewer are left ahead.
    static constexpr std::size_t kPageMessages = 1024;
    static constexpr std::size_t kPageBytesMax = std::size_t{1024} * 1024;
    static constexpr int kPagesMax = 3;  ///< asked for at a time
    static constexpr std::size_t kGroupsShown = 1000;
    /// So long before they expire messages come from the disk.
    static constexpr std::int64_t kDueAheadMs = 200;
    /// So many messages that wait are a backlog.
    static constexpr std::size_t kManyReady = 1000;
    /// Who has done with several messages in that time is quick.
    static constexpr std::int64_t kQuickUs = 50'000;

    struct Drain {
        ConsumerRef consumer;
        std::move_only_function<void()> done;
    };
    class Run;

    [[nodiscard]] bool has_staged();
    [[nodiscard]] bool may_deliver(std::uint64_t ordinal);
    [[nodiscard]] Delivery delivery(std::uint64_t ordinal, const Entry& entry) const;
    void put_back(std::uint64_t ordinal, Entry& entry, bool failed);
    void make_ready(std::uint64_t ordinal, Entry& entry);
    /// It has failed, and nobody gets it for a time: see `returns_`.
    [[nodiscard]] static bool is_away(const Entry& entry) {
        return entry.state == Entry::State::delivered && entry.consumer == Consumers::kNone;
    }
    void remove(std::uint64_t ordinal, Entry& entry);
    void die(std::uint64_t ordinal, Entry& entry, const Death& death);
    void set_gone(std::uint64_t ordinal);
    void note_passage(std::uint64_t ordinal, QueuePort::Passage what) {
        if (followed_) [[unlikely]]
            port_.passed(*info_, ordinal, what);
    }
    /// `failed(ordinal)` says which deliveries count as failed.
    template <class Failed>
    void take_back(const ConsumerRef& consumer, Failed failed);
    void take_back_waiting(std::uint32_t slot);
    void note_consumers();
    void note_idle(std::uint32_t slot);
    /// 0: it never expires.
    void note_expiry(std::uint64_t ordinal, std::int64_t at_ms);

    // queue_rules.cc
    [[nodiscard]] ConsumerOptions ruled(ConsumerOptions options) const;
    [[nodiscard]] bool waits_to_begin() const {
        return rules_.consumers_first > 0 || rules_.wait_ms > 0;
    }
    /// Whether consumers need not wait for others.
    [[nodiscard]] bool may_begin(std::int64_t now_ms);
    void rebalance_groups();
    /// Whether what was delivered has to be settled before anything else is.
    [[nodiscard]] bool is_rebalancing();
    void note_reading();

    // queue_copies.cc
    void hand_out_copies(Run& run, std::int64_t now_ms);
    /// False when the consumer gets nothing more now.
    [[nodiscard]] bool hand_out_copy(std::uint32_t slot, Run& run, std::int64_t now_ms);
    /// The next message for this consumer, or `Entries::end()`.
    [[nodiscard]] std::uint64_t next_copy(Consumer& consumer);
    void settle_copies(std::uint32_t slot, std::span<const std::uint64_t> ordinals,
                       Outcome outcome);

    // queue_last_value.cc
    void note_value(std::uint64_t ordinal, const Message& message);
    void forget_value(std::uint64_t ordinal);

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
    [[nodiscard]] bool is_too_much() const;
    [[nodiscard]] std::vector<std::uint64_t> choose_discarded(std::size_t most);
    [[nodiscard]] bool is_slow(const Consumer& consumer) const;
    void note_room();
    /// What selectors cannot read goes, for its reason.
    void give_up_broken();
    void finish_drains();
    void return_loans();

    // queue_inspect.cc
    /// Calls `use(ordinal, entry)` for what the window holds, until that returns false.
    template <class Use>
    void walk(Window& window, Use use);
    // queue_explain.cc
    void explain_waiting(std::uint64_t ordinal, std::int64_t now_ms, std::vector<Obstacle>& found);
    void explain_groups(std::vector<Obstacle>& found);
    void explain_unsettled(std::vector<Obstacle>& found);
    [[nodiscard]] std::optional<Obstacle> explain_consumer(std::uint32_t slot, const Entry& entry);
    [[nodiscard]] Obstacle held_by(std::uint32_t slot, std::uint64_t count,
                                   std::uint64_t oldest) const;
    [[nodiscard]] std::uint64_t oldest_of(std::uint32_t slot);
    // queue_paging.cc
    /// Follows a change of what the entries take.
    void account(std::size_t bytes_before);
    void check_memory();
    [[nodiscard]] bool takes_too_much() const {
        return entries_.bytes() > check_at_bytes_ || entries_.counted_bytes() > check_at_counted_;
    }
    [[nodiscard]] std::size_t may_take() const;
    void page_out(std::vector<PageOut> messages);
    void page_in(std::uint64_t from);
    /// Nothing goes on before this message has come.
    void await_page(std::uint64_t ordinal);
    void read_ahead();
    /// What has expired on disk comes, in the order of time; nothing else expires before.
    void await_expired(std::int64_t now_ms);
    /// What waits on disk and expires soon comes before its time.
    void read_due(std::int64_t now_ms);
    void page_in_due(std::int64_t by_ms);
    /// An earlier run may have delivered it, if it was there.
    [[nodiscard]] bool seen_before(const PagedIn& message) const {
        return message.announced || message.lsn <= marked_before_;
    }

    // Instead of a time: consumers are served; there is none yet.
    static constexpr std::int64_t kBegun = -1;
    static constexpr std::int64_t kNotBegun = 0;

    QueueTotals totals_;
    QueueInfoPtr info_;
    QueueRules rules_;
    std::int64_t begins_at_ms_ = kBegun;
    QueuePort& port_;
    Memory& memory_;
    Entries entries_;
    Consumers consumers_;
    Browsers browsers_;
    Selections selections_;
    Groups groups_;
    LatencyProbe probe_;
    std::vector<Drain> drains_;
    Deadlines deadlines_;
    Deadlines returns_;  ///< of failed deliveries that are with nobody until then
    std::size_t full_in_memory_ = 0;
    std::size_t full_altogether_ = 0;
    std::size_t waiting_max_ = std::numeric_limits<std::size_t>::max();
    std::uint64_t waiting_bytes_max_ = std::numeric_limits<std::uint64_t>::max();
    std::shared_ptr<Admission> admission_;
    Discard discard_ = Discard::oldest;
    std::uint64_t discarded_ = 0;
    KeyOf key_of_;
    KeyOf value_of_;
    std::unordered_map<std::string, std::uint64_t> newest_;  ///< of each value
    std::uint64_t offered_to_ = 0;       ///< what lies before has been there when all were served
    std::size_t budget_ = 0;             ///< looks left in this dispatch
    std::vector<std::uint64_t> broken_;  ///< what selectors could not read in it
    std::size_t waiting_ = 0;            ///< messages that wait at the owners of their groups
    std::uint64_t marked_ = 0;           ///< durable
    std::uint64_t mark_pending_ = 0;     ///< asked for
    std::uint64_t marked_before_ = 0;    ///< by earlier runs
    bool waits_for_mark_ = false;
    bool waits_for_page_ = false;
    bool expired_are_coming_ = false;
    bool keeps_in_memory_ = false;
    std::size_t leaving_ = 0;         ///< messages asked to have places
    std::size_t bytes_max_ = 0;       ///< what its messages may take
    std::size_t counted_max_ = 0;     ///< as what they may count
    std::size_t check_at_bytes_ = 0;  ///< below these, memory is no concern
    std::size_t check_at_counted_ = 0;
    int pages_asked_ = 0;
    bool retired_ = false;
    bool followed_ = false;
    bool paused_ = false;
    bool had_consumers_ = false;
    bool rebalancing_ = false;
    bool hungry_ = false;
    bool copies_ = false;  ///< everybody gets everything: begins and ends without consumers
};

}  // namespace tern::broker
