#pragma once

#include "broker/address/address_table.h"
#include "broker/api/observer.h"
#include "broker/queue/queue.h"
#include "broker/route/exchange_broker.h"
#include "broker/route/letter_writer.h"
#include "broker/schedule/schedule.h"
#include "engine/ack_wait.h"
#include "engine/catalog.h"
#include "engine/duplicate_ids.h"
#include "engine/history.h"
#include "engine/hunger.h"
#include "engine/producer_history.h"
#include "engine/routing.h"
#include "engine/settings.h"
#include "engine/tracer.h"
#include "engine/transaction.h"
#include "engine/turn.h"
#include "engine/turn_line.h"
#include "engine/vhost_places.h"
#include "store/store.h"

#include <atomic>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tern::engine {

class Connection;

/// The broker's part on one shard: the queues and connections it owns, and its copy of the address
/// table. Everything it says to other shards it says at the end of the turn, in batches.
///
/// Runs on: its shard, all of it.
class ShardBroker final : public broker::QueuePort, private broker::EventSink {
public:
    /// `peers` has an entry per shard, this one included, filled in before the first command.
    /// `storage_failed` is called whenever a turn could not be journaled. `letters`: null when
    /// dead letters do not go to exchanges.
    ShardBroker(Loop& loop, store::Store& store, const message::Formats& formats,
                std::span<ShardBroker* const> peers, broker::Observer* observer,
                const broker::LetterWriter* letters, broker::Memory memory,
                std::move_only_function<void()> storage_failed);
    ~ShardBroker() override;

    /// From now on these hold.
    void configure(SettingsPtr settings);
    [[nodiscard]] const Settings& settings() const { return *settings_; }

    /// A new connection; `listener` outlives it. Ends by `disconnect`.
    [[nodiscard]] Connection& connect(broker::Listener& listener);
    void disconnect(broker::ConnectionNumber number);
    /// Null when it is gone.
    [[nodiscard]] Connection* find(broker::ConnectionNumber number);

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] ShardId id() const { return loop_.id(); }
    [[nodiscard]] const broker::AddressTable& table() const { return table_; }
    [[nodiscard]] const broker::Topology& topology() const { return topology_; }
    [[nodiscard]] const Interests& interests() const { return interests_; }
    /// The whole broker's: those of shard 0.
    [[nodiscard]] VhostPlaces& vhost_places() { return peers_[0]->vhost_places_; }
    [[nodiscard]] std::span<ShardBroker* const> peers() const { return peers_; }
    [[nodiscard]] const message::Formats& formats() const { return formats_; }
    /// Null: nobody is told of anything.
    [[nodiscard]] broker::Observer* observer() const { return observer_; }
    /// Called here, and replies come here.
    [[nodiscard]] broker::Operations* operations() const { return operations_; }
    void offer(broker::Operations& operations) { operations_ = &operations; }
    [[nodiscard]] std::int64_t wall_ms() const { return loop_.clock().wall_ms(); }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

    /// `connection` hears of every queue that is made or removed, until it does not want to any
    /// more.
    void watch_queues(Connection& connection);
    void unwatch_queues(Connection& connection) { std::erase(watchers_, &connection); }

    /// Puts `question` to the catalog, wherever that is, and has the answer run here.
    void ask(std::move_only_function<void(Catalog&, CatalogAnswer)> question, CatalogAnswer answer);
    [[nodiscard]] Catalog& catalog() { return catalog_; }
    void apply(const Change& change);
    /// Makes a queue of this shard that nobody routes to yet: the change that adds it follows.
    void prepare(const broker::QueueInfoPtr& info);

    /// What this turn will journal. Whoever touches it has it flushed when the turn ends.
    [[nodiscard]] Turn& turn();

    /// Runs `command(Queue&)` where the queue lives; a queue that is gone ignores it.
    template <class Command>
    void on_queue(const broker::QueueInfo& info, Command command) {
        if (info.owner == id()) return on_own_queue(info.id, command);
        ShardBroker* const peer = peers_[info.owner.value];
        loop_.post(info.owner, [peer, id = info.id, command = std::move(command)]() mutable {
            peer->on_own_queue(id, command);
        });
    }

    /// Runs `command(ShardBroker&)` where the queue lives.
    template <class Command>
    void at_owner(const broker::QueueInfo& info, Command command) {
        if (info.owner == id()) return command(*this);
        loop_.post(info.owner, [peer = peers_[info.owner.value],
                                command = std::move(command)]() mutable { command(*peer); });
    }
    /// Opens a consumer on a queue of this shard, or on its successor when it is about to be
    /// removed.
    void open(broker::QueueId queue, const broker::ConsumerRef& consumer,
              const broker::ConsumerOptions& options, const broker::FilterPtr& filter);
    /// Tells the consumer's connection that its queue is gone.
    void follow(const broker::ConsumerRef& consumer, broker::QueueId gone);
    /// Delivers one message to `consumer`, if there is one on a queue of this shard, then runs
    /// `done`: perhaps later, when a mark is durable.
    void get(broker::QueueId queue, const broker::ConsumerRef& consumer, Task done);
    /// What is on a queue of this shard: nothing when it is gone.
    [[nodiscard]] broker::QueueCounts count(broker::QueueId queue);
    [[nodiscard]] std::size_t purge(broker::QueueId queue);
    /// As `Broker::report_queues`, of the queues of this shard.
    [[nodiscard]] std::vector<broker::QueueReport> report(std::string_view pattern);
    // shard_reports.cc: this shard's part of what operators ask for.
    /// Null when it is gone.
    [[nodiscard]] broker::Queue* find_queue(broker::QueueId id) { return own(id); }
    [[nodiscard]] broker::BrokerStatus status() const;
    /// As `Operations::list_queues`; the rows begin at the first one, whatever the offset.
    [[nodiscard]] broker::QueuePage list(const broker::QueueQuery& query) const;
    /// Of the queue, or of all.
    [[nodiscard]] std::vector<broker::ConsumerStatus> consumers(
        std::optional<broker::QueueId> of) const;
    [[nodiscard]] std::vector<broker::ConnectionStatus> connection_list() const;
    [[nodiscard]] broker::QueueStatus status(const broker::Queue& queue) const;
    /// Whose sends to that destination wait for space.
    [[nodiscard]] std::vector<broker::Obstacle> explain_sends(const broker::Destination& to) const;
    /// The queue that takes most, and how much that is: in memory, or altogether.
    struct Largest {
        std::string name;
        std::size_t bytes = 0;
    };
    [[nodiscard]] Largest largest_queue(bool in_memory) const;
    /// As `Operations::mark_dead_letters`.
    void mark_dead_letters(broker::QueueId queue, bool are) { dead_letter_marks_[queue] = are; }

    /// Prepares the removal of a queue of this shard: its consumers are told, nobody gets anything
    /// any more. Says what was on it, or why it has to stay.
    [[nodiscard]] Result<broker::QueueCounts> dismiss(broker::QueueId queue,
                                                      broker::RemoveCondition condition);

    /// The queues that a message for an address is meant for, those that `kTopicTree` leads to and
    /// those it is forwarded to included; views the table or `found`, which has to be empty.
    [[nodiscard]] std::span<const broker::QueueInfoPtr> find_queues(
        const broker::DestinationView& to, const Message& message,
        std::vector<broker::QueueInfoPtr>& found) const;
    /// Appends the queues that an exchange leads to, each once, and what meets it: queues by their
    /// names, subscribers of topics.
    void find_queues(const broker::ExchangeAddress& to, const Message& message,
                     std::vector<broker::QueueInfoPtr>& queues) const;
    [[nodiscard]] const Forwards& forwards() const { return forwards_; }
    // shard_schedule.cc: messages that are wanted later.
    /// What goes to the schedule in the message's place; null when it is wanted now. Errors:
    /// invalid_schedule.
    [[nodiscard]] Result<MessagePtr> scheduled(const broker::DestinationView& to,
                                               const MessagePtr& message);
    /// Carries out what a client wants of the scheduler.
    void order(const broker::JobOrder& order);
    /// On the schedule's shard: the jobs, in the order of their times. Those on disk are read.
    using JobsAnswer = std::move_only_function<void(std::vector<broker::ScheduledJob>)>;
    void jobs(broker::JobSelection which, JobsAnswer answer);
    void remove_jobs(broker::JobSelection which, Task done);
    /// The queue where jobs wait; null when there is none yet.
    [[nodiscard]] broker::QueueInfoPtr schedule() const;

    // shard_limits.cc: flow control.
    /// What leaves no space for a message of that size on its way to these queues, if anything.
    [[nodiscard]] std::optional<broker::Limit> what_is_full(
        const broker::DestinationView& to, std::span<const broker::QueueInfoPtr> queues,
        bool durable, std::size_t bytes);
    /// How long its senders wait for space; nothing: for ever.
    [[nodiscard]] std::optional<Millis> patience(const broker::DestinationView& to,
                                                 broker::Limit full) const;
    /// Whether messages that have no space there are dropped.
    [[nodiscard]] bool drops(const broker::DestinationView& to, broker::Limit full) const;
    /// That one was.
    void note_dropped(const broker::DestinationView& to);
    /// Somebody waits for space there: says so, not too often.
    /// `message`: the one that waits; null: somebody's transaction does.
    void note_waiting(const broker::DestinationView& to, broker::Limit full,
                      const MessagePtr& message);
    /// Somebody ran into a limit: counts that, and says what happened and where, not too often.
    void note_crossed(broker::Limit limit, std::string_view where, std::string_view what);
    /// Of messages that connections of this shard hold until there is space for them.
    void add_waiting(std::size_t bytes) { waiting_bytes_ += bytes; }
    void remove_waiting(std::size_t bytes) { waiting_bytes_ -= bytes; }
    /// How many of them one connection may hold.
    [[nodiscard]] std::size_t waiting_bytes_max() const;
    /// Whether what a client says is being heard now: what its session does on its own is no
    /// answer.
    void set_hears(bool hears) { hears_ = hears; }
    [[nodiscard]] bool hears() const { return hears_; }
    /// Whether consumers of queues on any shard have nothing to do although much waits for them.
    [[nodiscard]] bool consumers_starve() const;
    /// What consumers have taken so far: a shard's part of it.
    [[nodiscard]] std::uint64_t consumed_bytes() const;
    /// What became of those who had no space here.
    [[nodiscard]] broker::FlowStatus& flow() { return flow_; }

    // shard_topics.cc: what policies say of topics.
    /// Somebody has sent the message: it is kept for those who come later, if that is wanted.
    void remember(const broker::DestinationView& to, const MessagePtr& message,
                  const Publisher* publisher);
    /// Puts what is kept of a new subscription's topics on it, but what it got itself, then runs
    /// `done`. On the subscription's shard. `asked`: those that are not always kept for all, too.
    void recall(const broker::QueueInfoPtr& subscription, bool asked, Task done);
    /// The same for a queue of this shard that gets messages of topics, once after it was made;
    /// what comes meanwhile comes first.
    void recall_on_queue(broker::QueueId queue, bool asked);
    /// Whether all subscribers of the topic see its messages in one order.
    [[nodiscard]] bool keeps_order(const broker::DestinationView& to) const;

    // shard_transactions.cc: what goes into this turn, all of it or nothing.
    void stage(MessagePtr message, Routed routed, const broker::Origin& origin, Traced trace = {});
    void commit(const Transaction& work, const Publisher& sender);
    void commit(const BranchPart& part);
    /// Accepted messages are again in delivery, or go back when their consumer is gone.
    void rollback(const Transaction& work);
    /// Runs `then` here when all that was posted to other shards before has arrived there.
    void when_arrived(Task then);
    /// Gives a part to the catalog once its messages are staged everywhere: whoever ends the branch
    /// speaks from another shard, and must not overtake that.
    void hand_in(BranchPart part);

    // shard_tracing.cc: messages that are followed.
    [[nodiscard]] Tracer& tracer() { return tracer_; }
    /// A client has sent the message: its number, if it is followed from now on; otherwise 0.
    [[nodiscard]] std::uint64_t trace_received(broker::ConnectionNumber connection,
                                               const broker::DestinationView& to,
                                               const Message& message) {
        const std::uint64_t trace = tracer_.choose();
        if (trace != 0) [[unlikely]]
            note_received(trace, connection, to, message);
        return trace;
    }
    /// That happened to a message on its way, if it is followed.
    void trace(std::uint64_t number, broker::TraceEvent::What what, const broker::Destination& at,
               std::string_view detail = {});
    /// An operator takes it off its queue, to send it to `to` or to nobody: its number, if it is
    /// followed; otherwise 0.
    std::uint64_t trace_taken(const broker::DeliveryTag& tag, const broker::Destination* to);
    void trace_unwanted(std::uint64_t number) {
        if (number != 0)
            tracer_.note(
                {.message = number, .at_us = now_us(), .what = broker::TraceEvent::What::unwanted});
    }
    /// All that is kept, by the wall's clock.
    [[nodiscard]] std::vector<broker::TraceEvent> trace_events() const;

    /// Sends a message of the broker's own to whoever listens to the topic, on any shard.
    void tell(const broker::DestinationView& topic, const MessagePtr& message);
    /// Somebody has sent the message, which leads to these queues: lets those know who watch that.
    void watch_published(const broker::DestinationView& to, const MessagePtr& message,
                         std::span<const broker::QueueInfoPtr> queues);

    // shard_declared.cc: queues that were declared with options.
    /// Takes out those that have no room for the message; returns how many these were. The others
    /// have to get it.
    [[nodiscard]] std::size_t turn_away(std::vector<broker::QueueInfoPtr>& queues,
                                        const MessagePtr& message);
    /// Somebody used it without consuming from it.
    void use_lease(broker::QueueId queue);

    /// Puts a transient message on the queues. `trace`: its number, if it is followed.
    void send(MessagePtr message, const Routed& routed, std::uint64_t trace = 0);
    /// Puts a transient message on a queue.
    void enqueue(const store::Route& route, MessagePtr message, std::uint64_t trace = 0);

    /// Adopts a queue from the last run; before the first command. Messages whose record is in
    /// `accepted` stay away from everybody: returns where they are.
    std::vector<broker::DeliveryTag> recover(const broker::QueueInfoPtr& info,
                                             store::RecoveredQueue content,
                                             const std::unordered_set<std::uint64_t>& accepted);

    /// Adopts an exchange or a binding from the last run; a binding whose ends are gone is left
    /// out.
    void recover(Change change);

    // shard_paging.cc

    /// Has everything that the journal has before a record moved elsewhere, behind all that the
    /// journal has told this shard; `done` says that it has been tried.
    void relieve(journal::Lsn before, Task done);
    [[nodiscard]] const broker::Memory& memory() const { return memory_; }

    [[nodiscard]] store::Store& store() { return store_; }
    [[nodiscard]] ProducerHistory& producers() { return producers_; }
    /// Shard 0 has those of the whole broker.
    [[nodiscard]] DuplicateIds& message_ids() { return message_ids_; }

private:
    // broker::QueuePort
    void deliver(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                 std::vector<broker::Delivery> deliveries) override;
    void show(const broker::ConsumerRef& to, const broker::QueueInfo& from,
              std::vector<broker::Delivery> content, bool last) override;
    void consumed(const broker::QueueInfo& queue, const MessagePtr& message) override;
    void settled(const broker::QueueInfo& queue, broker::StoredAt at, broker::Place place) override;
    void released(const broker::QueueInfo& queue, broker::StoredAt at,
                  broker::Place place) override;
    void died(const broker::QueueInfo& queue, const broker::Delivery& message, broker::Place place,
              const broker::Death& death) override;
    [[nodiscard]] std::uint32_t borrow(const broker::ConsumerRef& consumer,
                                       const broker::QueueInfo& queue) override;
    void give_back(const broker::ConsumerRef& consumer, const broker::QueueInfo& queue,
                   std::uint64_t credit) override;
    void mark(const broker::QueueInfo& queue, std::uint64_t lsn) override;
    void page_out(const broker::QueueInfo& queue, std::vector<broker::PageOut> messages) override;
    void page_in(const broker::QueueInfo& queue, std::vector<broker::PageIn> places,
                 std::size_t bytes_max) override;
    void wake(const broker::QueueInfo& queue, std::int64_t at_ms) override;
    [[nodiscard]] std::int64_t attempts_max(const broker::QueueInfo& queue) const override;
    [[nodiscard]] std::int64_t returns_at_ms(const broker::QueueInfo& queue,
                                             std::uint32_t failures) override;
    [[nodiscard]] std::int64_t now_us() const override;
    void discarded(const broker::QueueInfo& queue, const broker::Delivery& message,
                   broker::Place place) override;
    void passed(const broker::QueueInfo& queue, std::uint64_t ordinal, Passage what) override;
    // broker::EventSink
    [[nodiscard]] bool wanted(const broker::DestinationView& topic) const override;
    void publish(const broker::DestinationView& topic, MessagePtr message) override;

    template <class Command>
    void on_own_queue(broker::QueueId id, Command& command) {
        if (broker::Queue* queue = own(id)) {
            command(*queue);
            // It may be gone: the last consumer of a subscription takes that with it.
            if (broker::Queue* const still = own(id)) touch(*still);
        }
    }

    /// Where observers publish what concerns a message: to the subscriptions of all shards.
    class Everywhere final : public broker::EventSink {
    public:
        explicit Everywhere(ShardBroker& shard) : shard_(shard) {}
        [[nodiscard]] bool wanted(const broker::DestinationView& topic) const override;
        void publish(const broker::DestinationView& topic, MessagePtr message) override;

    private:
        ShardBroker& shard_;
    };
    // shard_watching.cc
    void observe(broker::Event::What what, const broker::Destination& destination,
                 const MessagePtr& message, const broker::Policy& policy, std::uint64_t count = 0,
                 const broker::PartyPtr& consumer = nullptr);
    void watch_dispatched(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                          const std::vector<broker::Delivery>& deliveries);

    [[nodiscard]] broker::Queue* own(broker::QueueId id);
    [[nodiscard]] bool is_watched(const broker::QueueInfo& queue) const;
    /// Lets die what has expired on a queue, in parts, so as not to keep others waiting.
    void expire(broker::QueueId id);
    /// Where a message was that others take the place of.
    struct Source {
        broker::QueueId queue{};
        broker::StoredAt at{};
        broker::Place place{};
        std::uint64_t trace = 0;  ///< its number, if it is followed
    };
    /// A job is due.
    void fire(const Source& from, const Message& packed);
    [[nodiscard]] std::string new_job_id();
    /// A message of the broker's own, and where it goes.
    struct Letter {
        broker::Destination to;
        MessagePtr message;
        std::vector<broker::QueueInfoPtr> queues = {};  ///< instead of `to`, where it was routed
    };
    // shard_declared.cc
    /// A dead letter that has nowhere to go for now.
    struct HeldLetter {
        broker::QueueInfoPtr queue;
        Source from;
        MessagePtr message;
        broker::Death::Why why = {};
    };
    /// How long a queue stays that nobody uses.
    struct Lease {
        explicit Lease(Task ended) : timer(std::move(ended)) {}

        Timer timer;
        std::int64_t ms = 0;
        bool used = false;  ///< it has consumers
    };
    /// What holds of a queue that was declared, by that and by policies.
    [[nodiscard]] std::shared_ptr<const broker::QueueOptions> in_force(
        const broker::QueueInfo& queue) const;
    void limit_declared(broker::Queue& queue);
    /// The message as it is on that queue: with less time to live, perhaps.
    [[nodiscard]] MessagePtr with_less_time(const broker::QueueInfo& queue,
                                            const MessagePtr& message) const;
    void stage_limited(const MessagePtr& message, const Routed& routed,
                       const broker::Origin& origin, Traced trace);
    /// Does what is due on the queue, for whoever looks at it now.
    void catch_up(broker::Queue& queue);
    void renew_lease(broker::QueueId id, std::int64_t ms);
    void note_use(const broker::Queue& queue);
    void end_lease(broker::QueueId id);
    /// The message, that was at `from` if it was anywhere, goes to the exchange for dead letters.
    void write_letter(const broker::QueueInfo& queue, const Source& from, const MessagePtr& message,
                      const broker::Death& death);
    void route_letter(const broker::QueueInfo& queue, const broker::QueueOptions& terms,
                      const Source& from, const MessagePtr& message, broker::Death::Why why);
    void hold_letter(HeldLetter letter);
    void try_letters();
    // shard_tracing.cc
    void note_received(std::uint64_t trace, broker::ConnectionNumber connection,
                       const broker::DestinationView& to, const Message& message);
    /// The newest message of the queue is this one.
    void trace_queued(std::uint64_t trace, broker::Queue& queue);
    void trace_queued(const Turn& turn, std::size_t publication, broker::Queue& queue);
    void trace_dispatched(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                          const std::vector<broker::Delivery>& deliveries);
    /// The message is off the queue: its number, if it is followed; otherwise 0.
    std::uint64_t trace_gone(const broker::QueueInfo& queue, std::uint64_t ordinal,
                             broker::TraceEvent::What what, std::string_view why = {});
    std::uint64_t trace_died(const broker::QueueInfo& queue, const broker::Delivery& message,
                             const broker::Death& death);
    void trace_stored(const Turn& turn);
    void trace_answered(const Turn& turn);
    // shard_slow_consumers.cc
    struct SlowState {
        std::int64_t since_ms = 0;    ///< slow since then; 0: it is not
        std::int64_t count = 0;       ///< how often it became slow
        std::uint64_t settled = 0;    ///< by the last look
        std::int64_t settled_ms = 0;  ///< when that was seen to grow
        std::uint64_t measured = 0;   ///< settled when its rate was last looked at
        std::int64_t measured_ms = 0;
    };
    struct SlowKey {
        std::uint32_t queue;
        broker::ConsumerRef consumer;

        bool operator==(const SlowKey&) const = default;
    };
    struct SlowKeyHash {
        std::size_t operator()(const SlowKey& key) const noexcept {
            return std::hash<broker::ConnectionNumber>{}(key.consumer.connection) * 31 +
                   key.consumer.consumer.value + key.queue * std::size_t{0x9E3779B9};
        }
    };
    using SlowStates = std::unordered_map<SlowKey, SlowState, SlowKeyHash>;
    void schedule_slow_check();
    void check_consumers();
    void check_consumer(const SlowKey& key, const broker::ConsumerReport& report,
                        const broker::Destination& name, const broker::Policy& policy,
                        SlowStates& before);
    /// Whether it took less than it has to while there was something to take.
    [[nodiscard]] bool is_below_rate(SlowState& state, const broker::ConsumerReport& report,
                                     const broker::Policy& policy) const;
    void close_slow(const broker::ConsumerRef& who, const broker::Destination& name, bool whole);
    [[nodiscard]] static bool is_too_slow(const SlowState& state,
                                          const broker::SlowConsumers& policy, std::int64_t now_ms);
    // shard_limits.cc
    void look_at_limits();
    void look_at_disk();
    /// Lets limits of files follow what the disk has. Shard 0's.
    void fit_to_disk();
    void schedule_fitting();
    void fit_to_disk(std::atomic<std::int64_t>& limit, std::int64_t wanted, std::uint64_t used,
                     std::string_view what);
    void note_limits(broker::FlowStatus& status) const;
    void limit(broker::Queue& queue);
    [[nodiscard]] broker::QueueRules rules(const broker::QueueInfo& queue,
                                           const broker::Policy& policy) const;
    /// What a message says of a property, as text.
    [[nodiscard]] broker::Queue::KeyOf text_of(const std::string& property) const;
    [[nodiscard]] std::span<const broker::QueueInfoPtr> bound_queues(
        const broker::DestinationView& to, const Message& message,
        std::vector<broker::QueueInfoPtr>& found) const;
    void limit_waiting(broker::Queue& queue, const broker::ConsumerOptions& consumer);
    /// Whether it is time to say again that somebody ran into the limit there.
    [[nodiscard]] bool may_say(broker::Limit limit, std::string_view where, std::int64_t every_ms);
    /// Of all that connections hold until there is space.
    [[nodiscard]] std::size_t all_waiting_bytes() const;
    [[nodiscard]] std::size_t used_bytes() const;
    // shard_topics.cc
    void remember(const broker::Destination& topic, Remembered one, bool retained);
    [[nodiscard]] bool is_retained(const broker::DestinationView& to, const Message& message) const;
    /// Gathers what all shards keep for it, then runs `found` here.
    using Recalled = std::move_only_function<void(std::vector<MessagePtr>)>;
    void gather_past(const broker::QueueInfoPtr& queue, bool asked, Recalled found);
    /// What this shard keeps of the topics that the queue gets messages of.
    [[nodiscard]] std::vector<Remembered> recalled(const broker::QueueInfo& queue, bool asked,
                                                   std::uint64_t heard);
    void forget_past();
    [[nodiscard]] bool gets(const broker::QueueInfo& queue, const Message& message) const;
    /// Whether its policy lets the queue have the message.
    [[nodiscard]] bool admits(const broker::DestinationView& queue, const Message& message) const;
    /// Those of them that the message is for.
    [[nodiscard]] std::span<const broker::QueueInfoPtr> addressees(
        const broker::DestinationView& to, const Message& message,
        std::span<const broker::QueueInfoPtr> queues,
        std::vector<broker::QueueInfoPtr>& found) const;
    // shard_sweep.cc
    void schedule_sweep();
    void schedule_offline_check();
    void sweep();
    [[nodiscard]] bool is_unused(const broker::Queue& queue);

    // shard_dead_letters.cc
    [[nodiscard]] broker::Fate decide(const broker::Dying& dying) const;
    /// The message comes again later, with that many failures and one more. False, and nothing
    /// happened: it is malformed.
    bool retry(const broker::QueueInfo& queue, const Source& from, const Message& message,
               std::int64_t delay_ms, std::uint32_t failures);
    /// The message goes where its policy says.
    void bury(const broker::QueueInfo& queue, const Source& from, const MessagePtr& message,
              const broker::Death& death, const broker::Policy& policy);
    /// Sends the letters, making their queues if need be, in the place of the message that was at
    /// `from`, if any: all of it or nothing.
    void replace(const Source& from, std::vector<Letter> letters);
    /// An auto-delete queue whose last consumer has left goes.
    void leave(broker::Queue& queue);
    void add_queue(const broker::QueueInfoPtr& info);
    /// Whether it may be given what was sent before it was there.
    [[nodiscard]] bool hears_of_the_past(const broker::QueueInfo& queue) const;
    void mark_groups(const broker::QueueInfo& from, std::span<broker::Delivery> deliveries) const;
    void remove_queue(const Change& change);
    // shard_paging.cc
    void paged_out(broker::QueueId queue, std::span<const broker::PageOut> messages,
                   const Result<std::vector<broker::Place>>& places);
    void leave_journal(journal::Lsn before, Task done);
    void journal_history();
    void check_relieved();
    void check_memory();
    void settle(broker::QueueId queue, broker::StoredAt at, broker::Place place);
    /// Runs `task(Connection&)` where the connection is, if it still is.
    template <class Use>
    void on_connection(const broker::ConsumerRef& consumer, Use use);
    /// The queue may have something to hand out: it will be asked when the turn ends.
    void touch(broker::Queue& queue);
    void schedule_turn_end();
    void end_turn();
    void flush_turn();
    /// On each shard that a turn concerns, in journal order.
    void committed(std::shared_ptr<Turn> turn);
    void arrived(ShardId origin, std::uint64_t turn);
    void advance();
    void apply(Turn& turn);
    void enqueue_transient(broker::QueueId queue, MessagePtr message, ShardId origin,
                           std::uint64_t trace);
    [[nodiscard]] bool withdraw_latest();
    void await_acks();
    [[nodiscard]] bool may_enqueue_early(const Turn& turn);
    /// Lets a queue know how long a message of the turn took to be safe.
    void note_confirmed(const Turn& turn);
    /// `first`: where the turn's first record lies or will lie.
    void enqueue_own(const Turn& turn, journal::Lsn first);
    void answer(Turn& turn);

    Loop& loop_;
    store::Store& store_;
    const message::Formats& formats_;
    std::span<ShardBroker* const> peers_;
    broker::Observer* observer_;
    broker::Operations* operations_ = nullptr;
    const broker::LetterWriter* letters_;
    std::move_only_function<void()> storage_failed_;
    Catalog catalog_;  ///< in use on shard 0 only
    SettingsPtr settings_ = std::make_shared<const Settings>();
    broker::AddressTable table_;
    broker::Topology topology_;
    Interests interests_;
    VhostPlaces vhost_places_;
    Forwards forwards_;
    ProducerHistory producers_;
    DuplicateIds message_ids_;
    broker::Memory memory_;
    std::size_t check_memory_at_ = 0;
    std::unordered_map<broker::QueueId, std::unique_ptr<broker::Queue>> queues_;
    /// When something expires on a queue.
    std::unordered_map<broker::QueueId, Timer> alarms_;
    std::unordered_map<broker::QueueId, Lease> leases_;
    Tracer tracer_;
    std::vector<HeldLetter> held_letters_;
    Timer letter_timer_;
    SlowStates slow_;
    Timer slow_timer_;
    /// What nobody used when it was looked at last: how much had come, and since when.
    struct Unused {
        std::uint64_t enqueued = 0;
        std::int64_t since_ms = 0;
    };
    std::unordered_map<broker::QueueId, Unused> unused_;
    Timer sweep_timer_;
    /// When the next word on who ran into a limit there may be said.
    std::map<std::pair<broker::Limit, std::string>, std::int64_t, std::less<>> crossing_noted_;
    Timer offline_timer_;
    /// What is kept of topics' past; each has its place on one shard.
    std::unordered_map<broker::Destination, History, broker::DestinationHash,
                       broker::DestinationEqual>
        histories_;
    Timer history_timer_;
    /// Queues made since the start: all shards hear of them in the same order.
    std::uint64_t queues_heard_ = 0;
    /// Of those of this shard that may be told of the past: their number in that order.
    std::unordered_map<broker::QueueId, std::uint64_t> heard_at_;
    /// What policies say of which messages queues get, by its text; null: it is no selector.
    mutable std::unordered_map<std::string, broker::FilterPtr> filters_;
    std::atomic<std::size_t> waiting_bytes_{0};  ///< read by all shards
    std::size_t unseen_bytes_ = 0;
    std::int64_t look_at_disk_ms_ = 0;  ///< when the disk is looked at again
    bool memory_full_ = false;
    bool store_full_ = false;
    bool temporary_full_ = false;
    std::int32_t store_percent_ = 0;            ///< used of its limit
    std::int32_t store_high_water_ = 100;       ///< of that, the lowest that any policy stops at
    std::atomic<bool> disk_full_{false};        ///< read by all shards
    std::atomic<std::int64_t> store_limit_{0};  ///< shard 0's, read by all, as the next one
    std::atomic<std::int64_t> temporary_limit_{0};
    Timer disk_timer_;
    /// What operators say.
    std::unordered_map<broker::QueueId, bool> dead_letter_marks_;
    broker::FlowStatus flow_;
    Hunger hunger_;
    bool hears_ = false;
    std::int64_t started_ms_;  ///< since 1970
    std::uint64_t last_job_ = 0;
    std::uint64_t last_return_ = 0;
    std::unordered_map<broker::ConnectionNumber, std::unique_ptr<Connection>> connections_;
    std::uint64_t last_connection_ = 0;
    /// What queues and connections that are gone had counted.
    struct Past {
        broker::QueueTotals totals;
        std::uint64_t published = 0;
        std::uint64_t delivered = 0;
    };
    Past past_;
    Turn turn_;
    TurnLine line_;
    /// The turn sent off last, while it may still be taken back.
    struct Latest {
        std::shared_ptr<Turn> turn;
        journal::Lsn first;
        std::size_t count = 0;
        bool awaited = false;  ///< it was worth a moment's wait for the acks
    };
    Latest latest_;
    std::size_t turns_under_way_ = 0;   ///< of this shard, sent off and not applied
    std::size_t publishing_turns_ = 0;  ///< of these, those with messages
    AckWait ack_wait_;
    /// Came to queues that are about to be removed.
    std::unordered_map<broker::QueueId, std::vector<broker::ConsumerRef>> too_late_;
    std::vector<broker::QueueId> touched_;
    std::vector<Connection*> watchers_;
    bool turn_end_scheduled_ = false;
    std::size_t pages_leaving_ = 0;  ///< answers that are awaited
    std::vector<Task> relieved_;     ///< run when none is
};

}  // namespace tern::engine
