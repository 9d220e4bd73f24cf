#pragma once

#include "store/segment_set.h"

#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tern::store {

/// Finds messages in segments by queue and lsn, at the start: only blocks that may have one are
/// looked into. Valid until the set changes.
class SegmentLookup {
public:
    explicit SegmentLookup(SegmentSet& set);

    struct Ref {
        const Segment* segment = nullptr;
        const Block* block = nullptr;
    };
    /// The blocks with messages of the queue that are not gone, by their first lsn.
    [[nodiscard]] std::span<const Ref> blocks(broker::QueueId queue) const;
    [[nodiscard]] std::vector<broker::QueueId> queues() const;
    /// False for certain, or true perhaps.
    [[nodiscard]] bool may_have(broker::QueueId queue, std::uint64_t lsn) const;
    /// The message, unless it is gone.
    [[nodiscard]] Result<std::optional<broker::Place>> find(broker::QueueId queue,
                                                            std::uint64_t lsn);
    /// Messages that are there already, at an earlier place.
    [[nodiscard]] Result<std::vector<broker::Place>> doubles();
    /// The index of a block, in the order of the lsns.
    [[nodiscard]] Result<std::span<const IndexEntry>> index(const Ref& ref);
    /// The same in the order of the slots; not kept.
    [[nodiscard]] Result<std::vector<IndexEntry>> read_index(const Ref& ref) {
        return set_.index(*ref.segment, *ref.block);
    }
    /// Everything of the queue up to this lsn may have been seen.
    [[nodiscard]] std::uint64_t marked(broker::QueueId queue) const;

private:
    struct OfQueue {
        std::vector<Ref> blocks;
        std::vector<std::uint64_t> last_lsns;  ///< the highest of all blocks up to each
    };

    [[nodiscard]] Result<void> add_doubles(std::span<const Ref> blocks,
                                           std::vector<broker::Place>& doubles);

    SegmentSet& set_;
    std::unordered_map<broker::QueueId, OfQueue> queues_;
    std::unordered_map<broker::QueueId, std::uint64_t> marks_;
    std::map<const Block*, std::vector<IndexEntry>> indexes_;
};

}  // namespace tern::store
