#pragma once

#include "broker/ports/paging.h"
#include "runtime/disk.h"
#include "runtime/loop.h"
#include "store/block_builder.h"
#include "store/segment.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace tern::store {

struct SegmentOptions {
    /// Where one segment ends and the next begins.
    std::uint64_t bytes = std::uint64_t{32} * 1024 * 1024;
    /// Smaller ones are not worth writing anew: the disk would not have more room. There may be as
    /// many files as there are messages that are held for long.
    std::uint64_t shrink_bytes_min = std::uint64_t{4} * 1024;
};

/// The messages that wait outside of the journal, in segment files: those of one queue in segments
/// of its own, few ones and those that several queues have in common ones, where their bytes lie
/// once. Places stay what they are as long as the message lives.
///
/// Belongs to one lane.
class SegmentSet {
public:
    SegmentSet(Disk& disk, SegmentOptions options) : disk_(disk), options_(options) {}

    /// Runs whenever a block has been written, in the middle of `put`: it may call `get`.
    void between_blocks(Task task) { between_ = std::move(task); }

    /// Where the bodies are that messages do not have with them; outlives the set.
    void find_bodies_in(const LargeBodyFinder& finder) { finder_ = &finder; }
    /// Reads what is there, without the messages. Call once, before all others. Errors:
    /// journal::Errc's corrupt and wrong_version, or the disk's.
    [[nodiscard]] Result<void> open();
    /// Whose messages these are. Error: corrupt (another journal's).
    [[nodiscard]] Result<void> start(std::uint64_t journal);

    /// Writes messages of a queue; each has a place then, but is durable after `sync`. Errors:
    /// no_space_on_device (nothing has happened then), or final ones.
    [[nodiscard]] Result<std::vector<broker::Place>> put(broker::QueueId queue,
                                                         std::span<const broker::PageOut> messages);
    [[nodiscard]] Result<void> sync();

    /// Reads messages back: the first, and of the others as many as `bytes_max` allows. What cannot
    /// be read comes without a message, and is logged.
    [[nodiscard]] std::vector<broker::PagedIn> get(std::span<const broker::PageIn> wanted,
                                                   std::size_t bytes_max);

    /// These messages are needed no more. Files without any go at once.
    void settle(std::span<const broker::Place> places);
    /// Everything of the queue up to `lsn` may have been seen.
    void mark(broker::QueueId queue, std::uint64_t lsn);
    void remove(broker::QueueId queue);
    /// Makes durable what `settle`, `mark` and `remove` said.
    [[nodiscard]] Result<void> flush();

    /// Writes a little of a sparse segment anew. False: there is nothing to do.
    [[nodiscard]] Result<bool> shrink();

    using Map = std::map<std::uint32_t, std::unique_ptr<Segment>>;
    [[nodiscard]] const Map& segments() const { return segments_; }
    [[nodiscard]] bool empty() const { return segments_.empty(); }
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t live_bytes() const;
    [[nodiscard]] std::uint64_t temporary_bytes() const;
    /// What a block says of its messages. Errors: corrupt, or the disk's.
    [[nodiscard]] Result<std::vector<IndexEntry>> index(const Segment& segment, const Block& block);
    /// Of the index those entries that there are for what is wanted, by slot.
    [[nodiscard]] Result<std::vector<IndexEntry>> index_of(const Segment& segment,
                                                           const Block& block,
                                                           std::span<const broker::PageIn> wanted);

private:
    static constexpr broker::QueueId kCommon{};
    /// What a queue has less of goes to a common segment.
    static constexpr std::uint64_t kOwnBytesMin = std::uint64_t{64} * 1024;
    static constexpr std::size_t kOpenMax = 64;
    static constexpr std::size_t kSharedMax = 100'000;

    /// Where messages are appended.
    struct Stream {
        Segment* segment = nullptr;
        std::unique_ptr<File> file;
        std::uint64_t synced = 0;
    };
    using StreamKey = std::pair<broker::QueueId, bool>;  // temporary?

    /// A segment that is being written anew.
    struct Shrinking {
        std::uint32_t segment = 0;
        std::unique_ptr<File> file;
        std::uint64_t end = 0;
        std::size_t next = 0;  ///< of the old blocks
        std::vector<Block> blocks;
        std::uint32_t copied_up_to = 0;           ///< slots below have been copied
        std::vector<std::uint32_t> gone_since{};  ///< of those that were copied
        /// Where the bytes of messages of a common segment went.
        std::unordered_map<std::uint64_t, std::uint64_t> moved{};
    };

    [[nodiscard]] Result<void> open_segment(std::uint32_t number);
    [[nodiscard]] Result<void> hold_bodies(const Segment& segment);
    [[nodiscard]] Result<Stream*> stream(StreamKey key);
    void seal(std::uint32_t segment);
    [[nodiscard]] Result<void> write(StreamKey key, broker::QueueId queue,
                                     std::span<const broker::PageOut> messages,
                                     std::span<const std::size_t> which,
                                     std::vector<broker::Place>& places);
    void add_message(Stream& stream, const broker::PageOut& message, std::uint32_t slot);
    [[nodiscard]] Result<File*> file_of(std::uint32_t segment);
    [[nodiscard]] std::size_t get_from(Segment& segment, const Block& block,
                                       std::span<const broker::PageIn> wanted,
                                       std::size_t bytes_max, std::vector<broker::PagedIn>& got);
    void drop(std::uint32_t segment);
    [[nodiscard]] Result<void> write_state(File& file, Segment& segment, std::uint64_t& end);
    [[nodiscard]] bool is_sparse(const Segment& segment) const;
    [[nodiscard]] Result<void> begin_shrinking(Segment& segment);
    [[nodiscard]] Result<void> shrink_block(Segment& segment, const Block& block);
    [[nodiscard]] Result<void> end_shrinking(Segment& segment);
    void give_up_shrinking();

    Disk& disk_;
    const SegmentOptions options_;
    const LargeBodyFinder* finder_ = nullptr;
    std::uint64_t journal_ = 0;
    Map segments_;
    std::uint32_t last_ = 0;
    std::map<StreamKey, Stream> streams_;
    std::map<std::uint32_t, std::unique_ptr<File>> open_;  ///< others that are read
    BlockBuilder builder_;
    Task between_;
    /// Messages in the common segment that is written to, which other queues may have, too.
    std::unordered_map<std::uint64_t, IndexEntry> shared_;
    /// Bodies in files that messages of a segment refer to, by their slots.
    std::unordered_map<std::uint32_t, std::unordered_map<std::uint32_t, LargeBodyPtr>> bodies_;
    std::set<std::uint32_t> sparse_;
    std::optional<Shrinking> shrinking_;
    bool folder_made_ = false;
    bool folder_changed_ = false;
};

}  // namespace tern::store
