#pragma once

#include "broker/ports/paging.h"
#include "journal/journal.h"
#include "store/records.h"
#include "store/segment_lookup.h"

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace tern::store {

/// A message that outlived the last run.
struct RecoveredMessage {
    MessagePtr message;
    broker::StoredAt at;
    bool announced = false;    ///< somebody may have seen it
    broker::Place place = {};  ///< in a segment, if it lies there; the message may be null then
};

/// Messages that wait in a segment: they come before the message of that index.
struct RecoveredRun {
    broker::PagedRun run;
    std::size_t before = 0;
};

/// A durable queue that outlived the last run, its messages in order.
struct RecoveredQueue {
    Definition definition;
    broker::StoredAt defined_at;
    std::vector<RecoveredMessage> messages;
    std::vector<RecoveredRun> runs{};
    /// Everything up to this lsn may have been seen.
    std::uint64_t marked = 0;
};

struct RecoveredDocument {
    Document document;
    broker::StoredAt at;
};

/// Rebuilds the durable queues from the records of a journal, fed in journal order.
class Recovery {
public:
    /// Both, unless null, outlive this object.
    explicit Recovery(const SegmentLookup* segments = nullptr,
                      const LargeBodyFinder* bodies = nullptr)
        : segments_(segments), bodies_(bodies) {}

    /// Takes one record. Error: the record makes no sense (message::Errc, or store's malformed).
    [[nodiscard]] Result<void> apply(const journal::Position& position, std::uint8_t type,
                                     Bytes body);

    /// No record makes or removes the queue: if it has messages, its definition is lost.
    [[nodiscard]] bool is_unknown(broker::QueueId queue) const;
    /// The queues of messages here that are unknown. That may be right: what was on its way to a
    /// queue when it was removed may outlive the record that says so.
    [[nodiscard]] std::vector<broker::QueueId> unknown() const;
    /// Has an unknown queue come back under a name that stands in for its own, which it returns;
    /// after the last record. Its `defined_at` is none.
    std::string stand_in(broker::QueueId queue);
    /// What is left, to be called once, after the last record.
    [[nodiscard]] std::vector<RecoveredQueue> finish();
    /// In the order of their keys.
    [[nodiscard]] std::vector<RecoveredDocument> documents() const;
    /// The highest id that any record speaks of: new queues must have higher ones.
    [[nodiscard]] broker::QueueId last_queue() const { return last_queue_; }
    /// The highest sequence of each producer whose messages the journal still shows, consumed or
    /// not.
    [[nodiscard]] const std::unordered_map<std::uint64_t, std::uint64_t>& producers() const {
        return producers_;
    }
    /// The ids that senders gave their messages, as `broker::Origin` says, oldest first; some
    /// twice.
    [[nodiscard]] const std::vector<broker::Origin>& message_ids() const { return message_ids_; }
    /// Messages that were settled and that segments may have.
    [[nodiscard]] std::span<const Settled> settled_elsewhere() const { return settled_elsewhere_; }
    /// The message at `at` lies elsewhere, too, and is not needed there.
    void release(broker::StoredAt at) { --holds(at); }
    /// The holds that are left, by a record in each file, for `Journal::start`; after `finish`.
    [[nodiscard]] std::vector<journal::Release> holds() const;

private:
    struct QueueState {
        RecoveredQueue queue;
        std::uint64_t marked = 0;
        /// What comes later was on its way when the queue was removed.
        bool removed = false;
        bool stands_in = false;  ///< has a definition that no record has made

        [[nodiscard]] bool is_unknown() const {
            return !queue.defined_at && !removed && !stands_in;
        }
    };

    /// What is known of a queue. Its messages may stand before its definition: that is written anew
    /// when the file of the old one is to be reused.
    [[nodiscard]] QueueState& state(broker::QueueId queue);

    [[nodiscard]] Result<void> publish(const journal::Position& position, ByteReader& in);
    void note(const broker::Origin& origin);
    void settle(const Settled& settled);
    void mark(const Marked& marked);
    void define(const journal::Position& position, Definition definition);
    void remove(broker::QueueId queue);
    void put(const journal::Position& position, Document document);
    void erase(const DocumentKey& key);
    void give_up(const RecoveredQueue& queue);

    /// The holds on the records of one file.
    struct FileHolds {
        journal::FileNumber file;
        std::uint64_t first = 0;  ///< lsn
        std::uint32_t count = 0;
    };

    [[nodiscard]] std::uint32_t& holds(broker::StoredAt at);
    void hold(broker::StoredAt at) { ++holds(at); }

    const SegmentLookup* segments_;
    const LargeBodyFinder* bodies_;
    /// Messages whose file is gone: because they were consumed, as should be said further on.
    std::set<std::pair<broker::QueueId, std::uint64_t>> bodiless_;
    std::vector<Settled> settled_elsewhere_;
    std::unordered_map<broker::QueueId, QueueState> queues_;
    std::map<DocumentKey, RecoveredDocument> documents_;
    std::vector<FileHolds> holds_;  ///< in the order of the files
    std::unordered_map<std::uint64_t, std::uint64_t> producers_;
    std::vector<broker::Origin> message_ids_;
    broker::QueueId last_queue_;
};

}  // namespace tern::store
