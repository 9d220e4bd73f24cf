#pragma once

#include "journal/journal.h"
#include "store/records.h"

namespace tern::store {

/// What one shard wants remembered next, all of it or nothing.
///
/// The settles of a batch become one record, behind all others.
class Batch {
public:
    /// Each returns the index of its record, for looking up its position once it is durable.
    std::size_t publish(const Message& message, std::span<const Route> routes,
                        const broker::Origin& origin);
    std::size_t mark(broker::QueueId queue, std::uint64_t lsn);
    std::size_t define(const Definition& definition);
    /// Forgets a queue, its definition and the messages that were left on it.
    void remove(broker::QueueId queue, broker::StoredAt definition,
                std::span<const broker::StoredAt> messages);
    std::size_t put(const Document& document);
    /// Forgets a document that lies at `at`.
    void erase(const DocumentKey& key, broker::StoredAt at);
    /// How far producers have sent, though what they sent may have left the journal.
    void remember(std::span<const broker::Origin> producers);
    void settle(broker::QueueId queue, broker::StoredAt at);
    /// The message was settled; what that frees is said elsewhere.
    void consume(broker::QueueId queue, broker::StoredAt at) {
        settled_.push_back({queue, at.lsn});
    }
    /// The record at `at` is not needed any more: another one says the same.
    void release(broker::StoredAt at);

    [[nodiscard]] bool empty() const {
        return records_.empty() && settled_.empty() && releases_.empty();
    }

    /// Whether all it does is to settle and release.
    [[nodiscard]] bool only_settles() const { return records_.empty(); }

    [[nodiscard]] std::size_t records() const { return records_.size(); }
    /// Whether it settles or releases anything.
    [[nodiscard]] bool has_settles() const { return !settled_.empty() || !releases_.empty(); }
    /// Whether it settles `count` messages, all of those stored from `first` on.
    [[nodiscard]] bool settles(journal::Lsn first, std::size_t count) const;

    /// The journal's form of it.
    [[nodiscard]] journal::Batch seal() &&;

private:
    std::size_t add(RecordType type, std::uint32_t holds, std::vector<Buffer> parts);

    std::vector<journal::Record> records_;
    std::vector<Settled> settled_;
    std::vector<journal::Release> releases_;
};

}  // namespace tern::store
