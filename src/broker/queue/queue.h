#pragma once

#include "broker/api/queue_info.h"
#include "broker/ports/queue_port.h"
#include "broker/queue/consumers.h"
#include "broker/queue/entries.h"

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
/// Runs on: the queue's shard.
class Queue {
public:
    Queue(QueueInfoPtr info, QueuePort& port) : info_(std::move(info)), port_(port) {}

    [[nodiscard]] const QueueInfoPtr& info() const { return info_; }

    /// Appends. `failures` is what recovery must assume; `announced` as in Entry.
    void enqueue(MessagePtr message, StoredAt at, bool announced, std::uint16_t failures = 0);

    void open(const ConsumerRef& consumer, std::uint64_t credit);
    /// Takes back all that is delivered to the consumer, save what is staged; ordinals in `failed`
    /// count as failed deliveries.
    void close(const ConsumerRef& consumer, std::span<const std::uint64_t> failed);
    /// The same when nobody can say what was seen: all of it counts as failed.
    void lose(const ConsumerRef& consumer);
    void grant(const ConsumerRef& consumer, std::uint64_t credit);
    /// Hands out what can be handed out, then takes back the consumer's credit.
    void drain(const ConsumerRef& consumer);

    /// For messages delivered to `consumer`; others are ignored.
    void settle(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals,
                Outcome outcome);

    /// Accepted within a transaction: stays away from everybody until one of the next two.
    void stage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction rolled back: delivered again to `consumer`, or failed if it is closed.
    void unstage(const ConsumerRef& consumer, std::span<const std::uint64_t> ordinals);
    /// The transaction committed, and its journal batch says so: nothing more to be remembered.
    void commit_staged(std::span<const std::uint64_t> ordinals);

    /// The mark asked for at `QueuePort::mark` is durable.
    void marked(std::uint64_t lsn);

    /// Hands out what can be handed out.
    void dispatch();
    /// Ready and delivered messages in order.
    [[nodiscard]] std::vector<Delivery> browse();
    /// Where its journaled messages lie, for whoever deletes the queue.
    [[nodiscard]] std::vector<StoredAt> stored();
    /// Before it is deleted: nobody gets anything any more. False when that cannot be, because it
    /// has a consumer or an open transaction has accepted some of its messages.
    [[nodiscard]] bool retire();

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t ready() const { return entries_.ready(); }
    [[nodiscard]] std::uint32_t consumers() const { return consumers_.count(); }

private:
    /// How far ahead of the cursor a mark reaches: one sync lets this many through.
    static constexpr std::uint64_t kMarkAhead = 4096;

    [[nodiscard]] bool has_staged();
    [[nodiscard]] bool may_deliver(std::uint64_t ordinal);
    [[nodiscard]] Delivery delivery(std::uint64_t ordinal, const Entry& entry) const;
    void put_back(std::uint64_t ordinal, Entry& entry, bool failed);
    void remove(std::uint64_t ordinal, Entry& entry);
    /// `failed(ordinal)` says which deliveries count as failed.
    template <class Failed>
    void take_back(const ConsumerRef& consumer, Failed failed);

    QueueInfoPtr info_;
    QueuePort& port_;
    Entries entries_;
    Consumers consumers_;
    std::uint64_t marked_ = 0;        ///< durable
    std::uint64_t mark_pending_ = 0;  ///< asked for
    bool retired_ = false;
};

}  // namespace tern::broker
