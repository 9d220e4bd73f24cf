#pragma once

#include "base/result.h"
#include "base/strong.h"
#include "bytes/buffer.h"
#include "journal/errc.h"
#include "runtime/disk.h"
#include "runtime/lane.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tern::journal {

/// The place of a record in the one order of this journal: 1, 2, 3 …, never reused.
using Lsn = Strong<struct LsnTag>;
/// Which file a record lies in: counted up over the journal's whole life, recycling included.
using FileNumber = Strong<struct FileNumberTag>;

/// Where a record lies. The journal id tells journals apart once positions travel between brokers.
struct Position {
    std::uint64_t journal = 0;
    Lsn lsn;
    FileNumber file;
    std::uint64_t offset = 0;
};

/// One record to append. The journal does not know what it says: `type` and the bytes of `parts`,
/// one after the other, come back at replay. `holds` is how many releases it takes until the record
/// is no longer needed (0: needed only as long as all records before it are).
struct Record {
    std::uint8_t type = 0;
    std::uint32_t holds = 0;
    std::vector<Buffer> parts;
};

/// `count` holds on the record `lsn`, or on others in the same file, are given up.
struct Release {
    Lsn lsn;
    std::uint32_t count = 1;
};

/// A file that records have to be kept in.
struct HeldFile {
    FileNumber number;
    Lsn end;  ///< its records have lower numbers
    std::uint64_t holds = 0;
};

/// Records that are appended next to each other, and what happens then.
struct Batch {
    std::vector<Record> records;
    /// Applied once this batch is durable, not before.
    std::vector<Release> releases;
    /// Called on the journal's lane, in the order of the appends, once the whole batch is on disk,
    /// with the position of each record (valid during the call); or with the error that ended the
    /// journal.
    std::move_only_function<void(Result<std::span<const Position>>)> done;
};

struct Options {
    std::uint64_t file_bytes = std::uint64_t{32} * 1024 * 1024;
    /// Bounds one write, and with it the latency under load.
    std::uint64_t write_bytes_max = std::uint64_t{1024} * 1024;
    enum class Sync { always, never } sync = Sync::always;
    /// Files that nobody needs any more are kept beside the journal, not used again. They count for
    /// nothing: whoever wants them removes them.
    bool archive = false;
    /// The id of a new journal; 0 draws one. For simulations.
    std::uint64_t id = 0;
};

/// What replay hands over, in the order of the journal. `body` is valid during the call only.
using Visitor =
    std::move_only_function<void(const Position& position, std::uint8_t type, Bytes body)>;

/// What the journal says of itself.
struct Stats {
    std::uint64_t files = 0;        ///< files that replay would read, the current one included
    std::uint64_t file_bytes = 0;   ///< of one file
    std::uint64_t disk_bytes = 0;   ///< of these files and of the spares
    std::uint64_t spare_bytes = 0;  ///< of files that are made ahead or used again
    std::uint64_t syncs = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};

/// The append-only log of one broker: group commit on one lane, files filled with zeros ahead of
/// use and recycled, torn tails cut off. It knows bytes and positions only.
///
/// A failed write or sync is final: every batch from then on is answered with that error.
class Journal {
public:
    /// `disk` and both lanes outlive the journal. `writer` runs commits; `helper` prepares files.
    Journal(Disk& disk, Lane& writer, Lane& helper, Options options);
    ~Journal();

    /// Reads what is there and hands each record to `visit`. Call once, before the first append, on
    /// any one thread. Errors: corrupt (damage before the end of what was durable), wrong_version,
    /// file_missing, or the disk's.
    [[nodiscard]] Result<void> replay(Visitor visit);
    /// Says which holds are left after replay: those that the releases would give up. Call once
    /// after `replay`. What was replayed is durable when this returns, not before.
    [[nodiscard]] Result<void> start(std::span<const Release> holds);

    /// The id that tells this journal from others; after `start`.
    [[nodiscard]] std::uint64_t id() const;
    /// The number of the record that is appended next; after `start`. From any thread.
    [[nodiscard]] Lsn next() const;
    /// Files up to this one may be reused once nothing holds them; at first, and again after the
    /// highest number, all of them may. From any thread.
    void allow_reuse(FileNumber up_to);

    /// Queues a batch, from any thread. Batches become durable in the order of the calls; all that
    /// arrives while a sync runs shares the next one. Returns the number that the batch's first
    /// record has, if it becomes durable: later batches may speak of it.
    Lsn append(Batch batch);
    /// Takes the batch whose first record has the number `first` back, if it is the latest and no
    /// commit has begun to write it: as if it had never been appended, `done` is not called.
    [[nodiscard]] bool withdraw(Lsn first);
    /// Reads a record back, checking it again. From the writer lane.
    [[nodiscard]] Result<Buffer> read(const Position& position);

    /// Calls `done` on the writer lane when everything appended so far is durable and the journal
    /// is closed; later batches fail, or vanish when it is. Waits for nothing itself.
    void close(Task done);

    /// From any thread.
    [[nodiscard]] Stats stats() const;
    /// The oldest file that still has records to keep; without holds if there is none.
    [[nodiscard]] HeldFile oldest() const;
    /// The records of all files up to this one have lower numbers.
    [[nodiscard]] Lsn end_of(FileNumber number) const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tern::journal
