#pragma once

#include "journal/journal.h"
#include "store/batch.h"
#include "store/large_files.h"
#include "store/recovery.h"
#include "store/segments.h"

#include <functional>
#include <mutex>
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
    /// As `Recovery::message_ids`.
    std::vector<broker::Origin> message_ids;
};

/// What is durable, and by which rule: today one rule, the local journal. A queue emits records and
/// hears that they are durable; it cannot know how that came about.
///
/// What lingers leaves the journal for the segments: when the journal begins a file, whoever has
/// messages in its oldest ones is asked to move them (the relief), and then those are used again.
class Store {
public:
    /// So many files the journal keeps: the one that is written to and the one before.
    static constexpr std::uint64_t kFilesKept = 2;

    /// All outlive the store. `large`: null if no bodies lie in files of their own.
    Store(journal::Journal& journal, Segments& segments, LargeFiles* large = nullptr);

    /// Reads everything back. Call once, before the first append.
    [[nodiscard]] Result<Recovered> recover();
    /// All that was recovered is in its place: what nobody refers to may go.
    void end_recovery();

    /// What is to be done so that nothing is needed that the journal has before a record; `done`
    /// says that it has been tried. Called on the journal's lane, one at a time.
    using Relieve = std::move_only_function<void(journal::Lsn before, Task done)>;
    void on_relief(Relieve relieve) { relieve_ = std::move(relieve); }

    /// Positions of the batch's records, by their index; or why it is lost. On the journal's lane.
    using Done = std::move_only_function<void(Result<std::span<const journal::Position>>)>;
    /// Makes `batch` durable as a whole. Batches become durable in the order of the calls. A batch
    /// may be empty: `done` then keeps its turn. Returns the number of the batch's first record, as
    /// Journal::append. From any thread.
    journal::Lsn append(Batch batch, Done done);

    /// As Journal::withdraw.
    [[nodiscard]] bool withdraw(journal::Lsn first) { return journal_.withdraw(first); }

    /// As Segments::put. From then on the journal keeps files until the segments know what became
    /// of their messages.
    void page_out(broker::QueueId queue, std::vector<broker::PageOut> messages,
                  Segments::PutDone done);
    [[nodiscard]] Segments& segments() { return segments_; }
    [[nodiscard]] LargeFiles* large() const { return large_; }

    [[nodiscard]] journal::Stats stats() const { return journal_.stats(); }
    /// Of all its files.
    [[nodiscard]] std::uint64_t disk_bytes() const {
        return stats().disk_bytes + segments_.stats().bytes +
               (large_ == nullptr ? 0 : large_->stats().bytes);
    }
    /// What the disk has left. Does not wait for the medium.
    [[nodiscard]] Result<std::uint64_t> free_bytes() const { return segments_.free_bytes(); }
    /// What should be left so that the journal can go on, and be relieved.
    [[nodiscard]] std::uint64_t reserve_bytes() const { return kReserveFiles * stats().file_bytes; }
    [[nodiscard]] journal::HeldFile oldest() const { return journal_.oldest(); }

private:
    static constexpr std::uint64_t kReserveFiles = 4;

    [[nodiscard]] Result<void> merge(Recovery& recovery, Recovered& recovered);
    void skip_numbers(std::uint64_t used);
    void begun(std::uint64_t file);
    void check_relief();
    void relieved();

    journal::Journal& journal_;
    Segments& segments_;
    LargeFiles* large_;
    Relieve relieve_;
    // The journal lane's.
    std::uint64_t last_file_ = 0;
    std::uint64_t relieved_up_to_ = 0;
    bool relieving_ = false;

    std::mutex mutex_;
    bool keeps_files_ = false;
};

}  // namespace tern::store
