#pragma once

#include "journal/recovery.h"
#include "store/recovery.h"
#include "store/tools/segment_file.h"
#include "store/tools/stored_bodies.h"

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tern::store::tools {

/// A message that a start would find, once for all the queues that have it.
struct StoredMessage {
    struct Place {
        const SegmentFile* file = nullptr;
        IndexEntry entry;
    };

    std::uint64_t lsn = 0;
    std::vector<Route> routes;
    MessagePtr message;         ///< if the journal has it
    std::vector<Place> places;  ///< where segments have it
};

/// All that a start would find in the store of a stopped broker. Reads and changes nothing; behind
/// what is damaged it reads on and says so in `findings`.
///
/// Memory goes with what the journal holds, and about 100 bytes for each block in a segment.
class Contents {
public:
    /// `disk` outlives the contents. Errors: another version's files, or the disk's.
    [[nodiscard]] static Answer<std::unique_ptr<Contents>> read(Disk& disk);

    [[nodiscard]] std::uint64_t journal() const { return journal_; }
    /// The number that the journal's next record would have.
    [[nodiscard]] std::uint64_t next_lsn() const { return next_lsn_; }
    [[nodiscard]] broker::QueueId last_queue() const { return last_queue_; }
    /// In the order of their ids.
    [[nodiscard]] const std::vector<Definition>& queues() const { return queues_; }
    /// Null: there is no such queue.
    [[nodiscard]] const Definition* find(broker::QueueId queue) const;
    [[nodiscard]] const std::vector<Document>& documents() const { return documents_; }
    /// How far producers have sent, and ids of messages, oldest first.
    [[nodiscard]] const std::vector<broker::Origin>& producers() const { return producers_; }
    [[nodiscard]] const std::map<std::uint32_t, std::unique_ptr<SegmentFile>>& segments() const {
        return segments_;
    }
    [[nodiscard]] StoredBodies& bodies() { return bodies_; }
    [[nodiscard]] Findings& findings() { return findings_; }
    /// The records of the journal.
    [[nodiscard]] std::uint64_t records() const { return records_; }
    /// Those of its files that have any.
    [[nodiscard]] std::size_t journal_files() const { return journal_files_.size(); }

    using Visit = std::function<Answer<void>(const StoredMessage&)>;
    /// Hands each message to `visit`, in the order of the records, until that fails.
    [[nodiscard]] Answer<void> each(const Visit& visit);
    /// The message itself; null: its body is gone with its file, which means that it was consumed.
    [[nodiscard]] Answer<MessagePtr> load(const StoredMessage& message);

    /// The messages that prepared branches have accepted.
    [[nodiscard]] const std::vector<Settled>& accepted() const { return accepted_; }
    /// The file of the journal with a record; empty if it is in none.
    [[nodiscard]] std::string journal_file(std::uint64_t lsn) const;

private:
    struct Journaled {
        std::uint64_t lsn = 0;
        broker::QueueId queue;
        bool announced = false;
        MessagePtr message;
    };
    struct SegmentBlock {
        const SegmentFile* file = nullptr;
        const SegmentFile::Block* block = nullptr;
    };
    struct JournalFile {
        std::uint64_t first = 0;  ///< lsn
        journal::FileNumber number;
    };
    class Records;
    class Cursors;

    explicit Contents(Disk& disk) : disk_(disk), bodies_(disk) {}
    [[nodiscard]] Answer<void> read_segments();
    [[nodiscard]] Answer<void> read_journal();
    void check_end(const journal::Recovered& found);
    void take(Records& records, bool lacks_records);
    void bring_back_unknown(Recovery& recovery);
    [[nodiscard]] bool has_any(const SegmentFile& segment, broker::QueueId queue) const;
    void check_owners();
    void check_references();
    [[nodiscard]] bool is_settled(broker::QueueId queue, std::uint64_t lsn) const;

    Disk& disk_;
    Findings findings_;
    StoredBodies bodies_;
    std::map<std::uint32_t, std::unique_ptr<SegmentFile>> segments_;
    std::vector<SegmentBlock> blocks_;  ///< of queues that are there, by their first lsn
    std::unordered_map<broker::QueueId, std::uint64_t> marked_;
    std::uint64_t journal_ = 0;
    std::uint64_t next_lsn_ = 1;
    std::uint64_t records_ = 0;
    broker::QueueId last_queue_;
    std::vector<Definition> queues_;
    std::vector<Document> documents_;
    std::vector<broker::Origin> producers_;
    std::vector<Journaled> journaled_;  ///< by lsn and queue
    std::vector<Settled> settled_;      ///< that segments may have, sorted
    std::vector<Settled> accepted_;
    std::vector<JournalFile> journal_files_;
};

}  // namespace tern::store::tools
