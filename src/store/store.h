#pragma once

#include "journal/journal.h"
#include "store/batch.h"
#include "store/recovery.h"

#include <functional>
#include <vector>

namespace tern::store {

/// What the last run left behind.
struct Recovered {
    std::vector<RecoveredQueue> queues;
    std::vector<RecoveredDocument> documents;
    /// As `Recovery::last_queue`.
    broker::QueueId last_queue;
    /// As `Recovery::producers`.
    std::unordered_map<std::uint64_t, std::uint64_t> producers;
};

/// What is durable, and by which rule: today one rule, the local journal. A queue emits records and
/// hears that they are durable; it cannot know how that came about.
class Store {
public:
    explicit Store(journal::Journal& journal) : journal_(journal) {}

    /// Reads everything back. Call once, before the first append.
    [[nodiscard]] Result<Recovered> recover();

    /// Positions of the batch's records, by their index; or why it is lost. On the journal's lane.
    using Done = std::move_only_function<void(Result<std::span<const journal::Position>>)>;
    /// Makes `batch` durable as a whole. Batches become durable in the order of the calls. A batch
    /// may be empty: `done` then keeps its turn. Returns the number of the batch's first record, as
    /// Journal::append. From any thread.
    journal::Lsn append(Batch batch, Done done);

    /// As Journal::withdraw.
    [[nodiscard]] bool withdraw(journal::Lsn first) { return journal_.withdraw(first); }

    [[nodiscard]] journal::Stats stats() const { return journal_.stats(); }
    [[nodiscard]] journal::HeldFile oldest() const { return journal_.oldest(); }

private:
    journal::Journal& journal_;
};

}  // namespace tern::store
