#pragma once

#include "broker/api/large_bodies.h"
#include "engine/connection.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tern::engine {

/// A client of the broker as a small language: messages and consumers are named by texts; what
/// comes is remembered by name, redeliveries with a "!". Queues are named plainly, temporary ones
/// with a leading "temp ", topics with a leading "topic ".
class StoryClient final : public broker::Listener {
public:
    StoryClient(SimWorld& world, ShardBroker& shard);
    ~StoryClient() override;

    // Commands; each runs as a task of the client's shard.
    /// Answered as "login".
    void log_in(const std::string& user, const std::string& password);
    void publish(const std::string& to, const std::string& name, Durable durable = Durable::yes);
    void publish_in(std::uint64_t transaction, const std::string& to, const std::string& name);
    void publish_expiring(const std::string& to, const std::string& name, Millis in);
    /// As `publish`, with such properties: "AMQ_SCHEDULED_DELAY=5000|…".
    void publish_with(const std::string& to, const std::string& name, const std::string& properties,
                      Durable durable = Durable::yes, Millis lives = {},
                      std::uint64_t transaction = 0);
    void list_scheduled(const broker::JobSelection& which = {});
    /// What the last `list_scheduled` said: "NAME at +MS", by the time since `base_ms`.
    [[nodiscard]] std::vector<std::string> scheduled(std::int64_t base_ms) const;
    [[nodiscard]] const std::vector<broker::ScheduledJob>& jobs() const { return jobs_; }
    void remove_scheduled(const broker::JobSelection& which);
    void publish_large(const std::string& to, std::size_t bytes);
    /// Begins a body that goes to a file.
    void begin_body(std::size_t bytes);
    void drop_body();
    /// A message with the body begun last, which comes to its end.
    void publish_body(const std::string& to, const std::string& name, std::uint64_t transaction = 0,
                      const std::string& properties = {});
    void publish_in_file(const std::string& to, const std::string& name, std::size_t bytes) {
        begin_body(bytes);
        publish_body(to, name);
    }
    [[nodiscard]] bool has_body(const std::string& name) const { return bodies_.contains(name); }
    /// Has the body of a message read that came.
    void read(const std::string& name);
    /// How much of it was read, and right.
    [[nodiscard]] std::uint64_t read_bytes(const std::string& name) { return read_[name]; }
    /// Forgets what came: nothing here refers to it any more.
    void forget_bodies() { bodies_.clear(); }
    void subscribe(const std::string& consumer, const std::string& to, std::uint32_t credit = 100);
    /// `to`: destinations separated by commas. `adjust` completes the command.
    void subscribe_as(const std::string& consumer, const std::string& to,
                      std::function<void(broker::Subscribe&)> adjust);
    /// A named subscription; `selector` besides.
    void subscribe_named(const std::string& consumer, const std::string& topic,
                         const broker::NamedSubscription& subscription, bool transient = false);
    void forget(const broker::SubscriptionKey& key);
    void drain(const std::string& consumer);
    /// Ends with an "(end)".
    void browse(const std::string& consumer, const std::string& queue, std::uint32_t credit = 100);
    void unsubscribe(const std::string& consumer, std::vector<std::string> failed = {});
    void grant(const std::string& consumer, std::uint32_t credit);
    void settle(const std::string& name, broker::Outcome outcome = broker::Outcome::accept);
    /// As if the session could not be shown it.
    void pass_over(const std::string& name);
    void settle_in(std::uint64_t transaction, const std::vector<std::string>& names);
    void begin(std::uint64_t transaction);
    void commit(std::uint64_t transaction);
    void rollback(std::uint64_t transaction);
    void join(std::uint64_t transaction, const std::string& branch);
    void prepare(const std::string& branch);
    void finish(const std::string& branch, broker::BranchEnd end);
    /// How the branch ended that `transaction` was a part of: "committed", "rolled back"; empty:
    /// it has not.
    [[nodiscard]] std::string ended(std::uint64_t transaction) const;
    void list_branches();
    /// What the last `list_branches` said.
    [[nodiscard]] const std::vector<std::string>& branches() const { return branches_; }
    /// On a topic; its message is "KEY of COUNT".
    void announce(broker::Notice::What what, const std::string& topic, const std::string& key);
    void introduce(const std::string& client_id);
    void add_producer(std::uint32_t number, const std::string& to);
    void remove_producer(std::uint32_t number);
    void list_notices(const std::string& pattern);
    /// What the last `list_notices` said.
    [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }
    void report_queues(const std::string& pattern);
    [[nodiscard]] const std::vector<broker::QueueReport>& reports() const { return reports_; }
    void declare(const std::string& destination);
    /// Answered as "declare NAME", too.
    void declare_queue(const std::string& name, const broker::QueueOptions& options);
    void remove(const std::string& destination);
    void identify(const std::string& client_id, const std::string& instance,
                  broker::Takeover takeover = broker::Takeover::own);
    void leave();
    void disconnect();

    /// The answer to the command named `what`: the message's name, or as in "commit 1", "declare
    /// q".
    [[nodiscard]] bool answered(const std::string& what) const { return answers_.contains(what); }
    [[nodiscard]] std::error_code answer(const std::string& what) const;
    [[nodiscard]] bool ok(const std::string& what) const { return answered(what) && !answer(what); }

    /// What the consumer was sent since the last look.
    [[nodiscard]] std::vector<std::string> got(const std::string& consumer);
    /// Consumers that the broker has closed.
    [[nodiscard]] const std::vector<std::string>& closed() const { return closed_; }
    [[nodiscard]] bool was_evicted() const { return evicted_.has_value(); }
    /// Why; nothing: it was not.
    [[nodiscard]] const std::optional<broker::ConnectionEnd>& eviction() const { return evicted_; }
    [[nodiscard]] Connection& connection() { return *connection_; }
    [[nodiscard]] ShardBroker& shard() { return shard_; }

    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> content, bool last) override;
    void branch_ended(broker::TransactionNumber transaction, bool committed) override {
        ended_[transaction.value] = committed ? "committed" : "rolled back";
    }
    void cancelled(broker::ConsumerNumber consumer) override;
    void evicted(broker::ConnectionEnd why) override { evicted_ = why; }

    [[nodiscard]] static broker::Destination destination(const std::string& text);

private:
    struct Received {
        broker::ConsumerNumber consumer;
        broker::DeliveryTag tag;
    };

    void run(Task task);
    [[nodiscard]] broker::Token token(const std::string& what);
    [[nodiscard]] broker::ConsumerNumber number(const std::string& consumer);
    void note(broker::ConsumerNumber consumer, const broker::Delivery& delivery);

    SimWorld& world_;
    ShardBroker& shard_;
    Connection* connection_;
    std::map<std::uint64_t, std::string> tokens_;
    std::map<std::string, std::error_code> answers_;
    std::map<std::string, std::uint32_t> consumers_;
    std::map<std::uint32_t, std::vector<std::string>> got_;
    std::map<std::string, Received> received_;
    std::vector<std::string> closed_;
    std::optional<broker::ConnectionEnd> evicted_;
    std::vector<std::string> branches_;
    std::vector<std::string> notices_;
    std::vector<broker::QueueReport> reports_;
    std::vector<broker::ScheduledJob> jobs_;
    std::map<std::uint64_t, std::string> ended_;
    std::unique_ptr<broker::LargeBodyWriter> writer_;
    std::map<std::string, LargeBodyPtr> bodies_;
    std::map<std::string, std::uint64_t> read_;
};

/// Every message has two properties: its `name`, and its `kind`, the first letter of that; others
/// as `publish_with` gave them.
class StoryReader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message&) const override { return {}; }
    [[nodiscard]] message::ScalarView find(const Message& stored, std::string_view name,
                                           std::string& scratch) const override;
    /// Properties are changed, and failures kept among them.
    [[nodiscard]] Result<MessagePtr> amend(const Message& stored,
                                           const message::Amendment& change) const override;
};

/// A shard's loop whose deliveries from lanes can be stopped in the middle: a lane's thread may
/// lose its processor between any two of them.
class StoryLoop final : public Loop {
public:
    struct Gate {
        std::size_t open_for = SIZE_MAX;
        std::deque<std::pair<SimLoop*, Task>> held;
    };

    StoryLoop(SimLoop& loop, Gate& gate) : loop_(loop), gate_(gate) {}

    [[nodiscard]] ShardId id() const override { return loop_.id(); }
    [[nodiscard]] std::uint16_t count() const override { return loop_.count(); }
    void post(ShardId target, Task task) override { loop_.post(target, std::move(task)); }
    void deliver(Task task) override;
    void at_turn_end(Task task) override { loop_.at_turn_end(std::move(task)); }
    [[nodiscard]] bool congested() const override { return loop_.congested(); }
    void when_clear(Task task) override { loop_.when_clear(std::move(task)); }
    [[nodiscard]] const Clock& clock() const override { return loop_.clock(); }
    [[nodiscard]] TimerWheel& timers() override { return loop_.timers(); }

private:
    SimLoop& loop_;
    Gate& gate_;
};

/// The whole broker on simulated shards, clock and disk, with the real journal.
class EngineStory : public testing::Test, private broker::Observer {
protected:
    explicit EngineStory(std::uint16_t shards = 1) : shards_(shards) {
        formats_.add(Format::openwire, reader_);
        start();
    }
    ~EngineStory() override { throw_away(); }

    /// A new connection, on one shard after the other.
    StoryClient& connect();
    /// All that can happen happens.
    void idle() { world_->run_until_idle(); }
    void pass(Millis time) { world_->run_for(time); }

    /// Of what lanes deliver to shards from now on only so much arrives, until `let_all_through`.
    void let_through(std::size_t deliveries) { gate_.open_for = deliveries; }
    void let_all_through();

    /// What the operator says, now and after each start.
    void configure(Settings settings) {
        settings_ = std::make_shared<const Settings>(std::move(settings));
        engine_->configure(settings_);
    }

    /// Power fails now, whatever is under way, and the broker starts again.
    void crash();
    /// The same with nothing under way: nothing may be lost.
    void restart();
    void start();

    /// A queue's content seen from inside, in order, redeliveries with a "!".
    [[nodiscard]] std::vector<std::string> on(const std::string& queue);
    [[nodiscard]] ShardId owner(const std::string& queue) { return find(queue)->owner; }
    [[nodiscard]] bool exists(const std::string& queue);

    std::uint16_t shards_;
    std::uint64_t seed_ = 1;
    journal::Options journal_options_{.file_bytes = 16 * 1024};
    store::SegmentOptions segment_options_{.bytes = 64 * 1024, .shrink_bytes_min = 4096};
    EngineOptions engine_options_;
    SimDisk disk_;
    SimClock clock_;
    StoryReader reader_;
    message::Formats formats_;
    std::unique_ptr<SimWorld> world_;
    StoryLoop::Gate gate_;
    std::vector<std::unique_ptr<StoryLoop>> loops_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<store::Segments> segments_;
    std::unique_ptr<store::LargeFiles> large_files_;
    std::unique_ptr<store::Store> store_;
    SettingsPtr settings_ = std::make_shared<const Settings>();
    std::unique_ptr<Engine> engine_;
    std::vector<std::unique_ptr<StoryClient>> clients_;
    int storage_failures_ = 0;
    /// How many shards were told of an event, as in "+temp-queue://ID:1" and "-queue://q".
    std::map<std::string, int> told_;

private:
    void observe(const broker::Event& event, broker::EventSink& sink) override;
    /// On "who.connections" or "who.consumers.DESTINATION": "+KEY", "-KEY", where the key is
    /// CONNECTION or CONNECTION:NUMBER; of a connection that comes its client id besides.
    [[nodiscard]] broker::NoticeSubjectPtr subject(const broker::PartyPtr& party) override;
    void throw_away();
    [[nodiscard]] broker::QueueInfoPtr find(const std::string& queue);

    std::uint16_t next_shard_ = 0;
};

}  // namespace tern::engine
