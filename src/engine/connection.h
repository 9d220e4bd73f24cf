#pragma once

#include "broker/api/broker.h"
#include "broker/api/listener.h"
#include "engine/catalog.h"
#include "engine/turn.h"

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace tern::engine {

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

    Connection(ShardBroker& shard, broker::ConnectionNumber number, broker::Listener& listener);

    [[nodiscard]] broker::ConnectionNumber number() const { return number_; }
    [[nodiscard]] broker::Listener& listener() { return listener_; }

    /// True while more input should not be read; `unblocked` runs once when that ends.
    [[nodiscard]] bool blocked() const;
    void when_unblocked(Task unblocked) { unblocked_ = std::move(unblocked); }

    /// Ends everything that lives with the connection, messages in delivery as failed ones.
    void close();
    /// Closes because another connection takes over, and says so.
    void evict();
    /// Publishes of `answer` became durable, or were lost for `error`.
    void answered(const Answer& answer, std::error_code error);
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& from,
                 std::span<const broker::Delivery> deliveries);

    // broker::Broker
    void publish(broker::Publish command) override;
    void subscribe(broker::Subscribe command) override;
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> failed,
                     broker::Token token) override;
    void grant(broker::ConsumerNumber consumer, std::uint32_t credit) override;
    void drain(broker::ConsumerNumber consumer, broker::Token token) override;
    void settle(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                broker::Outcome outcome, broker::TransactionNumber transaction) override;
    void begin(broker::TransactionNumber transaction) override;
    void commit(broker::TransactionNumber transaction, broker::Token token) override;
    void rollback(broker::TransactionNumber transaction, broker::Token token) override;
    void declare(const broker::Destination& destination, broker::Token token) override;
    void remove(const broker::Destination& destination, broker::Token token) override;
    [[nodiscard]] bool exists(const broker::DestinationView& destination) const override;
    [[nodiscard]] std::vector<broker::Destination> temporary_destinations() const override;
    void identify(std::string_view client_id, std::string_view instance,
                  broker::Token token) override;
    [[nodiscard]] std::int64_t wall_ms() const override;

private:
    struct StagedPublish {
        broker::Destination to;
        MessagePtr message;
        broker::Origin origin;
    };
    struct StagedAccept {
        broker::ConsumerNumber consumer;
        std::vector<broker::DeliveryTag> tags;
    };
    struct Transaction {
        std::vector<StagedPublish> publishes;
        std::vector<StagedAccept> accepts;
        std::size_t bytes = 0;
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
    [[nodiscard]] bool waits() const { return waiting_; }
    void park(Task again) { parked_.push_back(std::move(again)); }
    void resume();
    void complete(broker::Token token, std::error_code error = {});

    /// Makes sure there is something to route to; true when the caller may go on now. Otherwise
    /// `again` runs when there is, or the failure is answered.
    [[nodiscard]] bool ensure(const broker::DestinationView& destination, broker::Token token,
                              Task again);
    void route(const broker::DestinationView& to, const MessagePtr& message,
               const broker::Origin& origin, Turn& turn);
    void publish_now(const broker::Publish& command);
    /// `publish` of the same command, for later.
    [[nodiscard]] Task repeat(const broker::Publish& command);
    /// True when the command was dealt with here: a copy of what is stored, or one that has to wait
    /// until that is known.
    [[nodiscard]] bool is_repeated(const broker::Publish& command);
    void look_up_producer(const broker::Origin& origin, Task again);
    void declare_temporary(const broker::Destination& destination, Then then);
    void open_queue(const broker::Subscribe& command);
    void open_subscription(const broker::Subscribe& command);
    void browse(const broker::Subscribe& command);
    /// `failed` as in `unsubscribe`; none: nobody can say what was seen.
    void close_consumer(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                        std::optional<std::span<const broker::DeliveryTag>> failed);
    void forget(const Transaction& transaction);
    [[nodiscard]] broker::ConsumerRef ref(broker::ConsumerNumber consumer) const;
    void add_unconfirmed(Turn& turn, broker::Token token, std::size_t bytes);

    ShardBroker& shard_;
    broker::ConnectionNumber number_;
    broker::Listener& listener_;
    std::unordered_map<broker::ConsumerNumber, broker::QueueInfoPtr> consumers_;
    std::unordered_map<broker::TransactionNumber, Transaction> transactions_;
    /// Accepted in transactions that have not ended, their commits included: once is enough.
    std::unordered_set<broker::DeliveryTag, TagHash> staged_;
    /// Producers whose history on all shards was asked for.
    std::unordered_map<std::uint64_t, std::uint64_t> repeated_up_to_;
    std::vector<broker::Destination> temporaries_;
    std::string client_id_;
    std::string instance_;
    std::deque<Task> parked_;
    Task unblocked_;
    std::size_t unconfirmed_ = 0;
    std::size_t unconfirmed_bytes_ = 0;
    bool waiting_ = false;
    bool closed_ = false;
};

}  // namespace tern::engine
