#pragma once

#include "broker/api/ids.h"
#include "broker/ports/paging.h"
#include "message/message.h"

#include <algorithm>
#include <deque>
#include <set>
#include <span>
#include <vector>

namespace tern::broker {

/// A message's place on a queue.
struct Entry {
    enum class State : std::uint8_t {
        ready,      ///< waits for a consumer
        delivered,  ///< with `consumer`
        staged,     ///< accepted within a transaction that is open
        gone,
    };

    MessagePtr message;  ///< null while it waits on disk only: then it is ready
    StoredAt at{};       ///< nothing until a message that waited on disk at the start has come back
    Place place{};       ///< where in a segment it lies, if it does: the journal has it no more
    std::uint32_t consumer = 0;  ///< slot of the consumer that has it
    std::uint16_t failures = 0;
    std::uint8_t priority = 4;
    State state : 2 = State::ready;
    /// The journal knows that somebody may have seen it: no mark is needed before delivery.
    bool announced : 1 = true;
    bool shared : 1 = false;   ///< other queues have the message, too
    bool leaving : 1 = false;  ///< asked to have a place in a segment
    bool unread : 1 = false;   ///< from an earlier run: whether it was seen is known on disk
    bool timed : 1 = false;    ///< how long it takes is being measured: see LatencyProbe

    [[nodiscard]] bool in_journal() const { return at && !place; }
};

static_assert(sizeof(Entry) <= 32);

/// The messages of a queue in their order, each under an ordinal that counts up.
///
/// Ordinals are kept in chunks of 64. A chunk whose messages all wait on disk, side by side, keeps
/// no entries but their first place: a byte a message. All other entries are there one by one, with
/// their messages or without.
class Entries {
public:
    /// Ordinals from a multiple of it on lie together.
    static constexpr std::uint64_t kChunk = 64;

    Entries() = default;
    Entries(const Entries&) = delete;
    Entries& operator=(const Entries&) = delete;

    /// Appends; returns the new ordinal.
    std::uint64_t append(Entry entry);
    /// Appends what waits on disk since an earlier run of the broker.
    void append(const PagedRun& run);
    /// All of that is there now: what comes is new.
    void end_recovery();

    /// Null when the message is gone or never was, or waits on disk so that nobody can have it.
    /// `message` may be null, too: see `page_in`.
    [[nodiscard]] Entry* find(std::uint64_t ordinal);
    /// The ordinals in use lie in [begin, end), with gaps.
    [[nodiscard]] std::uint64_t begin() const;
    [[nodiscard]] std::uint64_t end() const { return end_; }

    /// The first ready entry's ordinal, or `end()`.
    [[nodiscard]] std::uint64_t first_ready();
    /// Of the ready entries of the highest priority the first one's ordinal, or `end()`.
    [[nodiscard]] std::uint64_t first_of_highest_priority();
    /// What comes with a higher priority has this one. Before anything is appended.
    void limit_priority(std::uint8_t highest) { highest_ = highest; }
    /// The first ready entry from `from` on, or `end()`.
    [[nodiscard]] std::uint64_t next_ready(std::uint64_t from) const;
    [[nodiscard]] bool is_ready(std::uint64_t ordinal) const;
    /// Whether a message is on the queue, but only on disk: see `page_in`.
    [[nodiscard]] bool is_missing(std::uint64_t ordinal) const;
    /// Whether a missing message was asked for.
    [[nodiscard]] bool is_coming(std::uint64_t ordinal) const;
    /// Where in a segment a message lies that is missing.
    [[nodiscard]] Place place(std::uint64_t ordinal) const;
    /// The entry of a message that is on the queue, wherever it waits.
    [[nodiscard]] Entry& expanded(std::uint64_t ordinal);
    /// The first entry that is not gone from `from` on, or `end()`.
    [[nodiscard]] std::uint64_t next_live(std::uint64_t from) const;
    void set_delivered(std::uint64_t ordinal, std::uint32_t consumer);
    void set_ready(std::uint64_t ordinal);
    void set_gone(std::uint64_t ordinal);

    [[nodiscard]] std::size_t ready() const { return ready_; }
    /// Bytes of bodies of ready messages in memory.
    [[nodiscard]] std::uint64_t ready_body_bytes() const { return ready_body_bytes_; }
    /// Ready, delivered and staged ones.
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Calls `visit(ordinal, Entry&)` for all entries that `find` would find, in order, until it
    /// returns false.
    template <class Visit>
    void visit(Visit visit) {
        for (Chunk& chunk : chunks_) {
            for (std::size_t i = 0; i < chunk.entries.size(); ++i) {
                if ((chunk.live >> i & 1U) == 0) continue;
                if (!visit(chunk.number * kChunk + i, chunk.entries[i])) return;
            }
        }
    }

    // Leaving memory and coming back. What was asked to leave or to come stays asked until
    // `left` or `arrived` says otherwise.

    /// Bytes of messages in memory.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// The same, each with no less than it counts with.
    [[nodiscard]] std::size_t counted_bytes() const { return bytes_ + padding_; }
    /// A message in memory counts with so many at least, those that are there as well.
    void count_at_least(std::size_t bytes);
    /// About how many bytes the messages have that wait on disk only.
    [[nodiscard]] std::size_t bytes_on_disk() const { return bytes_on_disk_; }
    /// How many messages wait on disk only.
    [[nodiscard]] std::size_t missing() const { return missing_; }
    /// Lets messages leave memory until no more than `bytes` are left, those first that are
    /// farthest from the head; the first one, and what is not ready, stays. Messages with a place
    /// in a segment go at once; the others are returned, to go another time, once they have one.
    [[nodiscard]] std::vector<PageOut> page_out(std::size_t bytes);
    /// All messages that the journal has before `lsn` and that were not asked to leave yet.
    [[nodiscard]] std::vector<PageOut> in_journal_before(std::uint64_t lsn);
    /// Asks for messages that are missing, from `from` on, at most `count` and not farther than so
    /// many ordinals away.
    [[nodiscard]] std::vector<PageIn> page_in(std::uint64_t from, std::size_t count);
    /// Asks for these, as far as they are missing and were not asked for yet; with what is near
    /// them and of which it is not known when it expires.
    [[nodiscard]] std::vector<PageIn> page_in(std::span<const std::uint64_t> ordinals);
    /// Whether it is known when a message expires: it has been in memory, or its run said so.
    [[nodiscard]] bool is_dated(std::uint64_t ordinal) const;
    /// Whether it is not known of something in its chunk.
    [[nodiscard]] bool has_undated_near(std::uint64_t ordinal) const;
    /// These were asked to leave, and have a place now, or nowhere to go.
    void left(std::span<const PageOut> messages);
    /// These were asked to come, and came as far as they did.
    void arrived(std::span<const PageIn> asked);
    /// `seen`: what an earlier run left may have been delivered by it.
    void set_message(const PagedIn& message, bool seen);
    /// Another message takes the place of one in memory.
    void replace(std::uint64_t ordinal, MessagePtr message);
    /// A message that waits on disk cannot be read: it is gone.
    void give_up(std::uint64_t ordinal);
    /// The failed deliveries of a missing message.
    [[nodiscard]] std::uint16_t failures(std::uint64_t ordinal, bool seen) const;

private:
    static constexpr std::uint8_t kHighest = 9;  // JMS's

    /// Ready messages of one priority.
    struct Level {
        std::size_t ready = 0;
        std::uint64_t cursor = 0;  ///< none of them lies before it
    };

    struct Chunk {
        std::uint64_t number = 0;  ///< it has the ordinals from 64 × number on
        std::uint64_t live = 0;    ///< a bit per ordinal: not gone
        std::uint64_t ready = 0;
        std::uint64_t dated = 0;     ///< a bit per ordinal: when it expires is known
        std::size_t bytes = 0;       ///< of messages in memory
        std::vector<Entry> entries;  ///< none: all of them wait on disk from `first` on
        Place first;
        std::uint8_t used = 0;     ///< ordinals
        std::uint8_t missing = 0;  ///< live, and not in memory
        std::uint8_t priority = 4;
        /// A bit per priority, modulo 16, that was ever in it.
        std::uint16_t levels = 0;
        bool coming = false;
        bool unread = false;  ///< as in Entry, for all without entries
    };

    [[nodiscard]] std::size_t locate(std::uint64_t number) const;
    /// Null when there is no such chunk.
    [[nodiscard]] const Chunk* find_chunk(std::uint64_t number) const {
        return recent_ != nullptr && recent_->number == number ? recent_ : search_chunk(number);
    }
    [[nodiscard]] const Chunk* search_chunk(std::uint64_t number) const;
    [[nodiscard]] const Chunk* live_chunk(std::uint64_t ordinal) const;
    [[nodiscard]] Chunk& chunk_of(std::uint64_t ordinal);
    [[nodiscard]] Entry& at(std::uint64_t ordinal);
    Chunk& tail();
    [[nodiscard]] std::uint64_t next_ready_of(std::uint8_t priority, std::uint64_t from) const;
    /// By how much a message of so many bytes counts with more.
    [[nodiscard]] std::size_t padding(std::size_t bytes) const {
        return bytes < message_bytes_min_ ? message_bytes_min_ - bytes : 0;
    }
    void set_priority(Chunk& chunk, std::uint64_t ordinal, Entry& entry);
    [[nodiscard]] Level& level(std::uint8_t priority);
    void count_ready(Chunk& chunk, std::uint8_t priority, std::size_t count);
    static void expand(Chunk& chunk);
    void shed(Chunk& chunk);
    void shed(Chunk& chunk, Entry& entry);
    void page_out_singly(std::size_t bytes, std::vector<PageOut>& leaving);
    [[nodiscard]] static PageOut leave(std::uint64_t ordinal, Entry& entry);
    [[nodiscard]] static bool is_compact(const Chunk& chunk);
    [[nodiscard]] bool may_leave(const Chunk& chunk) const;
    void drop_dead(std::size_t index);
    void leave_disk(std::size_t bytes);

    std::deque<Chunk> chunks_;
    /// The chunk last found: who looks for a message does so several times in a row.
    mutable const Chunk* recent_ = nullptr;
    std::set<std::uint64_t> in_memory_;  ///< numbers of chunks with messages in memory
    std::vector<Entry> spare_;           ///< memory of a chunk that is gone
    std::uint64_t end_ = kChunk;
    std::uint64_t cursor_ = kChunk;  ///< nothing before it is ready
    std::size_t ready_ = 0;
    std::uint64_t ready_body_bytes_ = 0;
    std::vector<Level> levels_;  ///< by priority
    std::uint8_t highest_ = kHighest;
    std::size_t size_ = 0;
    std::size_t message_bytes_min_ = 0;
    std::size_t bytes_ = 0;
    std::size_t padding_ = 0;  ///< of the messages in memory
    std::size_t bytes_on_disk_ = 0;
    std::size_t missing_ = 0;
    std::size_t dead_ = 0;  ///< chunks of which all is gone, between others
};

}  // namespace tern::broker
