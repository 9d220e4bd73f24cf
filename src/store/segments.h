#pragma once

#include "runtime/lane.h"
#include "store/segment_set.h"

#include <functional>
#include <mutex>
#include <vector>

namespace tern::store {

/// What the segments say of themselves.
struct SegmentStats {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t live_bytes = 0;       ///< about
    std::uint64_t temporary_bytes = 0;  ///< of files of transient messages
};

/// The segments, for all shards: what is asked for happens on their lane, in the order of the
/// calls, and is answered there; but whoever waits for messages does not wait for those that leave.
/// From any thread.
class Segments {
public:
    /// `disk` and `lane` outlive this object.
    Segments(Disk& disk, Lane& lane, SegmentOptions options)
        : disk_(disk), lane_(lane), options_(options), set_(disk, options) {
        set_.between_blocks([this] { run_gets(); });
    }

    /// For recovery, before the lane runs.
    [[nodiscard]] SegmentSet& set() { return set_; }
    /// As SegmentSet::start; before the lane runs.
    [[nodiscard]] Result<void> start(std::uint64_t journal);

    /// The messages, one place for each; none for an error: no_space_on_device, or final ones.
    using PutDone = std::move_only_function<void(std::vector<broker::PageOut>,
                                                 Result<std::vector<broker::Place>>)>;
    /// Answers once all of it is durable, but for transient messages.
    void put(broker::QueueId queue, std::vector<broker::PageOut> messages, PutDone done);
    using GetDone =
        std::move_only_function<void(std::vector<broker::PageIn>, std::vector<broker::PagedIn>)>;
    /// As SegmentSet::get.
    void get(std::vector<broker::PageIn> wanted, std::size_t bytes_max, GetDone done);

    void settle(std::vector<broker::Place> places);
    void mark(broker::QueueId queue, std::uint64_t lsn);
    void remove(broker::QueueId queue);
    /// Makes durable what these three said. Errors as for `put`.
    void flush(std::move_only_function<void(Result<void>)> done);

    /// Flushes and forgets what is asked for from then on. `done` runs on the lane.
    void close(Task done);

    [[nodiscard]] SegmentStats stats() const;
    /// What the disk has left.
    [[nodiscard]] Result<std::uint64_t> free_bytes() const { return disk_.free_bytes(); }
    /// With less left, transient messages stay where they are.
    void keep_free(std::uint64_t bytes) { reserve_bytes_ = bytes; }

private:
    struct Put {
        broker::QueueId queue;
        std::vector<broker::PageOut> messages;
        PutDone done;
    };

    struct Get {
        std::vector<broker::PageIn> wanted;
        std::size_t bytes_max;
        GetDone done;
    };

    void submit(Task task);
    /// Only if there can be anything that it concerns.
    void submit_if_used(Task task);
    void run_puts();
    void run_gets();
    [[nodiscard]] Result<std::vector<broker::Place>> put_one(const Put& put);
    void tidy();
    void note_stats();

    Disk& disk_;
    Lane& lane_;
    std::uint64_t reserve_bytes_ = 0;
    const SegmentOptions options_;
    SegmentSet set_;  // the lane's
    bool tidying_ = false;
    std::error_code error_;  ///< of a write or sync: nothing is written any more

    mutable std::mutex mutex_;
    std::vector<Put> puts_;  // guarded by mutex_, as the others
    bool putting_ = false;
    std::vector<Get> gets_;
    bool used_ = false;  ///< there have been messages
    bool closed_ = false;
    SegmentStats stats_;
};

}  // namespace tern::store
